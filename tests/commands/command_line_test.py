"""The command line as a user runs it, in subprocesses: train, recover, evaluate, predict."""

import json
import os
import subprocess
import sys
import unicodedata

import pytest

from tests.tiny_runs import ROOT, callback, tiny_config


def allennlp(*arguments, cwd=ROOT, check=True, **environment):
    completed = subprocess.run(
        [sys.executable, "-m", "allennlp", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    if check:
        assert completed.returncode == 0, completed.stderr[-3000:]
    return completed


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A Cross-Augmented run, trained by the command line from a config file."""
    folder = tmp_path_factory.mktemp("run")
    config = tiny_config("cross_augmented", folder / "data", sentences=96)
    callback(config, "source_passes")["num_passes"] = 6
    callback(config, "pseudo_labels").update(n_steps=4, pretraining_passes=4)
    config["model"]["dropout"] = 0.0
    config["trainer"]["optimizer"]["lr"] = 0.5
    (folder / "config.json").write_text(json.dumps(config))
    completed = allennlp(
        "train", folder / "config.json", "--include-package", "xner_allennlp", "-s", folder / "run"
    )
    (folder / "train.log").write_text(completed.stdout + completed.stderr)
    return folder


def test_train_leaves_an_archive_and_metrics(run):
    metrics = json.loads((run / "run" / "metrics.json").read_text())
    for key in ("best_validation_source_f1", "test_target_f1", "best_target_f1"):
        assert 0.0 <= metrics[key] <= 1.0
    assert (run / "run" / "model.tar.gz").exists()
    assert (run / "run" / "best_target_f1.th").exists()
    assert "pseudo-labels, round 0" in (run / "run" / "out.log").read_text()


def test_train_does_not_overwrite_a_run(run):
    again = allennlp(
        "train",
        run / "config.json",
        "--include-package",
        "xner_allennlp",
        "-s",
        run / "run",
        check=False,
    )
    assert again.returncode != 0
    assert "already exists and is not empty" in again.stderr


def test_recover_of_a_finished_run_ends_with_the_same_metrics(run):
    before = json.loads((run / "run" / "metrics.json").read_text())
    allennlp(
        "train",
        run / "config.json",
        "--include-package",
        "xner_allennlp",
        "-s",
        run / "run",
        "--recover",
    )
    after = json.loads((run / "run" / "metrics.json").read_text())
    for key in ("best_validation_source_f1", "test_source_f1", "test_target_f1"):
        assert before[key] == after[key]


def test_evaluate_prints_the_conll_metric(run):
    archive, data = run / "run" / "model.tar.gz", run / "data" / "target.testb"
    output = run / "evaluation.json"
    completed = allennlp(
        "evaluate", archive, data, "--include-package", "xner_allennlp", "--output-file", output
    )
    metrics = json.loads(output.read_text())
    expected = json.loads((run / "run" / "metrics.json").read_text())
    for key in ("target_precision", "target_recall", "target_f1", "target_f1_PER"):
        assert metrics[key] == pytest.approx(expected[f"test_{key}"])
    assert "target_f1" in completed.stdout + completed.stderr
    assert not any(key.startswith("source") for key in metrics)


def test_evaluate_with_other_types_and_normal_forms(run):
    """A type map gives the scores of the types that it makes, and the metrics say so."""
    text = (run / "data" / "target.testb").read_text("utf-8")
    per = text.count("B-PER")
    other = run / "other.testb"
    other.write_text(unicodedata.normalize("NFD", text.replace("-PER", "-person")), "utf-8")
    scores = {}
    for name, file, reader in (
        ("plain", run / "data" / "target.testb", {}),
        ("mapped", other, {"type_map": {"person": "PER"}, "normalization": "NFC"}),
        ("fewer", other, {"type_map": {"person": "O", "LOC": "LOC"}}),
    ):
        overrides = {f"validation_dataset_reader.{key}": value for key, value in reader.items()}
        output = run / f"{name}.json"
        arguments = ["--include-package", "xner_allennlp", "--output-file", output]
        allennlp(
            "evaluate", run / "run" / "model.tar.gz", file, *arguments, "-o", json.dumps(overrides)
        )
        scores[name] = json.loads(output.read_text())
    assert scores["mapped"].pop("target_renamed_person_to_PER") == per > 0
    assert scores["mapped"] == pytest.approx(scores["plain"])
    assert scores["fewer"]["target_renamed_person_to_O"] == per
    assert scores["fewer"]["target_recall_PER"] == 0.0
    refused = allennlp(
        "evaluate",
        run / "run" / "model.tar.gz",
        other,
        "--include-package",
        "xner_allennlp",
        check=False,
    )
    assert "B-person' is not one of those that the model learns" in refused.stderr.replace(
        "U-person", "B-person"
    )


def test_evaluate_takes_the_weights_that_keep_best_kept(run):
    output = run / "tuned_on_target.json"
    allennlp(
        "evaluate",
        run / "run" / "model.tar.gz",
        run / "data" / "target.testa",
        "--include-package",
        "xner_allennlp",
        "--output-file",
        output,
        "--weights-file",
        run / "run" / "best_target_f1.th",
    )
    best = json.loads((run / "run" / "metrics.json").read_text())["best_target_f1"]
    assert json.loads(output.read_text())["target_f1"] == pytest.approx(best)


def test_predict_raw_text_and_json(run, tmp_path):
    text = "Anna lives in Rome ."
    lines = [text, json.dumps({"sentence": text}), json.dumps({"tokens": text.split()})]
    (tmp_path / "input").write_text("\n".join(lines) + "\n", encoding="utf-8")
    allennlp(
        "predict",
        run / "run" / "model.tar.gz",
        tmp_path / "input",
        "--silent",
        "--include-package",
        "xner_allennlp",
        "--output-file",
        tmp_path / "output",
    )
    output = [json.loads(line) for line in (tmp_path / "output").read_text().splitlines()]
    assert [sentence["tokens"] for sentence in output] == [text.split()] * 3
    assert len({json.dumps(sentence["tags"]) for sentence in output}) == 1
    for sentence in output:
        for entity in sentence["entities"]:
            assert sentence["sentence"][entity["start"] : entity["end"]] == entity["text"]
            assert 0.0 <= entity["probability"] <= 1.0


def test_predict_a_conll_file_into_columns(run, tmp_path):
    data = run / "data" / "target.testb"
    allennlp(
        "predict",
        run / "run" / "model.tar.gz",
        data,
        "--silent",
        "--use-dataset-reader",
        "--include-package",
        "xner_allennlp",
        "--output-file",
        tmp_path / "output",
        "--predictor-args",
        json.dumps({"output_format": "conll"}),
    )
    tagged = (tmp_path / "output").read_text(encoding="utf-8").strip().split("\n\n")
    gold = data.read_text(encoding="utf-8").strip().split("\n\n")
    assert [[line.split(" ")[0] for line in s.split("\n")] for s in tagged] == [
        [line.split(" ")[0] for line in s.split("\n")] for s in gold
    ]


def test_plugin_is_found_in_the_checkout():
    completed = allennlp("--help")
    assert "map-embeddings" in completed.stdout


@pytest.mark.parametrize(
    "override, message",
    [
        ({"train_data_path": "nowhere.train"}, "nowhere.train"),
        ({"model.word_embedders.source.pretrained_file": "nowhere.vec"}, "nowhere.vec"),
        ({"model.word_embedders.source.mapping_file": "nowhere.npz"}, "nowhere.npz"),
        ({"model.word_embedders.source.embedding_dim": 17}, "source.vec"),
    ],
)
def test_a_mistake_is_named_before_training(tmp_path, override, message):
    completed = allennlp(
        "train",
        "training_configs/cross_shared.jsonnet",
        "-s",
        tmp_path / "run",
        "--include-package",
        "xner_allennlp",
        "-o",
        json.dumps(override),
        check=False,
    )
    assert completed.returncode != 0
    last = completed.stderr.strip().split("\n")[-1]
    assert "ConfigurationError" in last and message in last
    assert not (tmp_path / "run" / "metrics_epoch_0.json").exists()


def test_every_config_file_is_read(root, monkeypatch):
    from allennlp.common import Params

    monkeypatch.setenv("XNER_PAIR", "en_nl")
    monkeypatch.setenv("XNER_MAPPING", "fixtures/toy/mapping.npz")
    monkeypatch.setenv("XNER_TEACHERS", "runs/model.tar.gz")
    files = sorted((root / "training_configs").glob("**/*.jsonnet"))
    assert len(files) == 20 + 29
    for file in files:
        config = Params.from_file(file).as_dict(quiet=True)
        assert "mapper" in config or config["model"]["type"].endswith("crf_tagger")
