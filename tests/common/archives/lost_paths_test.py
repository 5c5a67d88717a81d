"""Which of a configuration's paths a loaded archive may miss."""

from typing import Any

import pytest
from allennlp.common import Params

from tests.tiny_runs import ROOT
from xner_allennlp.common.archives.lost_paths import lost_paths

CONFIGS = sorted((ROOT / "training_configs").glob("**/*.jsonnet"))


def absolute(value: Any) -> Any:
    """Every path in a configuration as an absolute one."""
    if isinstance(value, dict):
        return {key: absolute(item) for key, item in value.items()}
    if isinstance(value, list):
        return [absolute(item) for item in value]
    return f"/home/ann/{value}" if isinstance(value, str) and "/" in value else value


@pytest.mark.parametrize("config_file", CONFIGS, ids=lambda path: path.name)
def test_our_configs_miss_nothing(config_file, monkeypatch):
    monkeypatch.setenv("XNER_PAIR", "en_nl")
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", "runs/model.tar.gz")
    monkeypatch.setenv("XNER_MAPPING", "runs/mapping.npz")
    config = absolute(Params.from_file(config_file).as_dict(quiet=True))
    assert "/home/ann/" in str(config)
    assert list(lost_paths(config)) == []


def test_paths_that_are_read_when_an_archive_is_loaded():
    config = {
        "train_data_path": "/data/train",
        "dataset_reader": {"token_indexers": {"tokens": {"model_name": "/models/xlm-r"}}},
        "validation_dataset_reader": {"readers": [{"type": "some", "folder": "~/folder"}]},
        "vocabulary": {"directory": "/vocabulary"},
        "model": {
            "embedder": {"model_name": "/models/xlm-r", "size": 3, "relative": "models/xlm-r"},
            "pretrained_file": "/models/a.tar.gz",
            "inner": {"initializer": {"regexes": [["a", {"weights_file_path": "/w.th"}]]}},
            # AllenNLP looks for the keys that it drops in blocks only.
            "layers": [{"pretrained_file": "/w.vec"}],
            "files": {"/a/b": 1},
            "type": "some",
        },
        "trainer": {"gold_file": "/data/gold"},
    }
    assert list(lost_paths(config)) == [
        "model.embedder.model_name",
        "model.layers.0.pretrained_file",
        "model.files",
        "dataset_reader.token_indexers.tokens.model_name",
        "validation_dataset_reader.readers.0.folder",
    ]


def test_a_mapping_is_not_read_without_its_vectors():
    block = {"type": "mapped_embedding", "mapping_file": "/m.npz", "pretrained_file": "/nl.vec"}
    assert list(lost_paths({"model": {"embedder": block}})) == []
    assert list(lost_paths({"model": {"embedder": {**block, "type": "other"}}})) == [
        "model.embedder.mapping_file"
    ]


@pytest.mark.parametrize("config", [{}, {"model": "some", "dataset_reader": None}])
def test_without_the_blocks(config):
    assert list(lost_paths(config)) == []
