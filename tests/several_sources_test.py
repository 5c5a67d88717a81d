"""Systems that are trained on several source languages."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader, Vocabulary
from allennlp.models import Model

from tests.third_language import write_three_languages
from tests.tiny_runs import ROOT, callback, tiny_config, train, weights_of
from xner_allennlp import Tagger
from xner_allennlp.mapping import Mapping

CONFIGS = ROOT / "training_configs"
METRICS = ("source", "source_en", "source_es", "target")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of en, es and nl, in which the settings name two sources."""
    monkeypatch.setenv("XNER_MAPPING", str(write_three_languages(tmp_path / "data")))
    monkeypatch.setenv("XNER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XNER_PAIR", "en+es_nl")
    monkeypatch.setenv("XNER_ENCODER", str(ROOT / "fixtures" / "toy" / "encoder"))
    return tmp_path / "data"


def config_of(system: str, passes: int = 1) -> Dict[str, Any]:
    """Of a system, with small encoders."""
    config = Params.from_file(CONFIGS / f"{system}.jsonnet").as_dict(quiet=True)
    callback(config, "source_passes")["num_passes"] = passes
    for encoder in ("encoder", "target_encoder"):
        if "hidden_size" in config["model"].get(encoder, {}):
            config["model"][encoder]["hidden_size"] = 8
    return config


def metrics_of(run: Path) -> Dict[str, Any]:
    metrics: Dict[str, Any] = json.loads((run / "metrics.json").read_text("utf-8"))
    return metrics


def test_a_form_of_two_languages_is_two_words(data: Path) -> None:
    params = Params(config_of("cross_word"))
    loader = DataLoader.from_params(
        params["data_loader"],
        reader=_reader(params["dataset_reader"]),
        data_path=params["train_data_path"].as_dict(),
    )
    vocab = Vocabulary.from_params(params["vocabulary"], instances=loader.iter_instances())
    loader.index_with(vocab)
    model = Model.from_params(params["model"], vocab=vocab)
    words = [vocab.get_token_to_index_vocabulary(f"{name}_tokens") for name in METRICS[1:3]]
    forms = sorted(word for word in words[0].keys() & words[1].keys() if not word.startswith("@@"))
    assert len(forms) > 50
    en, es = (
        model.word_embedder(name).weight[[own[form] for form in forms]]
        for name, own in zip(METRICS[1:3], words)
    )
    known = (en.norm(dim=1) > 0) & (es.norm(dim=1) > 0)
    assert known.sum() > 50
    distances = (en - es).norm(dim=1)[known]
    assert (distances > 0.01).all()
    # A batch is of one language, and its words come from that language's vectors.
    seen = set()
    for batch in loader:
        language = model.language_of(batch["tokens"])
        seen.add(language)
        text = batch["metadata"][0]["words"]
        indices = batch["tokens"][f"{language}_tokens"]["tokens"][0]
        own = vocab.get_token_to_index_vocabulary(f"{language}_tokens")
        assert {each["language"] for each in batch["metadata"]} == {language}
        assert [own[word] for word in text] == indices[: len(text)].tolist()
    assert seen == {"source_en", "source_es"}


def _reader(params: Params) -> Any:
    from allennlp.data import DatasetReader

    return DatasetReader.from_params(params)


def test_what_one_language_says_helps_in_the_other(data: Path) -> None:
    """The meaning of both is the same, the forms tell the opposite."""
    config = config_of("cross_word_no_char", passes=12)
    config["model"]["dropout"] = 0.0
    config["trainer"]["optimizer"]["lr"] = 0.5
    # Nothing but English is learned from, and Spanish can be read.
    config["train_data_path"]["source_es"] = config["train_data_path"]["target"]
    config["dataset_reader"]["untagged_languages"].append("source_es")
    train(config, data / "run")
    metrics = metrics_of(data / "run")
    assert metrics["test_source_es_f1"] > 0.75 * metrics["test_source_en_f1"] > 0.3


@pytest.mark.parametrize("system", ["cross_augmented", "translated", "transformer"])
def test_the_other_systems(system: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XNER_SELECTIONS", "label_free")
    config = config_of(system, passes=2)
    if system == "cross_augmented":
        # Enough for the teacher to find some entities.
        callback(config, "source_passes")["num_passes"] = 12
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=10)
        config["trainer"]["optimizer"]["lr"] = 0.5
        config["model"]["dropout"] = 0.0
    train(config, data / "run")
    metrics = metrics_of(data / "run")
    assert {f"best_validation_{name}_f1" for name in METRICS} <= metrics.keys()
    if system == "cross_augmented":
        assert metrics["training_target_loss"] > 0
        assert (data / "run" / "best_translated_dev_f1.th").exists()


def test_cross_distilled(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archives = []
    for system in ("cross_shared", "translated"):
        config = config_of(system, passes=12)
        config["trainer"]["optimizer"]["lr"] = 0.5
        config["model"]["dropout"] = 0.0
        train(config, data / system)
        archives.append(str(data / system / "model.tar.gz"))
    monkeypatch.setenv("XNER_TEACHERS", ",".join(archives))
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", archives[0])
    config = config_of("cross_distilled", passes=2)
    callback(config, "average_weights")["num_epochs"] = 1
    train(config, data / "run")
    metrics = metrics_of(data / "run")
    assert metrics["training_target_loss"] > 0 and metrics["training_translated_loss"] > 0


@pytest.mark.parametrize("system", ["cross_shared", "cross_augmented"])
def test_a_single_source_is_the_same_by_any_name(system: str, tmp_path: Path) -> None:
    config = tiny_config(system, tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 2
    if system == "cross_augmented":
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=1)
    train(config, tmp_path / "usual")
    for paths in ("train_data_path", "validation_data_path", "test_data_path"):
        config[paths]["source_en"] = config[paths].pop("source")
    embedders = config["model"]["word_embedders"]
    embedders["source_en"] = {**embedders.pop("source"), "language": "source_en"}
    train(config, tmp_path / "named")
    usual, named = weights_of(tmp_path / "usual"), weights_of(tmp_path / "named")
    assert {name.replace(".source_en.", ".source.") for name in named} == usual.keys()
    for name, weight in named.items():
        assert torch.equal(weight, usual[name.replace(".source_en.", ".source.")]), name
    times = ("duration", "memory")
    usual_metrics, metrics = (metrics_of(tmp_path / name) for name in ("usual", "named"))
    for key, value in usual_metrics.items():
        assert metrics[key] == value or any(word in key for word in times), key


def test_mappings_into_different_spaces(data: Path) -> None:
    mapping = Mapping.load(data / "pivot" / "es" / "mapping.npz")
    config = config_of("cross_shared")
    for changes, message in (
        ({"direction": "target_to_source"}, "source_es moves the words of the target language"),
        ({"fixed_W": mapping.W}, "source_es moves the words of the target language"),
        ({"normalize": ("renorm",)}, "source_es normalises the words of the target language"),
    ):
        options = {"W": mapping.W, "direction": "source_to_target", **changes}
        Mapping(**options).save(data / "pivot" / "es" / "mapping.npz")
        with pytest.raises(ConfigurationError, match=message):
            train(config, data / "run")
        shutil.rmtree(data / "run")


def test_another_source_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is as in the pair with the same target."""
    monkeypatch.setenv("XNER_DATA", "/data")
    for target in ("nl", "ar"):
        for config in ("mapping", "cross_augmented"):
            text = {}
            for source in ("en", "es"):
                monkeypatch.setenv("XNER_PAIR", f"{source}_{target}")
                params = Params.from_file(CONFIGS / f"{config}.jsonnet").as_dict(quiet=True)
                text[source] = json.dumps(params)
            assert "/es." in text["es"] and text["es"] != text["en"]
            assert text["es"] == text["en"].replace("/en/en.", "/es/es.").replace(
                "/en.vec", "/es.vec"
            ).replace("mapping_en_", "mapping_es_")


@pytest.mark.parametrize(
    "config, pair, message",
    [
        ("mapping", "en+es_nl", "mapped into the space of nl by: xner-map pivot --pivot nl=FILE"),
        ("stock_crf_tagger", "en+es_nl", "trained on one language, and not on en.es"),
        ("ablations/cross_shared.other_direction", "en+es_nl", "only into the space of nl"),
        ("cross_shared", "en+es_xx", "XNER_PAIR is en.es_xx, known are"),
        ("cross_shared", "en+es_nl_de", "XNER_PAIR is en.es_nl_de, known are"),
        ("cross_shared", "+_nl", "XNER_PAIR is ._nl, known are"),
        ("cross_shared", "en+en_nl", "XNER_PAIR is en.en_nl, known are"),
        ("cross_shared", "en+nl_nl", "XNER_PAIR is en.nl_nl, known are"),
    ],
)
def test_pairs_that_do_not_exist(
    config: str, pair: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XNER_PAIR", pair)
    monkeypatch.setenv("XNER_DATA", "/data")
    monkeypatch.setenv("XNER_MAPPING", "pivot")
    with pytest.raises(RuntimeError, match=message):
        Params.from_file(CONFIGS / f"{config}.jsonnet")


COMMANDS = """
import os, shutil, sys
from allennlp.commands import main as allennlp

data, config, run, elsewhere = sys.argv[1:]
plugin = ["--include-package", "xner_allennlp"]
archive = elsewhere + "/model.tar.gz"

def call(*command):
    sys.argv = ["allennlp", *command, *plugin]
    allennlp()

call("train", config, "-s", run, "-o", '{"trainer.callbacks.source_passes.num_passes": 6}')
call("evaluate-selections", run)
os.mkdir(elsewhere)
for name in ("model.tar.gz", "evaluation", "README.md"):
    shutil.move(run + "/" + name, elsewhere + "/" + name)
shutil.rmtree(run)
for language in ("nl", "es"):
    shutil.move(data + "/ner/" + language + "/" + language + ".testb", elsewhere)
shutil.rmtree(data)
call("evaluate", archive, elsewhere + "/nl.testb", "--output-file", elsewhere + "/nl.json")
for language, name in (("target", "nl"), ("source_es", "es")):
    call("predict", archive, elsewhere + "/" + name + ".testb", "--use-dataset-reader",
         "--predictor-args", '{"language": "%s", "output_format": "conll"}' % language,
         "--output-file", elsewhere + "/" + name + ".conll")
"""


def test_train_evaluate_and_predict(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    arguments = [data, CONFIGS / "cross_shared.jsonnet", tmp_path / "run", elsewhere]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    scores = json.loads((elsewhere / "evaluation" / "source_dev" / "metrics.json").read_text())
    assert scores["sets"].keys() == {
        f"{language}_{split}" for language in METRICS[1:] for split in ("dev", "test")
    }
    evaluated = json.loads((elsewhere / "nl.json").read_text())
    assert evaluated["target_f1"] == pytest.approx(scores["sets"]["target_test"]["f1"])
    # The archive tags as the run did, without vectors, mappings or data.
    for language, name in (("target", "nl"), ("source_es", "es")):
        expected = (elsewhere / "evaluation" / "source_dev" / f"{language}_test.conll").read_text()
        predicted = (elsewhere / f"{name}.conll").read_text()
        for one, other in zip(expected.split("\n"), predicted.split("\n")):
            assert one.split(" ")[::2] == other.split(" ")
        tagger = Tagger.load(elsewhere / "model.tar.gz", language=language)
        tagger.export(elsewhere / name)
        sentences = [
            [line.split(" ")[0] for line in sentence.split("\n")]
            for sentence in predicted.strip().split("\n\n")
        ]
        tagged, again = (
            [
                [entity._replace(probability=0.0) for entity in found]
                for found in each.tag(sentences)
            ]
            for each in (tagger, Tagger.load(elsewhere / name))
        )
        assert tagged == again and any(tagged)
    card = (elsewhere / "README.md").read_text("utf-8")
    for line in (
        "| source_es, train | es.train |",
        "| source_es, mapping |",
        "source_en, mapping:",
    ):
        assert line in card
