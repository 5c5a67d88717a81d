"""Labelled sets: scores and predictions in the order of the file."""

import json

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive

from tests.tiny_runs import tiny_config, train
from xner_allennlp.training import LabelledSet


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled_set")
    config = tiny_config("cross_shared", folder / "data", trainer__optimizer__lr=0.5)
    train(config, folder / "run")
    return folder, config, load_archive(folder / "run" / "model.tar.gz")


def test_scores_are_those_of_the_run(trained):
    folder, config, archive = trained
    metrics = json.loads((folder / "run" / "metrics.json").read_text())
    both = LabelledSet(
        archive.validation_dataset_reader, config["test_data_path"], archive.model.vocab
    )
    assert len(both) == 96
    for language, path in config["test_data_path"].items():
        labelled_set = LabelledSet(
            archive.validation_dataset_reader, {language: path}, archive.model.vocab
        )
        scores = labelled_set.evaluate(archive.model).metrics
        assert scores["f1"] > 0
        assert scores == {name: metrics[f"test_{language}_{name}"] for name in scores}, (
            "another scorer than the run's"
        )


def test_predictions_are_in_the_order_of_the_file_whatever_the_batches(trained):
    _, config, archive = trained
    path = config["test_data_path"]["target"]
    answers = []
    for batch_size in (1, 7, 256):
        labelled_set = LabelledSet(
            archive.validation_dataset_reader, path, archive.model.vocab, batch_size
        )
        blocks = [
            [line.split(" ") for line in block.split("\n")]
            for block in open(path, encoding="utf-8").read().strip().split("\n\n")
        ]
        assert labelled_set.words == [[word for word, _ in block] for block in blocks]
        assert labelled_set.tags == [[tag for _, tag in block] for block in blocks]
        evaluation = labelled_set.evaluate(archive.model)
        assert list(map(len, evaluation.tags)) == list(map(len, labelled_set.words))
        assert archive.model.training, "left as it was found"
        answers.append(evaluation)
    assert answers[0] == answers[1] == answers[2]
    assert {tag[0] for tags in answers[0].tags for tag in tags} == {"B", "I", "O"}


def test_bad_input(trained, tmp_path):
    _, config, archive = trained
    reader, vocab = archive.validation_dataset_reader, archive.model.vocab
    (tmp_path / "words").write_text("een\nhuis\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="without tags"):
        LabelledSet(reader, str(tmp_path / "words"), vocab)
    (tmp_path / "types").write_text("een O\nhuis B-HOUSE\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="types, line 1 .*HOUSE"):
        LabelledSet(reader, str(tmp_path / "types"), vocab)
    with pytest.raises(ConfigurationError, match="batch_size"):
        LabelledSet(reader, config["test_data_path"], vocab, batch_size=0)
