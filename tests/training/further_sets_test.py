"""Scores on further sets at each validation, and the selections that they allow."""

import json
import random
from pathlib import Path

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.predictors import Predictor

from tests.tiny_runs import callback, tiny_config, train, weights_of
from xner_allennlp.spans.scores import score_tags
from xner_allennlp.training import FurtherSets

EPOCHS = 5


@pytest.fixture(autouse=True)
def all_selections(monkeypatch):
    monkeypatch.setenv("XNER_SELECTIONS", "all")


def config_of(system, folder):
    config = tiny_config(system, folder, trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = EPOCHS
    if system == "cross_augmented":
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=2)
    return config


def metrics_of(run, epoch):
    return json.loads((run / f"metrics_epoch_{epoch}.json").read_text())


def scramble_tags(path, seed):
    generator = random.Random(seed)
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    tags = ["O", "B-PER", "I-LOC", "B-MISC"]
    words = [line.split(" ")[0] for line in lines]
    scrambled = [f"{word} {generator.choice(tags)}" if word else "" for word in words]
    assert scrambled != lines
    Path(path).write_text("\n".join(scrambled), encoding="utf-8")


def test_set_scores_as_validation_does(tmp_path):
    config = config_of("cross_shared", tmp_path / "data")
    # The set that validation knows as "target", under another name.
    callback(config, "further_sets")["sets"] = {
        "again": {"target": config["validation_data_path"]["target"]}
    }
    train(config, tmp_path / "run")
    seen = set()
    for epoch in range(EPOCHS):
        metrics = metrics_of(tmp_path / "run", epoch)
        scores = {k: v for k, v in metrics.items() if k.startswith("validation_target_")}
        again = {k.replace("target", "again", 1): v for k, v in scores.items()}
        assert {k: v for k, v in metrics.items() if k.startswith("validation_again_")} == again
        assert "validation_again_f1_PER" in again
        seen.add(again["validation_again_f1"])
    assert len(seen) > 2, "the score hardly changes; the test shows little"


@pytest.mark.parametrize("system", ["cross_shared", "cross_augmented"])
def test_keeps_the_weights_that_are_best_on_the_set(system, tmp_path):
    config = config_of(system, tmp_path / "data")
    config["trainer"]["checkpointer"] = {"keep_most_recent_by_count": None}
    train(config, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    # In pre-training the target path is not there yet: those epochs do not count.
    first = 2 if system == "cross_augmented" else 0
    files = {"target_f1": "best_target_f1.th", "target_test_f1": "best_target_test_f1.th"}
    for metric, file in files.items():
        scores = {
            epoch: metrics_of(tmp_path / "run", epoch)[f"validation_{metric}"]
            for epoch in range(first, EPOCHS)
        }
        best = max(scores, key=scores.__getitem__)
        assert metrics[f"best_{metric}_epoch"] == best
        assert metrics[f"best_{metric}"] == scores[best] > 0
        kept = torch.load(tmp_path / "run" / file)
        expected = torch.load(tmp_path / "run" / f"model_state_e{best + 1}_b0.th")
        assert all(torch.equal(kept[name], expected[name]) for name in expected)


@pytest.mark.parametrize("system", ["cross_shared", "cross_augmented"])
def test_the_source_dev_choice_never_looks_at_target_tags(system, tmp_path):
    train(config_of(system, tmp_path / "data"), tmp_path / "one")
    config = config_of(system, tmp_path / "data")
    for seed, key in enumerate(("train_data_path", "validation_data_path", "test_data_path")):
        scramble_tags(config[key]["target"], seed)
    train(config, tmp_path / "two")

    one, two = (json.loads((tmp_path / n / "metrics.json").read_text()) for n in ("one", "two"))
    for metric in ("validation_target_f1", "validation_target_test_f1", "test_target_f1"):
        assert one[metric] != two[metric], "the tags were not scrambled"
    assert one["best_epoch"] == two["best_epoch"]
    for metric in one:
        if metric.startswith("best_validation_source"):
            assert one[metric] == two[metric]
    weights, others = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert weights.keys() == others.keys()
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    for file in ("labels.txt", "characters.txt", "target_tokens.txt"):
        names = [(tmp_path / n / "vocabulary" / file).read_text() for n in ("one", "two")]
        assert names[0] == names[1]


def test_changes_nothing_else(tmp_path, monkeypatch):
    train(config_of("cross_augmented", tmp_path / "data"), tmp_path / "with")
    monkeypatch.setenv("XNER_SELECTIONS", "dev")
    config = config_of("cross_augmented", tmp_path / "data")
    names = set(config["trainer"]["callbacks"])
    assert "keep_best_target_f1" in names
    assert {"further_sets", "keep_best_target_test_f1"} & names == set()
    train(config, tmp_path / "without")
    for file in ("best.th", "best_target_f1.th"):
        one, two = (torch.load(tmp_path / run / file) for run in ("with", "without"))
        assert all(torch.equal(one[name], two[name]) for name in one)
    assert not (tmp_path / "without" / "best_target_test_f1.th").exists()


@pytest.mark.parametrize("name", ["target", "source", "source_en", "agreement"])
def test_a_set_with_the_name_of_other_metrics(name, tmp_path):
    reader = DatasetReader.by_name("conll_ner")()
    with pytest.raises(ConfigurationError, match="give the set another name"):
        FurtherSets(str(tmp_path), {name: "file"}, reader)


def test_unknown_selections(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_SELECTIONS", "some")
    with pytest.raises(
        RuntimeError, match="XNER_SELECTIONS is some, known are: dev, label_free, all"
    ):
        config_of("cross_shared", tmp_path)


def test_the_translated_development_set(tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_SELECTIONS", "label_free")
    config = tiny_config("cross_shared", tmp_path / "data", trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = 8
    config["model"]["dropout"] = 0.0
    run = tmp_path / "run"
    train(config, run)
    files = [json.loads((run / f"metrics_epoch_{n}.json").read_text()) for n in range(8)]
    scores = [metrics["validation_translated_dev_f1"] for metrics in files]
    assert max(scores) > 0
    # The translated words, tagged as raw target sentences by way of the predictor.
    reader = DatasetReader.from_params(Params(callback(config, "translated_dev")["reader"]))
    instances = list(reader.read({"source": config["validation_data_path"]["source"]}))
    predictor = Predictor.from_path(str(run / "model.tar.gz"), "ner_tagger")
    predictor._model.load_state_dict(torch.load(run / "best_translated_dev_f1.th"))
    inputs = [{"tokens": list(instance["metadata"]["words"])} for instance in instances]
    predicted = [answer["tags"] for answer in predictor.predict_batch_json(inputs)]
    gold = [instance["tags"].labels for instance in instances]
    assert score_tags(gold, predicted).overall.f1 == pytest.approx(max(scores))
