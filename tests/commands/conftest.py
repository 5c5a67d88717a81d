"""A trained archive, lines to tag, and what `allennlp predict` says of them."""

import json
import sys

import pytest
from allennlp.commands import main

from tests.commands.bulk.tagged_corpus import BATCH
from tests.tiny_runs import ROOT, tiny_config, train


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    config = tiny_config("cross_shared", folder / "data", trainer__optimizer__lr=0.5)
    train(config, folder / "run")
    return str(folder / "run" / "model.tar.gz")


@pytest.fixture(scope="session")
def sentences():
    """Lines of all kinds, none of them empty."""
    text = (ROOT / "fixtures" / "toy" / "ner" / "target.testb").read_text(encoding="utf-8")
    lines = []
    for number, sentence in enumerate(text.strip().split("\n\n")):
        tokens = [line.split(" ")[0] for line in sentence.split("\n")]
        line = " ".join(tokens)
        kinds = (line, line + "\r", json.dumps({"tokens": tokens}), json.dumps({"sentence": line}))
        lines.append(kinds[number % len(kinds)])
    return lines


@pytest.fixture
def predict(archive, tmp_path, monkeypatch):
    """What `allennlp predict` writes for a file."""

    def run(file, **predictor_args):
        output = tmp_path / "predicted"
        command = ["predict", archive, file, "--output-file", output, "--silent"]
        command += ["--batch-size", BATCH, "--predictor-args", json.dumps(predictor_args)]
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, command)])
        main()
        return output.read_bytes()

    return run
