import gzip
import os
import tracemalloc
from pathlib import Path
from typing import Any, Iterator, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors import read_word_vectors, write_word_vectors
from xner_allennlp.vectors.text_format import ends_like_a_vector

FORMATS = ["v.vec", "v.vec.gz", "v.txt", "v.npz"]
DIM = 20

ODD_WORDS = [
    "New York",
    "10 000",
    ". . .",
    "a\u00a0b",
    "\u2028",
    "x\u0085",
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "שָׁלוֹם",
    "مرحبا بك",
    " ",
    "  x ",
    "\t",
    "\r",
    "\x01\x1f",
    "\0",
    "3 20",
    "7",
    "-0.5",
    "\ufeff",
    "\ufeffx",
    "</s>",
]
words_of_a_file = st.lists(
    st.one_of(
        st.sampled_from(ODD_WORDS),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1),
    ),
    min_size=1,
    max_size=8,
    unique=True,
)


def is_refused(word: str, name: str) -> bool:
    """What the documentation says."""
    if name.endswith(".npz"):
        return word.endswith("\0")
    return ends_like_a_vector(word.encode())


def vectors_of(count: int, seed: int = 0) -> np.ndarray:
    """With six decimals, which text can hold exactly."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(count, DIM)) * 0.1).round(6).astype(np.float32)


def blocks_of(matrix: np.ndarray, size: int = 3) -> Iterator[np.ndarray]:
    for start in range(0, len(matrix), size):
        yield matrix[start : start + size]


@pytest.mark.parametrize("name", FORMATS)
@given(words=words_of_a_file)
@example(words=["3 20", *ODD_WORDS])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_written_is_read(tmp_path: Path, name: str, words: List[str]) -> None:
    words = list(dict.fromkeys(word for word in words if not is_refused(word, name)))
    assume(words)
    matrix = vectors_of(len(words))
    write_word_vectors(tmp_path / name, words, blocks_of(matrix), dim=DIM)
    again = read_word_vectors(tmp_path / name)
    assert again.words == words
    assert again.matrix.tobytes() == matrix.tobytes()
    assert again.counts["rows_read"] == again.counts["kept"] == len(words)


@given(words=words_of_a_file)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_text_without_its_header_is_read(tmp_path: Path, words: List[str]) -> None:
    words = [word for word in words if not ends_like_a_vector(word.encode())]
    # Without header the usual length of a line says the dimension, so most words have no space,
    # and nothing tells a byte order mark from the first character of the first word.
    words = ["first", *words, *(f"w{i}" for i in range(10))]
    words = list(dict.fromkeys(words))
    matrix = vectors_of(len(words))
    path = tmp_path / "v.vec"
    write_word_vectors(path, words, [matrix], dim=DIM)
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    again = read_word_vectors(path)
    assert again.words == words
    assert again.matrix.tobytes() == matrix.tobytes()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "word", ["", "a\nb", "\n", "\ud800", "a 0.5", "a b", "x\0", "\ufeffx", "x\r"]
)
def test_a_word_is_refused_or_survives(tmp_path: Path, name: str, word: str) -> None:
    path = tmp_path / name
    matrix = vectors_of(2)
    try:
        write_word_vectors(path, [word, "b"], [matrix], dim=DIM)
    except ConfigurationError as error:
        assert str(path) in str(error) and "word 1" in str(error) and "Remove" in str(error)
        assert os.listdir(tmp_path) == []
    else:
        assert read_word_vectors(path).words == [word, "b"]


def test_one_long_word_makes_no_large_file(tmp_path: Path) -> None:
    # Each word takes 20 kB in `words`, 40 MB together.
    words = ["x" * 5000, *(f"w{number}" for number in range(2000))]
    path = tmp_path / "v.npz"
    matrix = vectors_of(len(words))
    peaks = []
    for work in (
        lambda: write_word_vectors(path, words, [matrix], dim=DIM),
        lambda: read_word_vectors(path),
    ):
        tracemalloc.start()
        work()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 2**25
    assert path.stat().st_size < 2 * matrix.nbytes
    again = read_word_vectors(path)
    assert again.words == words and again.matrix.tobytes() == matrix.tobytes()
    with np.load(path, allow_pickle=False) as content:
        assert content["words"].tolist() == words


def test_numbers_in_text_have_six_decimals(tmp_path: Path) -> None:
    path = tmp_path / "v.vec"
    matrix = np.array([[0.5, -0.25, 123456.79], [0.99999999, -0.0, 1e-9]], np.float32)
    write_word_vectors(path, ["a", "b"], [matrix], dim=3)
    assert path.read_bytes() == (
        b"2 3\na 0.500000 -0.250000 123456.789062\nb 1.000000 -0.000000 0.000000\n"
    )
    np.testing.assert_allclose(read_word_vectors(path).matrix, matrix, rtol=1e-7, atol=5.1e-7)


def test_names_say_the_format(tmp_path: Path) -> None:
    for name in FORMATS:
        write_word_vectors(tmp_path / name, ["a"], [vectors_of(1)], dim=DIM)
    assert sorted(os.listdir(tmp_path)) == sorted(FORMATS)
    assert (
        gzip.decompress((tmp_path / "v.vec.gz").read_bytes()) == (tmp_path / "v.vec").read_bytes()
    )
    with np.load(tmp_path / "v.npz", allow_pickle=False) as content:
        assert content["words"].tolist() == ["a"]
        assert content["matrix"].dtype == np.float32


@pytest.mark.parametrize("name", ["v.npy", "v.bin", "v.bin.gz"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}: .*ends in .vec, .vec.gz or .npz"):
        write_word_vectors(tmp_path / name, ["a"], [vectors_of(1)], dim=DIM)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", FORMATS)
class TestFailure:
    def failing(self, matrix: np.ndarray) -> Iterator[np.ndarray]:
        yield matrix
        raise KeyboardInterrupt

    def test_leaves_what_was_there(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        write_word_vectors(path, ["old"], [vectors_of(1)], dim=DIM)
        before = {file: file.read_bytes() for file in tmp_path.iterdir()}
        with pytest.raises(KeyboardInterrupt):
            write_word_vectors(path, ["a", "b"], self.failing(vectors_of(1)), dim=DIM)
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before

    @pytest.mark.parametrize(
        "blocks, message",
        [
            ([np.zeros((1, DIM))], "2 words, but only 1 vectors"),
            ([np.zeros((1, DIM)), np.zeros((2, DIM))], "2 words, but more vectors"),
            ([np.zeros((1, DIM)), np.zeros((1, DIM - 1))], "after row 1, not .1, 19."),
            ([np.zeros(DIM)], "after row 0, not .20,"),
            ([np.zeros((1, DIM)), np.full((1, DIM), np.nan)], "row 2: .*contains NaN"),
            ([np.full((2, DIM), 1e39)], "row 1: .*NaN or an infinite"),
        ],
    )
    def test_vectors_that_do_not_fit(
        self, tmp_path: Path, name: str, blocks: Any, message: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=message):
            write_word_vectors(tmp_path / name, ["a", "b"], blocks, dim=DIM)
        assert os.listdir(tmp_path) == []


def test_vectors_without_dimensions(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="0 dimensions"):
        write_word_vectors(tmp_path / "v.vec", ["a"], [np.zeros((1, 0))], dim=0)
