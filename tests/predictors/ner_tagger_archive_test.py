"""The predictor on an archive of the real model, through AllenNLP's command line."""

import json
import sys

import pytest
from allennlp.commands import main
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.testing import requires_gpu
from allennlp.predictors import Predictor

TRAINING = "Jan B-PER\nSmit I-PER\nwoont O\nin O\nGoes B-LOC\n. O\n\nPiet B-PER\nslaapt O\n. O\n\n"


def lstm(input_size):
    return {"type": "tied_lstm", "input_size": input_size, "hidden_size": 8}


def train(folder, cuda_device=-1):
    """A target tagger with random word vectors that has learned its training data by heart."""
    (folder / "target.train").write_text(TRAINING)
    reader = {"type": "conll_ner", "language": "target", "max_length": 6}
    config = {
        "dataset_reader": reader,
        "train_data_path": str(folder / "target.train"),
        "data_loader": {"batch_size": 2},
        "model": {
            "type": "cross_lingual_crf_tagger",
            "word_embedders": {
                "target": {
                    "type": "embedding",
                    "embedding_dim": 16,
                    "vocab_namespace": "target_tokens",
                }
            },
            "encoder": lstm(16),
            "dropout": 0.0,
        },
        "trainer": {
            "num_epochs": 40,
            "optimizer": {"type": "adam", "lr": 0.03},
            "cuda_device": cuda_device,
        },
    }
    train_model(Params(config), folder / "run")
    return folder / "run" / "model.tar.gz"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return train(tmp_path_factory.mktemp("ner_tagger"))


@pytest.fixture
def predict(archive, tmp_path, monkeypatch):
    """Runs `allennlp predict` on an input of some content, and gives its output."""

    def run(content, *options):
        (tmp_path / "input").write_text(content, encoding="utf-8")
        output = tmp_path / "output"
        command = ["predict", archive, tmp_path / "input", "--output-file", output, "--silent"]
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, command), *options])
        main()
        return output.read_text(encoding="utf-8")

    return run


LINES = 'Jan Smit woont in  Goes.\n{"sentence": ""}\n{"tokens": ["Piet", "slaapt", "."]}\n'


@pytest.mark.parametrize("options", [[], ["--predictor", "ner_tagger"], ["--batch-size", "2"]])
def test_json(predict, options):
    text = predict(LINES, *options)
    first, empty, second = [json.loads(line) for line in text.split("\n")[:-1]]
    assert first["tokens"] == ["Jan", "Smit", "woont", "in", "Goes", "."]
    assert first["tags"] == ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
    assert [(e["text"], e["type"], e["start"], e["end"]) for e in first["entities"]] == [
        ("Jan Smit", "PER", 0, 8),
        ("Goes", "LOC", 19, 23),
    ]
    assert all(0.5 < e["probability"] <= 1.0 for e in first["entities"])
    assert empty["tokens"] == empty["entities"] == []
    assert second["tags"] == ["B-PER", "O", "O"]


def test_conll_from_lines(predict):
    options = ["--predictor-args", '{"output_format": "conll"}']
    text = predict("Jan Smit woont in Goes.\nPiet slaapt.\n", *options)
    assert text == TRAINING


@pytest.mark.parametrize("columns", [1, 2])
def test_conll_file_through_the_reader(predict, columns):
    """Also without tags, and also a sentence longer than the reader's `max_length`."""
    lines = TRAINING.replace(". O\n", ". O\n. O\n").replace("B-LOC", "XYZ").split("\n")
    content = "\n".join(" ".join(line.split(" ")[:columns]) for line in lines)
    options = ["--use-dataset-reader", "--predictor-args", '{"output_format": "conll"}']
    text = predict(content, *options)
    sentences = [sentence.split("\n") for sentence in text.strip("\n").split("\n\n")]
    assert [len(sentence) for sentence in sentences] == [7, 4]
    assert sentences[0][:5] == ["Jan B-PER", "Smit I-PER", "woont O", "in O", "Goes B-LOC"]


@requires_gpu
def test_an_archive_belongs_to_no_device(predict, archive, tmp_path):
    made_on_gpu = train(tmp_path, cuda_device=0)
    sentence = {"sentence": "Jan Smit woont in Goes."}
    for path in (archive, made_on_gpu):
        outputs = [
            Predictor.from_path(path, cuda_device=number).predict_json(sentence)
            for number in (-1, 0)
        ]
        assert (
            outputs[0]["tags"] == outputs[1]["tags"] == ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
        )
        for one, other in zip(*(output["entities"] for output in outputs)):
            assert one["probability"] == pytest.approx(other["probability"], abs=1e-3)
    assert predict(LINES, "--cuda-device", "0").count("\n") == 3


def test_python(archive):
    predictor = Predictor.from_path(archive)
    output = predictor.predict("Piet slaapt.")
    assert [entity["text"] for entity in output["entities"]] == ["Piet"]
    # Probabilities do not depend on what else is in the batch.
    batch = predictor.predict_batch_json(
        [{"sentence": "Jan Smit woont in Goes."}, {"sentence": "Piet slaapt."}]
    )
    assert batch[1]["entities"][0]["probability"] == pytest.approx(
        output["entities"][0]["probability"], abs=1e-5
    )
