"""What must hold for every file of word vectors, whatever its bytes."""

from pathlib import Path
from typing import List

import numpy as np

from tests.fuzz.cases import file_of
from tests.fuzz.refusal import read_or_refuse
from xner_allennlp.vectors import WordVectors, read_word_vectors, write_word_vectors

DROPPED = ("repeated", "same_in_lower_case", "nameless", "undecodable")


def check_vector_file(data: bytes, name: str = "vectors") -> None:
    """Finite vectors of distinct words, every row accounted for; the rest is refused."""
    path = file_of(name, data)
    for options in ({}, {"lowercase": True}, {"max_words": 3}):
        vectors = read_or_refuse(read_word_vectors, path, **options)
        if vectors is None:
            continue
        assert vectors.matrix.dtype == np.float32
        assert vectors.matrix.shape == (len(vectors.words), vectors.dim)
        assert np.isfinite(vectors.matrix).all()
        assert len(set(vectors.words)) == len(vectors.words) and all(vectors.words)
        counts = vectors.counts
        assert counts["kept"] == len(vectors.words)
        if "max_words" not in options:
            dropped = sum(counts[reason] for reason in DROPPED)
            assert counts["rows_read"] == counts["kept"] + dropped
        check_writing(vectors)


def check_writing(vectors: WordVectors) -> None:
    """What was read is, written as `.npz` and read again, the same."""
    words: List[str] = [word for word in vectors.words if not word.endswith("\0")]
    if len(words) < len(vectors.words) or not words:
        return  # What numpy cannot hold is refused by the writer.
    path = Path(file_of("again.npz", b""))
    write_word_vectors(path, words, [vectors.matrix], dim=vectors.dim)
    again = read_word_vectors(path)
    assert again.words == words
    assert again.matrix.tobytes() == vectors.matrix.tobytes()


def check_npy_files(matrix: bytes, words: bytes) -> None:
    """The same of a matrix with its words in another file."""
    file_of("matrix.words.txt", words)
    check_vector_file(matrix, "matrix.npy")
