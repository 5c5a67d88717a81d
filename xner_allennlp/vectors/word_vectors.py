"""Words and their vectors: what the rest of the package gets from a file of word vectors."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Dict, List, Sequence

import numpy as np
from allennlp.common.checks import ConfigurationError

FINGERPRINT_WORDS = 1000
"""How many of a file's first distinct words identify it."""


@dataclass(frozen=True)
class WordVectors:
    """
    Words and their vectors, in the order of the file they come from (by custom the most frequent
    word first).

    # Parameters

    words : `List[str]`
        Distinct words; row `i` of `matrix` is the vector of `words[i]`.
    matrix : `np.ndarray`
        float32, shape: (n, d).
    fingerprint : `str`
        Identifies the file by its dimension and its first 1000 distinct words, whichever part of
        the file was kept and whatever its format. See [`fingerprint_of`](#fingerprint_of).
    path : `str`
        Where the vectors come from.
    counts : `Dict[str, int]`, optional (default = `{}`)
        What was found in the file, see [`SelectedRows`](./selected_rows.md).
    """

    words: List[str]
    matrix: np.ndarray
    fingerprint: str
    path: str
    counts: Dict[str, int] = field(default_factory=dict)

    @property
    def dim(self) -> int:
        return int(self.matrix.shape[1])

    def __len__(self) -> int:
        return len(self.words)

    def without_null(self) -> "WordVectors":
        """The words whose vector is not null: of the others nothing is known."""
        # shape: (known,)
        rows = np.flatnonzero(self.matrix.any(axis=1))
        if len(rows) == len(self):
            return self
        words = [self.words[row] for row in rows.tolist()]
        return replace(self, words=words, matrix=self.matrix[rows])

    def index(self) -> Dict[str, int]:
        """Word -> row. Built at each call: keep the result."""
        return {word: row for row, word in enumerate(self.words)}


def fingerprint_of(dim: int, first_words: List[str]) -> str:
    """
    16 hexadecimal digits which depend on the dimension and the first 1000 distinct words of a file.
    """
    digest = hashlib.sha256(str(dim).encode("ascii"))
    for word in first_words[:FINGERPRINT_WORDS]:
        digest.update(b"\n")
        digest.update(word.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def finite_vectors(vectors: np.ndarray, where: str, numbers: Sequence[int]) -> np.ndarray:
    """
    # Parameters

    vectors : `np.ndarray`
        Numbers of any type, shape: (rows, d).
    where : `str`
        For the message: the file, and what its rows are called.
    numbers : `Sequence[int]`
        The rows' numbers in the file.

    # Returns

    `np.ndarray`
        float32, shape: (rows, d).

    # Raises

    `ConfigurationError`
        If a number is not finite as float32.
    """
    with np.errstate(over="ignore"):
        # shape: (rows, d)
        vectors = vectors.astype(np.float32, copy=False)
    # shape: (rows,)
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise ConfigurationError(
            f"{where} {numbers[int(np.argmin(finite))]}: the vector contains NaN or an infinite "
            "number. Correct or remove it."
        )
    return vectors
