from pathlib import Path

import numpy as np
import pytest

from xner_allennlp.vectors import read_word_vectors, write_word_vectors

NAMES = ["v.vec", "v.vec.gz", "v.npz", "v.npy", "v.bin"]


@pytest.mark.parametrize("name", NAMES)
def test_same_as_in_memory(tmp_path: Path, name: str) -> None:
    matrix = np.random.default_rng(0).normal(size=(3000, 7)).astype(np.float32)
    matrix[5] = 0
    words = [f"w{row}" for row in range(3000)]
    write_word_vectors(tmp_path / name, words, [matrix], dim=7)
    for number, options in enumerate(({}, {"max_words": 1200}, {"wanted": {"w7", "w2900"}})):
        expected = read_word_vectors(tmp_path / name, **options)
        vectors = read_word_vectors(
            tmp_path / name, matrix_file=tmp_path / f"matrix{number}", **options
        )
        assert vectors.words == expected.words
        assert vectors.fingerprint == expected.fingerprint
        assert vectors.counts == expected.counts
        np.testing.assert_array_equal(vectors.matrix, expected.matrix)
        assert isinstance(vectors.matrix, np.memmap)


def test_nothing_wanted(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_text("a 1 2\n")
    vectors = read_word_vectors(tmp_path / "v.vec", wanted={"b"}, matrix_file=tmp_path / "matrix")
    assert vectors.matrix.shape == (0, 2)


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "v.vec").write_text("a 1 2\n")
    with pytest.raises(FileExistsError):
        read_word_vectors(tmp_path / "v.vec", matrix_file=tmp_path / "v.vec")
    assert (tmp_path / "v.vec").read_text() == "a 1 2\n"
