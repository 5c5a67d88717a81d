"""`allennlp evaluate-selections` and `archive-selection`, through AllenNLP's command line."""

import json
import os
import shutil
import sys
import tarfile

import pytest
import torch
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive
from seqeval.metrics import f1_score, precision_score

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.commands.archive_selection import archive_selection
from xner_allennlp.commands.evaluate_selections import evaluate_selections
from xner_allennlp.common.errors import InputError


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("selections")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XNER_SELECTIONS", "all")
        # Long steps, so that something is found in few of them.
        config = tiny_config(
            "cross_augmented",
            folder / "data",
            trainer__optimizer__lr=0.5,
            model__average_terms=False,
        )
    callback(config, "source_passes")["num_passes"] = 6
    callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=2)
    train(config, folder / "run")
    # Weights that differ, whichever epochs were best.
    for number, name in enumerate(("best_target_f1.th", "best_target_test_f1.th")):
        weights = torch.load(folder / "run" / name)
        weights["label_layer.bias"] += 0.5 * (1 + number) * torch.arange(-8.0, 9.0)
        torch.save(weights, folder / "run" / name)
    return folder / "run", config


@pytest.fixture
def run(trained, tmp_path):
    return shutil.copytree(trained[0], tmp_path / "run")


def allennlp(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
    main()


def columns(path):
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n\n")
    return [[line.split(" ") for line in block.split("\n")] for block in text[:-2].split("\n\n")]


def test_every_selection_is_evaluated(run, trained, monkeypatch):
    allennlp(monkeypatch, "evaluate-selections", run)
    config = trained[1]
    recorded = json.loads((run / "metrics.json").read_text())
    files = {
        "target_test": config["test_data_path"]["target"],
        "target_dev": config["validation_data_path"]["target"],
        "source_dev": config["validation_data_path"]["source"],
        "source_test": config["test_data_path"]["source"],
    }
    sets = {
        "source_dev": {"target_test", "target_dev", "source_dev", "source_test"},
        "target_dev": {"target_test"},
        "target_test": {"target_test"},
    }
    epoch_of = {
        "source_dev": recorded["best_epoch"],
        "target_dev": recorded["best_target_f1_epoch"],
        "target_test": recorded["best_target_test_f1_epoch"],
    }
    predictions = set()
    for selection, names in sets.items():
        folder = run / "evaluation" / selection
        written = {path.name for path in folder.iterdir()}
        assert written == {f"{name}.conll" for name in names} | {"metrics.json"}
        metrics = json.loads((folder / "metrics.json").read_text())
        assert metrics["selection"] == selection and metrics["epoch"] == epoch_of[selection]
        assert set(metrics["sets"]) == names
        for name in names:
            sentences = columns(folder / f"{name}.conll")
            with open(files[name], encoding="utf-8") as file:
                given = [b.split("\n") for b in file.read().strip().split("\n\n")]
            assert [[f"{w} {g}" for w, g, _ in rows] for rows in sentences] == given
            gold = [[row[1] for row in rows] for rows in sentences]
            predicted = [[row[2] for row in rows] for rows in sentences]
            scores = metrics["sets"][name]
            assert scores["f1"] == pytest.approx(float(f1_score(gold, predicted)))
            assert scores["precision"] == pytest.approx(float(precision_score(gold, predicted)))
            assert set(scores["types"]) == {"LOC", "MISC", "ORG", "PER"}
            support = sum(tag == "B-PER" for tags in gold for tag in tags)
            assert scores["types"]["PER"]["support"] == support
            if name == "target_test":
                predictions.add((folder / "target_test.conll").read_text(encoding="utf-8"))
    assert len(predictions) == 3, "the selections were evaluated with the same weights"
    # That of the trainer is what the run itself has measured.
    own = json.loads((run / "evaluation" / "source_dev" / "metrics.json").read_text())
    assert own["sets"]["target_test"]["f1"] == pytest.approx(recorded["test_target_f1"])
    assert own["sets"]["target_dev"]["f1"] == pytest.approx(recorded["best_validation_target_f1"])
    model = load_archive(run / "model.tar.gz").model
    parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert own["trainable_parameters"] == parameters


def test_sets_and_selections_of_choice(run, trained, monkeypatch, tmp_path):
    own = tmp_path / "own.conll"
    own.write_text("Jan\u00a0Smit NNP B-PER\nslaapt V O\n", encoding="utf-8")
    allennlp(
        monkeypatch,
        *("evaluate-selections", run, "--selections", "target_dev"),
        *("--sets", "source_test", f"mine={own}", "--batch-size", 5),
    )
    assert [path.name for path in (run / "evaluation").iterdir()] == ["target_dev"]
    metrics = json.loads((run / "evaluation" / "target_dev" / "metrics.json").read_text())
    assert set(metrics["sets"]) == {"source_test", "mine"}
    rows = columns(run / "evaluation" / "target_dev" / "mine.conll")[0]
    assert [row[:2] for row in rows] == [["Jan\u00a0Smit", "B-PER"], ["slaapt", "O"]]


def test_archive_of_any_selection(run, monkeypatch, tmp_path):
    # The archive of a selection does what evaluate-selections says of it.
    evaluate_selections(str(run))
    for selection in ("source_dev", "target_dev", "target_test"):
        archive = tmp_path / f"{selection}.tar.gz"
        allennlp(monkeypatch, "archive-selection", run, selection, archive)
        output = tmp_path / "predicted"
        path = json.loads((run / "config.json").read_text())["test_data_path"]["target"]
        allennlp(
            monkeypatch,
            *("predict", archive, path, "--use-dataset-reader", "--output-file", output),
            *("--predictor-args", '{"output_format": "conll"}', "--silent"),
        )
        rows = columns(run / "evaluation" / selection / "target_test.conll")
        expected = [[f"{word} {predicted}" for word, _, predicted in block] for block in rows]
        assert [
            block.split("\n") for block in output.read_text("utf-8").strip().split("\n\n")
        ] == expected
    assert not list(tmp_path.glob(".*"))


def test_runs_without_labelled_target_sentences(run):
    config = json.loads((run / "config.json").read_text())
    development, test = config["validation_data_path"], config["test_data_path"]

    def scored():
        (run / "config.json").write_text(json.dumps(config))
        results = evaluate_selections(str(run), selections=["source_dev", "target_dev"])
        return {name: set(result["sets"]) for name, result in results.items()}

    of_source = {"source_dev", "source_test"}
    del test["target"]
    assert scored() == dict.fromkeys(("source_dev", "target_dev"), {*of_source, "target_dev"})
    del development["target"]
    assert scored() == dict.fromkeys(("source_dev", "target_dev"), of_source)
    del development["source"], test["source"]
    with pytest.raises(ConfigurationError, match="no labelled file; name one with"):
        scored()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sets": ["other_test"]}, "no set 'other_test', only .*source_dev"),
        ({"sets": ["../x=file"]}, "cannot be the name of a file"),
        ({"selections": ["target_dev"], "sets": ["a=missing"]}, "missing"),
        ({"sets": ["a=one", "a=other"]}, "'a' is named twice; .* e.g. a_2=PATH"),
        ({"cuda_device": 99}, "the device cuda:99 cannot be used here"),
    ],
)
def test_bad_options(run, options, message):
    with pytest.raises((ConfigurationError, InputError, FileNotFoundError), match=message):
        evaluate_selections(str(run), **options)
    assert not (run / "evaluation").exists()


class Program:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("zipped", [True, False])
def test_weights_that_are_a_program(run, tmp_path, zipped):
    weights = {"evil": Program(tmp_path / "gotcha")}
    torch.save(weights, run / "best.th", _use_new_zipfile_serialization=zipped)
    with pytest.raises(
        ConfigurationError, match=r"(?s)best\.th could not be read as weights .*mkdir"
    ):
        evaluate_selections(str(run), selections=["source_dev"])
    assert not (tmp_path / "gotcha").exists()


def test_runs_without_what_is_asked_for(run, tmp_path):
    (run / "best_target_test_f1.th").unlink()
    with pytest.raises(ConfigurationError, match="XNER_SELECTIONS=all"):
        evaluate_selections(str(run), selections=["target_test"])
    with pytest.raises(ConfigurationError, match="XNER_SELECTIONS=all"):
        archive_selection(str(run), "target_test", str(tmp_path / "out.tar.gz"))
    assert set(evaluate_selections(str(run))) == {"source_dev", "target_dev"}
    (run / "model.tar.gz").unlink()
    with pytest.raises(ConfigurationError, match="has the run finished"):
        evaluate_selections(str(run))


def test_an_archive_in_half_precision(run, tmp_path, monkeypatch):
    for name in ("whole", "half"):
        options = ["--half-precision"] if name == "half" else []
        archive = tmp_path / f"{name}.tar.gz"
        allennlp(monkeypatch, "archive-selection", run, "source_dev", archive, *options)
    assert os.path.getsize(tmp_path / "half.tar.gz") < 0.7 * os.path.getsize(
        tmp_path / "whole.tar.gz"
    )
    cards = []
    for name in ("whole", "half"):
        with tarfile.open(tmp_path / f"{name}.tar.gz") as file:
            cards.append(file.extractfile("README.md").read())
    assert cards[0] == cards[1] and b"source development set" in cards[0]
    whole, half = (load_archive(tmp_path / f"{name}.tar.gz").model for name in ("whole", "half"))
    for name, weight in whole.state_dict().items():
        loaded = half.state_dict()[name]
        assert loaded.dtype == weight.dtype
        expected = weight.half().float() if weight.is_floating_point() else weight
        assert torch.equal(loaded, expected.to(weight.dtype)), name


def test_an_archive_overwrites_nothing_unasked(run, tmp_path):
    archive = tmp_path / "precious.tar.gz"
    archive.write_text("precious")
    with pytest.raises(InputError, match="precious.tar.gz exists already. Give --force"):
        archive_selection(str(run), "source_dev", str(archive))
    with pytest.raises(InputError, match="model.tar.gz exists already"):
        archive_selection(str(run), "source_dev", str(run))
    weights = (run / "best.th").read_bytes()
    with pytest.raises(InputError, match="best.th is what is read"):
        archive_selection(str(run), "source_dev", str(run / "best.th"), force=True)
    assert archive.read_text() == "precious" and (run / "best.th").read_bytes() == weights
    assert archive_selection(str(run), "source_dev", str(archive), force=True) == str(archive)
    assert tarfile.is_tarfile(archive)


def test_a_weight_that_half_precision_cannot_hold(run, tmp_path):
    weights = torch.load(run / "best.th")
    weights["label_layer.bias"][0] = 1e6
    torch.save(weights, run / "best.th")
    with pytest.raises(ConfigurationError, match="half precision cannot hold"):
        archive_selection(str(run), "source_dev", str(tmp_path / "half.tar.gz"), True)
    assert not (tmp_path / "half.tar.gz").exists()
