import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import Mapping, array_file


def make_mapping(**changes: Any) -> Mapping:
    rng = np.random.default_rng(5)
    options = {
        "W": np.linalg.qr(rng.normal(size=(3, 3)))[0],
        "direction": "source_to_target",
        "normalize": ("renorm", "center"),
        "means": {
            "source": rng.normal(size=(1, 3)),
            "target": rng.normal(size=(1, 3)),
        },
        "criterion": 0.625,
        "provenance": {
            "method": "adversarial",
            "source_vectors": {"path": "s.vec", "fingerprint": "aaaa"},
            "target_vectors": {"path": "t.vec", "fingerprint": "bbbb"},
        },
    }
    options.update(changes)
    return Mapping(**options)


def test_round_trip(tmp_path: Path) -> None:
    mapping = make_mapping()
    path = tmp_path / "mapping.npz"
    mapping.save(path)
    loaded = Mapping.load(path)
    np.testing.assert_array_equal(loaded.W, mapping.W)
    assert loaded.W.dtype == np.float32
    assert loaded.direction == "source_to_target"
    assert loaded.normalize == ("renorm", "center")
    assert loaded.criterion == 0.625
    assert loaded.provenance == mapping.provenance
    for language in ("source", "target"):
        np.testing.assert_array_equal(loaded.means[language], mapping.means[language])
    assert [file.name for file in tmp_path.iterdir()] == ["mapping.npz"]


@pytest.mark.parametrize("statement, warnings", [("works", 0), ("doubtful", 0), ("failed", 1)])
def test_a_failed_mapping_is_told_wherever_it_is_read(
    tmp_path: Path, statement: str, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    verdict = {"statement": statement, "summary": f"{statement} (numbers)"}
    make_mapping(provenance={"verdict": verdict}).save(tmp_path / "mapping.npz")
    with caplog.at_level(logging.WARNING):
        assert Mapping.load(tmp_path / "mapping.npz").verdict == verdict
    assert caplog.text.count("this mapping has failed (numbers)") == warnings


def test_file_holds_no_pickle(tmp_path: Path) -> None:
    make_mapping().save(tmp_path / "mapping.npz")
    with np.load(tmp_path / "mapping.npz", allow_pickle=False) as content:
        assert int(content["dimension"]) == 3
        assert all(not content[name].dtype.hasobject for name in content.files)


def test_a_folder_in_place_of_its_mapping(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match="is a folder. Give the mapping in it, mapping.npz"
    ):
        Mapping.load(tmp_path)


def test_pickled_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.npz"
    np.savez(path, W=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ConfigurationError, match="no mapping file"):
        Mapping.load(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04broken", b"\x93NUMPY\x01\x00v\x00{", b"\x80\x04."]
)
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mapping.npz"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="mapping.npz: "):
        Mapping.load(path)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"format": np.array(2)}, "it is in format 2, and this program knows 1"),
        ({"format": None}, "'format' is missing"),
        ({"W": np.full((3, 3), np.nan)}, "W holds NaN or infinite numbers: .* has diverged"),
        ({"W": np.full((3, 3), 1e39)}, "W holds NaN or infinite numbers"),
        ({"W": np.full((3, 3), "1")}, "W holds <U1, not numbers"),
        ({"W": np.ones((3, 2))}, "square matrix"),
        ({"target_means": np.full((1, 3), np.inf)}, "means of the target .* infinite"),
        ({"normalize": np.array("center,center")}, "2 means of 3 dimensions are needed"),
        ({"normalize": np.array("whiten")}, "unknown step 'whiten'"),
        ({"direction": np.array("sideways")}, "direction: 'sideways' is unknown"),
        ({"provenance": np.array("[]")}, "no mapping file"),
        ({"provenance": np.array('{"source_vectors": 3}')}, "not as it was written"),
        ({"provenance": np.array("[" * 10_000)}, "no mapping file"),
        ({"criterion": np.array([1.0, 2.0])}, "no mapping file"),
    ],
)
def test_content_that_is_wrong(tmp_path: Path, changes: Any, message: str) -> None:
    path = tmp_path / "mapping.npz"
    make_mapping().save(path)
    with np.load(path) as content:
        arrays = {name: content[name] for name in content.files}
    arrays.update(changes)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ConfigurationError, match=message) as error:
        Mapping.load(path)
    assert f"{path}: this is no mapping file" in str(error.value)


def test_a_file_that_would_fill_the_memory(tmp_path: Path, monkeypatch: Any) -> None:
    make_mapping().save(tmp_path / "mapping.npz")
    monkeypatch.setattr(array_file, "LARGEST_FILE", 100)
    with pytest.raises(ConfigurationError, match="bytes, more than 100"):
        Mapping.load(tmp_path / "mapping.npz")


def test_missing_file_tells_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="allennlp map-embeddings"):
        Mapping.load(tmp_path / "mapping.npz")


def test_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "mapping.npz"
    make_mapping().save(path)
    before = path.read_bytes()

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        make_mapping(criterion=0.0).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["mapping.npz"]


@pytest.mark.parametrize("direction", ["source_to_target", "target_to_source"])
def test_apply_moves_only_the_mapped_language(direction: str) -> None:
    mapping = make_mapping(direction=direction)
    vectors = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for language in ("source", "target"):
        expected = unit - mapping.means[language][0]
        if direction.startswith(language):
            expected = np.stack([mapping.W @ row for row in expected])
        applied = mapping.apply(vectors, language)
        assert applied.dtype == np.float32
        np.testing.assert_allclose(applied, expected, atol=1e-6)


def test_apply_changes_no_input_and_shares_none() -> None:
    mapping = make_mapping(normalize=(), means={})
    vectors = np.ones((2, 3), dtype=np.float32)
    for language in ("source", "target"):
        mapping.apply(vectors, language)[:] = 7
    assert vectors.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_null_vectors_stay_null() -> None:
    assert not make_mapping().apply(np.zeros((2, 3)), "source").any()


def test_wrong_dimension_and_language() -> None:
    with pytest.raises(ConfigurationError, match="3 dimensions.*target"):
        make_mapping().apply(np.zeros((2, 4)), "target")
    with pytest.raises(ConfigurationError, match="neither 'source' nor 'target'"):
        make_mapping().apply(np.zeros((2, 3)), "english")


class TestCheckVectors:
    def test_right_files(self, caplog: pytest.LogCaptureFixture) -> None:
        make_mapping().check_vectors("aaaa", "source", "s.vec")
        make_mapping().check_vectors("bbbb", "target", "t.vec")
        assert not caplog.records

    def test_swapped_files(self) -> None:
        with pytest.raises(ConfigurationError, match="t.vec is given as the source.*Swap"):
            make_mapping().check_vectors("bbbb", "source", "t.vec")

    def test_unknown_file(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            make_mapping().check_vectors("cccc", "source", "new.vec")
        assert "new.vec" in caplog.text
        assert "s.vec" in caplog.text


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"direction": "s2t"}, "direction: 's2t' is unknown"),
        ({"W": np.zeros((3, 2))}, "square matrix"),
        ({"means": {}}, "1 means of 3 dimensions"),
        ({"normalize": ("whiten",)}, "unknown step"),
    ],
)
def test_bad_mapping(changes: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make_mapping(**changes)
