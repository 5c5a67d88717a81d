"""Files of word vectors in every format that needs no other program."""

import io
from pathlib import Path
from typing import Any, List, Tuple

import numpy as np
from hypothesis import strategies as st

from tests.fuzz import checks_of_vectors as checks
from tests.fuzz.cases import file_of, fuzz
from tests.fuzz.odd_text import words_without
from tests.fuzz.spoilt_bytes import compressed, cut, spoilt
from tests.vectors.saved_vectors import save_vectors
from xner_allennlp.vectors import read_word_vectors, write_word_vectors

NUMBERS = st.one_of(
    st.floats(-9, 9, width=32).map(lambda number: f"{number:.5f}"),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["0", "1", "-0.0", "1e-3", "+5", ".5", "7.", "0.333333333333333333333"]),
)


@st.composite
def text_files(draw: Any) -> Tuple[bytes, List[str], int]:
    """A correct text file, its distinct words and its dimension."""
    dim = draw(st.integers(1, 4))
    words = draw(st.lists(words_without(" \n"), min_size=1, max_size=6))
    words = ["first", *(word for word in words if word.strip("\r\t\ufeff"))]
    end = draw(st.sampled_from(["\n", " \n", "\r\n", "\n\n"]))
    text = draw(st.sampled_from(["", "\ufeff"]))
    if draw(st.booleans()):
        text += f"{len(words)} {dim}{end}"
    for word in words:
        text += " ".join([word, *draw(st.lists(NUMBERS, min_size=dim, max_size=dim))]) + end
    return text.encode("utf-8"), list(dict.fromkeys(words)), dim


TEXT_BYTES = text_files().map(lambda made: made[0])


@st.composite
def small_vectors(draw: Any) -> Tuple[List[str], np.ndarray]:
    words = draw(st.lists(words_without(" \r\n\0\ufeff"), min_size=1, max_size=6, unique=True))
    dim = draw(st.integers(1, 4))
    size = len(words) * dim
    numbers = draw(st.lists(st.floats(-9, 9, width=32), min_size=size, max_size=size))
    return words, np.array(numbers, np.float32).reshape(len(words), dim)


def written(name: str) -> st.SearchStrategy[bytes]:
    def write(made: Tuple[List[str], np.ndarray]) -> bytes:
        words, matrix = made
        return save_vectors(Path(file_of(name, b"")), words, matrix).read_bytes()

    return small_vectors().map(write)


def numpys_own(made: Tuple[List[str], np.ndarray], compress: bool, fortran: bool) -> bytes:
    words, matrix = made
    stream = io.BytesIO()
    save = np.savez_compressed if compress else np.savez
    save(stream, words=np.array(words), matrix=np.asarray(matrix, order="F" if fortran else "C"))
    return stream.getvalue()


def written_npz(made: Tuple[List[str], np.ndarray]) -> bytes:
    words, matrix = made
    path = file_of("made.npz", b"")
    write_word_vectors(path, words, [matrix], dim=matrix.shape[1])
    return path.read_bytes()


NPZ_BYTES = st.one_of(
    small_vectors().map(written_npz),
    st.builds(numpys_own, small_vectors(), compress=st.booleans(), fortran=st.booleans()),
)


@fuzz(text_files())
def test_correct_text_files(made: Tuple[bytes, List[str], int]) -> None:
    data, words, dim = made
    vectors = read_word_vectors(file_of("correct.vec", data), dim=dim)
    assert vectors.words == words
    checks.check_vector_file(data)


@fuzz(spoilt(TEXT_BYTES))
def test_spoilt_text_files(data: bytes) -> None:
    checks.check_vector_file(data)


@fuzz(compressed(TEXT_BYTES).map(lambda made: made[1]))
def test_compressed_text_files(data: bytes) -> None:
    checks.check_vector_file(data)


@fuzz(spoilt(written("made.bin")))
def test_word2vec_files(data: bytes) -> None:
    checks.check_vector_file(data)


@fuzz(st.one_of(spoilt(NPZ_BYTES), cut(NPZ_BYTES)))
def test_npz_files(data: bytes) -> None:
    checks.check_vector_file(data)


@fuzz(st.tuples(spoilt(written("made.npy")), spoilt(st.just(b"a\nb\nc\n"))))
def test_npy_files(made: Tuple[bytes, bytes]) -> None:
    checks.check_npy_files(*made)


@fuzz(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    checks.check_vector_file(data)
