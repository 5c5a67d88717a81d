"""What a config loses when it goes into an archive, and which of that a loaded archive may miss."""

from typing import Any

import pytest
from allennlp.common import Params

from tests.tiny_runs import ROOT
from xner_allennlp.common.archives.private_paths import lost_paths, without_private_paths

CONFIGS = sorted((ROOT / "training_configs").glob("**/*.jsonnet"))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("/home/ann/nl.vec.gz", "nl.vec.gz"),
        ("/home/ann lee/nl vectors.vec", "nl vectors.vec"),
        ("/data/vectors/", "vectors"),
        ("~/nl.vec", "nl.vec"),
        ("~ann/nl.vec", "nl.vec"),
        ("file:///home/ann/nl.vec", "nl.vec"),
        ("FILE:///home/ann/nl.vec", "nl.vec"),
        ("(/home/ann/vectors.zip)#nl/nl.vec", "(vectors.zip)#nl/nl.vec"),
        ("https://ann:secret@host.org/x.gz", "https://host.org/x.gz"),
        ("https://ann@host.org:80/x.gz?token=secret#part", "https://host.org:80/x.gz"),
        ("s3://bucket/x.gz", "s3://bucket/x.gz"),
        ("(https://ann:secret@host.org/x.zip)#nl.vec", "(https://host.org/x.zip)#nl.vec"),
        ("source=/home/ann/en.vec, target=~/v/nl.vec", "source=en.vec, target=nl.vec"),
        ("nl:/home/ann/nl.vec", "nl:nl.vec"),
        ("see </home/ann/nl.vec", "see <nl.vec"),
        ("sqlite:////home/ann/db", "db"),
        ("url=sqlite:////home/ann/db", "url=db"),
        ("nl=file://host/home/ann/nl.vec", "nl=nl.vec"),
        ("https://ann:secret@host.org,/home/ann/nl.vec", "https://host.org,nl.vec"),
        ("https://host.org/x.gz?a=b;/home/ann/nl.vec", "https://host.org/x.gz"),
        ("https://host.org/x.gz;/home/ann/nl.vec", "https://host.org/x.gz;nl.vec"),
    ],
)
def test_what_only_this_machine_knows_goes(text, expected):
    assert without_private_paths({"key": [text, {text: 1}]}) == {"key": [expected, {expected: 1}]}


@pytest.mark.parametrize(
    "text",
    [
        "fixtures/toy/vectors/source.vec",
        "../runs/mapping.npz",
        "word_embedders\\..*\\.weight",
        "/",
        "~",
        "km/h and/or",
        "model.tar.gz",
        "+target_f1",
        "http://host/path/to/file",
        "http://host:80/path/to/file",
        "http://host:/path/to/file",
        "http://host.org/web/http://other.org/path",
        "http://[a-z]+/",
        "file:///",
        "",
    ],
)
def test_everything_else_stays(text):
    assert without_private_paths({text: text}) == {text: text}


def test_what_is_no_text_stays():
    config = {"a": 1, "b": 0.5, "c": None, "d": True, "e": []}
    assert without_private_paths(config) == config


def test_keys_that_become_the_same_are_numbered():
    config = {"/a/x": 1, "x-2": 2, "/b/x": {"/c/y": 3}, "/c/z": 4, "z": 5}
    expected = {"x": 1, "x-2": 2, "x-3": {"y": 3}, "z-2": 4, "z": 5}
    assert without_private_paths(config) == expected
    assert list(without_private_paths(config)) == list(expected)


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
    monkeypatch.setenv("XNER_TEACHERS", "runs/model.tar.gz")
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
