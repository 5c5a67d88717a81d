"""The start from a trained source model, and source models that do not fit."""

import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model, load_archive

from tests.tiny_runs import callback, tiny_config, train


@pytest.fixture
def source_run(tmp_path):
    config = tiny_config("cross_shared", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 2
    train(config, tmp_path / "base")
    return tmp_path / "base" / "model.tar.gz"


def augmented_from(archive, tmp_path, monkeypatch, **changes):
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", str(archive))
    config = tiny_config("cross_augmented", tmp_path / "data", **changes)
    callback(config, "source_passes")["num_passes"] = 2
    return config


def test_starts_from_the_archive_of_a_source_model(source_run, tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr("allennlp.common.file_utils.CACHE_DIRECTORY", tmp_path / "cache")
    config = augmented_from(source_run, tmp_path, monkeypatch)
    assert callback(config, "pseudo_labels")["pretraining_passes"] == 0
    source_model = load_archive(str(source_run)).model
    # A copy, since building an object empties its parameters.
    blocks = json.loads(json.dumps(config))
    vocab = Vocabulary.from_params(Params(blocks["vocabulary"]), instances=[])
    model = Model.from_params(Params(blocks["model"]), vocab=vocab)
    trained, own = source_model.state_dict(), model.state_dict()
    assert all(torch.equal(own[name], trained[name]) for name in trained)
    new = set(own) - set(trained)
    assert new and all(
        name.startswith(("target_", "character_embedder.encoders.target.")) for name in new
    )
    # And the whole run, whose archive no longer needs the source model.
    train(config, tmp_path / "augmented")
    source_run.unlink()
    load_archive(str(tmp_path / "augmented" / "model.tar.gz"))
    # Nor is it left unpacked.
    assert list((tmp_path / "cache").iterdir()) == []


def test_source_model_of_another_vocabulary_or_shape(source_run, tmp_path, monkeypatch):
    config = augmented_from(source_run, tmp_path, monkeypatch)
    del config["vocabulary"]
    with pytest.raises(ConfigurationError, match="from_archive"):
        train(config, tmp_path / "vocabulary")
    config = augmented_from(source_run, tmp_path, monkeypatch)
    config["model"]["encoder"]["hidden_size"] = 9
    with pytest.raises(ConfigurationError, match="does not fit the source path"):
        train(config, tmp_path / "shape")
    config = augmented_from(source_run, tmp_path, monkeypatch)
    config["model"]["pretrained_file"] = str(tmp_path / "nowhere.tar.gz")
    with pytest.raises(ConfigurationError, match="train the base system first"):
        train(config, tmp_path / "missing")
    config = augmented_from(source_run, tmp_path, monkeypatch)
    for embedder in config["model"]["word_embedders"].values():
        embedder["mapping_file"] = None
    with pytest.raises(ConfigurationError, match="by another mapping .word_embedders.source.weig"):
        train(config, tmp_path / "mapping")
