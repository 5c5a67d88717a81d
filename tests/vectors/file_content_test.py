import bz2
import lzma
import pickle
from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors import read_word_vectors


@pytest.mark.parametrize(
    "data, message",
    [
        (bz2.compress(b"a 1 2\n"), "bzip2: decompress it"),
        (lzma.compress(b"a 1 2\n"), "xz: decompress it"),
        (b"\x89HDF\r\n\x1a\n\0\0", "HDF5"),
        (pickle.dumps({"a": [1, 2]}), "pickle"),
        (pickle.dumps({"a": [1, 2]}, protocol=2), "pickle"),
        (b"\x7fELF\0\0\0", "not a text file"),
    ],
)
def test_other_files_are_told_apart(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "v.vec"
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match=message) as error:
        read_word_vectors(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("word", ["\0", "\x01", "\x1f\x02"])
def test_control_characters_do_not_make_text_binary(tmp_path: Path, word: str) -> None:
    path = tmp_path / "v.vec"
    path.write_text(f"2 3\n{word} 1 2 3\nb 4 5 6\n")
    assert read_word_vectors(path).words == [word, "b"]
    path.write_text(f"2 3\n{word} 1 2 x\nb 4 5 6\n")
    with pytest.raises(ConfigurationError, match="line 2: the last 3 fields are not all numbers"):
        read_word_vectors(path)


def test_binary_is_not_taken_for_text(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        row = rng.normal(size=25).astype("<f4")
        (tmp_path / "v").write_bytes(b"1 25\nword " + row.tobytes())
        assert np.array_equal(read_word_vectors(tmp_path / "v").matrix, row[None])
