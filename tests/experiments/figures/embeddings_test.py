"""Figure 3, of a model that was trained for it."""

import json
import shutil
from pathlib import Path
from typing import List

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import load_archive

from experiments.figures import all_figures
from experiments.figures.common_encoder import _entity_outputs
from experiments.figures.embeddings import draw_embeddings, inputs_of_run
from experiments.figures.entity_words import entity_words
from experiments.runs import Run, read_experiments
from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.spans import entity_spans


@pytest.fixture
def trained(trained_run: Path) -> Run:
    [run] = read_experiments(trained_run.parents[3]).finished("en_nl", "cross_augmented")
    return run


def test_outputs_are_those_that_the_labels_are_made_of(trained: Run) -> None:
    """The label layer makes of them the model's own scores of exactly these words."""
    inputs = inputs_of_run(trained)
    archive = load_archive(inputs.archive)
    model, reader = archive.model.eval(), archive.dataset_reader
    # However short the training was, target sentences go by the target path.
    model.target_path_trained.fill_(True)
    file = read_conll_file(inputs.corpora["target"])
    labelled = [(sentence.words, sentence.tags) for sentence in file.sentences]
    for language in ("source", "target"):
        outputs = _entity_outputs(model, reader, labelled, language)
        instances, spans = [], []
        for sentence in file.sentences:
            instance = reader.for_prediction(language).text_to_instance(sentence.words)
            reader.for_prediction(language).apply_token_indexers(instance)
            instances.append(instance)
            spans.append(entity_spans(sentence.tags))
        with torch.no_grad():
            for type_, found in outputs.items():
                expected = []
                for instance, of_sentence in zip(instances, spans):
                    for span in (span for span in of_sentence if span.type == type_):
                        logits = logits_of(model, instance, language)
                        expected.append(logits[span.start : span.end])
                scores = model.label_layer(torch.from_numpy(found))
                torch.testing.assert_close(scores, torch.cat(expected), atol=1e-4, rtol=1e-4)


def logits_of(model, instance, language):  # shape: (num_words, num_labels)
    from xner_allennlp.data import IndexedSentences

    tensors = IndexedSentences([instance], model.vocab).tensors([0])
    return model.emissions(tensors["tokens"], model.path_for(language))[0][0]


def test_three_panels(trained: Run) -> None:
    inputs = inputs_of_run(trained)
    figure = draw_embeddings(inputs, ("English", "Dutch"), per_type=10)
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "(a) monolingual word vectors",
        "(b) after the mapping",
        "(c) out of the common encoder",
    ]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["LOC", "MISC", "ORG", "PER", "English", "Dutch"]
    for axes in figure.axes:
        source, target = (scatter.get_offsets() for scatter in axes.collections)
        assert 8 <= len(source) <= 40 and 8 <= len(target) <= 40
        assert np.isfinite(source).all() and np.isfinite(target).all()
        assert len(axes.get_xticks()) == 0  # t-SNE's axes have no unit
    assert set(entity_words(inputs.corpora["target"]).values()) == {"LOC", "MISC", "ORG", "PER"}


def test_types_are_those_of_the_runs_reader(trained: Run, tmp_path: Path) -> None:
    shutil.copytree(trained.folder, tmp_path / "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["validation_dataset_reader"]["type_map"] = {"MISC": "ORG"}
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    inputs = inputs_of_run(trained)._replace(archive=str(tmp_path / "run"))
    figure = draw_embeddings(inputs, ("English", "Dutch"), per_type=10)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["LOC", "ORG", "PER", "English", "Dutch"]


def test_among_all_figures(trained: Run, tmp_path: Path) -> None:
    experiments = read_experiments(trained.folder.parents[3])
    drawn = [entry.name for entry in all_figures(experiments, tmp_path)]
    assert drawn[0] == "figure_3_en_nl"  # it has not been evaluated, so there is no Figure 2
    assert "learning_curves_en_nl" in drawn
    assert (tmp_path / "figure_3_en_nl.pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    "keys, message",
    [
        (["validation_data_path", "target"], "names no corpus of target"),
        (["model", "word_embedders", "source", "pretrained_file"], "names no vectors of source"),
        (["model"], "names no mapping"),
    ],
)
def test_incomplete_config(trained: Run, tmp_path: Path, keys: List[str], message: str) -> None:
    config = json.loads((trained.folder / "config.json").read_text())
    block = config
    for key in keys[:-1]:
        block = block[key]
    del block[keys[-1]]
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.tar.gz").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=message):
        inputs_of_run(Run("en_nl", "cross_augmented", 1, tmp_path, "finished"))


def test_missing_files(trained: Run, tmp_path: Path) -> None:
    run = Run("en_nl", "cross_augmented", 1, tmp_path, "finished")
    with pytest.raises(ConfigurationError, match="config.json: cannot be read"):
        inputs_of_run(run)
    shutil.copy(trained.folder / "config.json", tmp_path)
    with pytest.raises(ConfigurationError, match="model.tar.gz .archive., which is not there"):
        inputs_of_run(run)
