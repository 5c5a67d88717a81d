"""Agreement with another tagger on raw target text."""

import json

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.predictors import Predictor

from tests.tiny_runs import callback, tiny_config, train, weights_of
from xner_allennlp.commands.evaluate_selections import evaluate_selections
from xner_allennlp.spans import entity_spans
from xner_allennlp.training import Agreement

EPOCHS = 10


def run_config(system, folder, **agreement):
    config = tiny_config(system, folder, trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = EPOCHS
    config["model"]["dropout"] = 0.0
    if agreement:
        config["trainer"]["callbacks"]["agreement"] = agreement
        config["trainer"]["callbacks"]["keep_best"] = {"metric": "+agreement_f1"}
    return config


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """A tagger with another vocabulary and its own word vectors."""
    folder = tmp_path_factory.mktemp("teacher")
    train(run_config("translated", folder / "data"), folder / "run")
    return str(folder / "run" / "model.tar.gz")


def metrics_of(run, epoch):
    return json.loads((run / f"metrics_epoch_{epoch}.json").read_text())


def entities(archive, sentences, weights=None):
    predictor = Predictor.from_path(archive, "ner_tagger")
    if weights is not None:
        predictor._model.load_state_dict(torch.load(weights))
    answers = predictor.predict_batch_json([{"tokens": words} for words in sentences])
    return {
        (number, span)
        for number, answer in enumerate(answers)
        for span in entity_spans(answer["tags"])
    }


def test_agreement(teacher, tmp_path):
    config = run_config("cross_shared", tmp_path / "data", teacher=teacher)
    run = tmp_path / "run"
    train(config, run)
    agreement = [metrics_of(run, epoch)["validation_agreement_f1"] for epoch in range(EPOCHS)]
    divergence = metrics_of(run, EPOCHS - 1)["validation_agreement_type_divergence"]
    assert 0 < max(agreement) < 1 and 0 <= divergence < 1
    # The tags of both by way of the predictor; the sentences' own tags have no say.
    text = open(config["train_data_path"]["target"], encoding="utf-8").read().strip()
    sentences = [[line.split(" ")[0] for line in s.split("\n")] for s in text.split("\n\n")]
    expected = entities(teacher, sentences)
    found = entities(str(run / "model.tar.gz"), sentences, run / "best_agreement_f1.th")
    f1 = 2 * len(expected & found) / (len(expected) + len(found))
    assert max(agreement) == pytest.approx(f1)
    scores = evaluate_selections(str(run))
    assert list(scores) == ["source_dev", "agreement", "target_dev"]
    assert scores["agreement"]["epoch"] == agreement.index(max(agreement))


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_training_is_the_same_with_and_without(dropout, teacher, tmp_path):
    for name, agreement in (("with", {"teacher": teacher}), ("without", {})):
        config = run_config("cross_shared", tmp_path / "data", **agreement)
        config["model"]["dropout"] = dropout
        train(config, tmp_path / name)
    one, two = weights_of(tmp_path / "with"), weights_of(tmp_path / "without")
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"teacher": "gone.tar.gz"}, "gone.tar.gz: no such archive; train it first"),
        ({"raw": False}, "the training data has no raw target sentence"),
    ],
)
def test_what_is_missing(change, message, tmp_path):
    config = run_config("cross_shared", tmp_path / "data", teacher=change.get("teacher", "any"))
    if "raw" in change:
        del config["train_data_path"]["target"]
    with pytest.raises(ConfigurationError, match=message):
        train(config, tmp_path / "run")


@pytest.mark.parametrize("name", ["max_sentences", "batch_size"])
def test_bad_numbers(name):
    with pytest.raises(ConfigurationError, match=f"{name} must be at least 1"):
        Agreement("somewhere", teacher="any", **{name: 0})
