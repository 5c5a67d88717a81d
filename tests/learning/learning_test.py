"""From files to a tagger: whole, interrupted, by hand, and every mistake on purpose."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from allennlp.predictors import Predictor

from tests.tiny_runs import ROOT, first_sentences, train, weights_of
from xner_allennlp.console.tagger import main
from xner_allennlp.learning import RECIPES, Learning, Request
from xner_allennlp.learning.configs import mapping_config, training_config
from xner_allennlp.learning.display import Display
from xner_allennlp.learning.recipes import Training
from xner_allennlp.mapping.presets import PRESETS

TOY = ROOT / "fixtures" / "toy"
TINY = RECIPES["quick"]._replace(
    mappings=("semi_supervised",),
    # Enough for the teachers to find some entities.
    passes=25,
    sentences_seen=0,
    source_sentences=100,
    target_vocabulary=100,
)


def write_files(folder: Path):
    """The files of a user: 120 labelled sentences, and 80 raw ones."""
    corpus, text = folder / "en.conll", folder / "nl.txt"
    corpus.write_text(first_sentences(TOY / "ner" / "source.train", 120), encoding="utf-8")
    sentences = first_sentences(TOY / "ner" / "target.train", 80).strip().split("\n\n")
    lines = [" ".join(row.split(" ")[0] for row in each.split("\n")) for each in sentences]
    text.write_text("\n".join(lines), encoding="utf-8")
    return {
        "source_corpus": str(corpus),
        "target_text": str(text),
        "source_vectors": str(TOY / "vectors" / "source.vec"),
        "target_vectors": str(TOY / "vectors" / "target.vec"),
    }


def arguments(files, folder, *more):
    named = [(f"--{name.replace('_', '-')}", path) for name, path in files.items()]
    return ["learn", *[part for pair in named for part in pair], "-s", str(folder), *more]


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The folder of a run that was interrupted in its last step, and went on; what it was of."""
    folder = tmp_path_factory.mktemp("learned")
    files = write_files(folder)
    files["target_test"] = str(folder / "nl.testb")
    shutil.copy(TOY / "ner" / "target.testb", files["target_test"])
    show, run = Display.progress, folder / "run"

    def interrupt(self, part):
        if (run / "cross_distilled" / "metrics_epoch_0.json").exists():
            raise KeyboardInterrupt
        show(self, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "quick", TINY)
        patch.setattr(Display, "progress", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Learning(Request(files, "en_nl", recipe="quick"), str(run)).run()
        assert not (run / "model.tar.gz").exists()
        patch.setattr(Display, "progress", show)
        Learning(Request(files, "en_nl", recipe="quick"), str(run)).run()
    return run, files


def test_the_tagger_tags(learned):
    run, _ = learned
    answer = Predictor.from_path(str(run / "model.tar.gz")).predict("Fodokmal ( Tiskenlanda ) 5")
    assert answer["tokens"] == ["Fodokmal", "(", "Tiskenlanda", ")", "5"]
    # Of the archive's words are those of the text, and the most frequent of the vectors.
    words = (run / "cross_distilled" / "vocabulary" / "target_tokens.txt").read_text("utf-8")
    assert len(words.split("\n")) > 100


def test_the_card_is_in_the_archive_and_beside_it(learned, capsys):
    run, _ = learned
    assert main(["card", str(run / "model.tar.gz")]) == 0
    card = capsys.readouterr().out
    assert card == (run / "README.md").read_text("utf-8")
    assert 'language: ["nl"]' in card and "target, test" in card
    assert "Preset `semi_supervised`, source_to_target.\nThe verdict: " in card


def test_the_record_says_what_was_found(learned):
    run, files = learned
    record = json.loads((run / "learn.json").read_text("utf-8"))
    assert list(record["steps"]) == [
        "data",
        "mapping",
        "cross_shared",
        "translated",
        "cross_distilled",
        "scores",
    ]
    assert record["steps"]["data"]["sentences"] == 100
    assert set(record["steps"]["scores"]["sets"]) == {"source_dev", "target_test"}
    assert str(Path(files["source_corpus"]).parent) not in json.dumps(record["request"])


@pytest.mark.parametrize("step", ["cross_shared", "cross_distilled"])
def test_a_config_gives_the_same_by_hand(learned, tmp_path, step):
    run, _ = learned
    config = json.loads((run / "configs" / f"{step}.json").read_text("utf-8"))
    train(config, tmp_path / "by_hand")
    ours, theirs = weights_of(run / step), weights_of(tmp_path / "by_hand")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_finished_run_is_not_done_again(learned, capsys, monkeypatch):
    run, files = learned
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    assert main(arguments(files, run, "--quick", "--pair", "en_nl")) == 0
    assert capsys.readouterr().out.count("(done before)") == 4
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


def test_the_folder_of_another_run_is_refused(learned, capsys):
    run, files = learned
    assert main(arguments(files, run, "--quick", "--seed", "2")) == 2
    assert "another run (seed was 13370, is 2)" in capsys.readouterr().err
    changed = {**files, "target_text": files["source_corpus"]}
    assert main(arguments(changed, run, "--quick", "--pair", "en_nl")) == 2
    assert "another run (files was" in capsys.readouterr().err


def test_a_failed_mapping_ends_it(tmp_path, capsys, monkeypatch):
    failed = {"failed": True, "verdict": {"summary": "failed (numbers)"}}
    tried = []

    def map_embeddings(self, name, config):
        tried.append((name, config["mapper"]["preset"]))
        return failed

    monkeypatch.setattr(
        "xner_allennlp.learning.steps.AllennlpRunner.map_embeddings", map_embeddings
    )
    assert main(arguments(write_files(tmp_path), tmp_path / "run", "--quick")) == 3
    error = capsys.readouterr().err
    assert "the vectors could not be mapped (cpu: failed (numbers)" in error and "robust" in error
    assert tried == [("mapping_cpu", "cpu"), ("mapping_robust", "robust")]


def test_a_failed_step_is_named_with_its_log(tmp_path, capsys, monkeypatch):
    config = {"source_vectors": "nowhere", "target_vectors": "nowhere"}
    monkeypatch.setattr("xner_allennlp.learning.learning.mapping_config", lambda *_: config)
    assert main(arguments(write_files(tmp_path), tmp_path / "run", "--quick")) == 3
    error = capsys.readouterr().err
    assert "mapping_cpu has failed" in error and "there is no file nowhere" in error
    assert os.path.isfile(error.split("the whole log: ")[1].rstrip(")\n"))


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("source_corpus", None, "--source-corpus: there is no file"),
        ("source_corpus", "Anna\nlives\n\n", "one column, so there are no labels"),
        ("source_corpus", "Anna O\nlives O\n\nin O\n\n", "every word has the tag O"),
        ("source_corpus", "Anna B-PER\n\n", "one sentence is not enough"),
        ("target_text", "\n \n", "there are no words in it"),
        ("target_vectors", "no vectors\n", "target_vectors"),
        ("target_vectors", "a 1 2\nb 2 3\nc 3 4\n", "same number of dimensions"),
        ("target_vectors", "x" + " 1" * 40 + "\n", "have a vector in"),
    ],
)
def test_mistakes_are_found_before_anything_is_learned(tmp_path, capsys, name, content, message):
    files = write_files(tmp_path)
    files[name] = str(tmp_path / name)
    if content is not None:
        Path(files[name]).write_text(content, encoding="utf-8")
    assert main(arguments(files, tmp_path / "run", "--pair", "en_nl")) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run" / "logs").exists()


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    files = write_files(tmp_path)
    assert main(arguments(files, tmp_path)) == 2
    assert "it was not made by this command" in capsys.readouterr().err
    assert main(arguments(files, files["target_text"])) == 2
    assert "is a file" in capsys.readouterr().err
    assert main(arguments(files, tmp_path / "run", "--pair", "en")) == 2
    assert "give two codes" in capsys.readouterr().err


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_configs(name, tmp_path):
    recipe = RECIPES[name]
    request = Request(write_files(tmp_path), "en_xx", recipe=name)
    files = {
        side: {"train": f"{side}.train", "dev": None, "test": None, "vectors": f"{side}.vec"}
        for side in ("source", "target")
    }
    files["source"]["dev"] = "source.testa"
    assert set(recipe.mappings) <= set(PRESETS)
    for preset in recipe.mappings:
        config = mapping_config(request, files, preset)
        assert config["mapper"]["preset"] == preset
        assert config["target_vectors"] == "target.vec"
    settings = {"XNER_MAPPING": "m.npz", "XNER_BASE": "cross_word", "XNER_SOURCE_ARCHIVE": "a"}
    settings["XNER_TEACHERS"] = "a,b"
    for training in recipe.trainings:
        config = training_config(
            request, recipe, training, files, settings, sentences=1000, dim=7, target_words=50
        )
        assert config["validation_data_path"] == {"source": "source.testa"}
        assert config["test_data_path"] is None and not config["evaluate_on_test"]
        assert config["model"]["word_embedders"]["target"]["embedding_dim"] == 7
        passes = config["trainer"]["callbacks"]["source_passes"]["num_passes"]
        assert passes == recipe.passes_over(1000) <= 30
    assert isinstance(training, Training) and not training.is_base
