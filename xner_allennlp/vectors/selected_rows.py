"""The rows of a file of word vectors that are kept, whatever the file's format."""

import logging
from os import PathLike
from typing import AbstractSet, Dict, List, Optional, Sequence, Set, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.growing_matrix import GrowingMatrix
from xner_allennlp.vectors.word_vectors import (
    FINGERPRINT_WORDS,
    WordVectors,
    fingerprint_of,
    finite_vectors,
)

logger = logging.getLogger(__name__)

_UNDECODABLE_SHARE = 0.01
_UNDECODABLE_MINIMUM = 10
_LARGEST_DIMENSION = 1 << 20


class SelectedRows:
    """
    Collects words and vectors while a file is read. A reader offers every row's word in the order
    of the file, and appends the vectors of the words that are kept, in the same order.

    The `counts` of the result say what was found:

    * `rows_read`: rows up to the last one that was looked at;
    * `kept`: words in the result;
    * `repeated`: rows dropped because their word was there already;
    * `same_in_lower_case`: rows dropped because another word had become the same in lower case;
    * `null`: kept words whose vector is all zero;
    * `nameless`: rows without a word, dropped;
    * `undecodable`: rows dropped because their word is not in the encoding.

    # Parameters

    path : `str`
    row_name : `str`
        What the file's rows are called in messages: `"line"` or `"row"`.
    max_words, wanted, lowercase, encoding, matrix_file
        As in [`read_word_vectors`](./reading.md#read_word_vectors).
    """

    def __init__(
        self,
        path: str,
        *,
        row_name: str,
        max_words: Optional[int] = None,
        wanted: Optional[AbstractSet[str]] = None,
        lowercase: bool = False,
        encoding: str = "utf-8",
        matrix_file: Optional[Union[str, PathLike[str]]] = None,
    ) -> None:
        self.path = path
        self.encoding = encoding
        self.rows_read = 0
        self._row_name = row_name
        self._max_words = max_words
        self._wanted = wanted
        self._lowercase = lowercase
        self._words: List[str] = []
        self._seen: Set[str] = set()
        self._seen_as_written: Set[str] = set()  # filled if words are changed
        self._first_words: Dict[str, None] = {}  # distinct, as written, for the fingerprint
        self._matrix = GrowingMatrix(matrix_file)
        self._repeated = 0
        self._same_in_lower_case = 0
        self._nameless = 0
        self._undecodable = 0
        self._first_undecodable = ""

    @property
    def is_complete(self) -> bool:
        """Whether the rest of the file cannot change the words that are kept or the fingerprint."""
        return self._is_full() and len(self._first_words) == FINGERPRINT_WORDS

    def offer_bytes(self, raw_word: bytes, number: int) -> bool:
        """Offers row `number`; returns whether its vector must be appended."""
        try:
            word = raw_word.decode(self.encoding)
        except UnicodeError:
            self.rows_read += 1
            self._undecodable += 1
            if self._undecodable == 1:
                self._first_undecodable = f"{self._row_name} {number}: the word {raw_word!r}"
            return False
        return self.offer(word)

    def offer(self, word: str) -> bool:
        """Offers the next row by its decoded word; returns whether its vector must be appended."""
        self.rows_read += 1
        if not word:
            self._nameless += 1
            return False
        if len(self._first_words) < FINGERPRINT_WORDS:
            self._first_words[word] = None
        written = word
        if self._lowercase:
            word = word.lower()
        if (self._wanted is not None and word not in self._wanted) or self._is_full():
            return False
        if word in self._seen:
            if self._lowercase and written not in self._seen_as_written:
                self._seen_as_written.add(written)
                self._same_in_lower_case += 1
            else:
                self._repeated += 1
            return False
        if self._lowercase:
            self._seen_as_written.add(written)
        self._seen.add(word)
        self._words.append(word)
        return True

    def append(self, vectors: np.ndarray, *, room_for: int = 0) -> None:
        """
        Appends the vectors of rows that are kept.

        # Parameters

        vectors : `np.ndarray`
            float32, finite, shape: (rows, d).
        room_for : `int`, optional (default = `0`)
            How many rows the file is known to have: that much memory is reserved the first time,
            and taken when it is filled.
        """
        self._matrix.append(vectors, self._at_most(room_for))

    def check_dimension(self, dim: int, expected_dim: Optional[int]) -> None:
        """
        # Raises

        `ConfigurationError`
            If vectors of `dim` dimensions are impossible, or not what is expected.
        """
        if not 1 <= dim <= _LARGEST_DIMENSION:
            raise ConfigurationError(
                f"{self.path}: the vectors are said to have {dim or 'no'} dimensions. The file is "
                "damaged: write it again."
            )
        if expected_dim is not None and dim != expected_dim:
            raise ConfigurationError(
                f"{self.path}: the vectors have {dim} dimensions, but {expected_dim} are wanted. "
                f"Give vectors of {expected_dim} dimensions, or change the setting."
            )

    def append_binary(
        self, vectors: np.ndarray, numbers: Sequence[int], *, room_for: int = 0
    ) -> None:
        """
        Appends vectors that are numbers in the file already, of any type.

        # Parameters

        vectors : `np.ndarray`
            shape: (rows, d)
        numbers : `Sequence[int]`
            The rows' numbers in the file, for messages.
        room_for : `int`, optional (default = `0`)
            See [`append`](#append).

        # Raises

        `ConfigurationError`
            If a vector is not finite as float32.
        """
        if not len(vectors):
            return
        vectors = finite_vectors(vectors, f"{self.path}, row", numbers)
        self.append(vectors, room_for=room_for)

    def result(self, dim: int) -> WordVectors:
        """
        The words and vectors that were kept; logs the counts.

        # Raises

        `ConfigurationError`
            If one word in a hundred, or more, cannot be decoded: the encoding must be wrong.
        """
        self._check_encoding()
        # shape: (n, d)
        matrix = self._matrix.finish(dim)
        counts = {
            "rows_read": self.rows_read,
            "kept": len(self._words),
            "repeated": self._repeated,
            "same_in_lower_case": self._same_in_lower_case,
            "null": int((~matrix.any(axis=1)).sum()),
            "nameless": self._nameless,
            "undecodable": self._undecodable,
        }
        logger.info(
            "%s: kept %d of %d rows, %d dimensions; %d repeated words dropped (the first wins), "
            "%d more that are the same in lower case, %d null vectors.",
            self.path,
            counts["kept"],
            counts["rows_read"],
            dim,
            counts["repeated"],
            counts["same_in_lower_case"],
            counts["null"],
        )
        if self._nameless:
            logger.warning("%s: skipped %d rows without a word.", self.path, self._nameless)
        fingerprint = fingerprint_of(dim, list(self._first_words))
        return WordVectors(self._words, matrix, fingerprint, self.path, counts)

    def _is_full(self) -> bool:
        return self._max_words is not None and len(self._words) >= self._max_words

    def _at_most(self, rows: int) -> int:
        if self._max_words is not None:
            rows = min(rows, self._max_words)
        if self._wanted is not None:
            rows = min(rows, len(self._wanted))
        return rows

    def _check_encoding(self) -> None:
        if not self._undecodable:
            return
        found = (
            f"{self.path}, {self._first_undecodable} is not {self.encoding} "
            f"({self._undecodable} such words in {self.rows_read} rows)"
        )
        if self._undecodable >= max(_UNDECODABLE_MINIMUM, _UNDECODABLE_SHARE * self.rows_read):
            raise ConfigurationError(
                f"{found}. That is probably not the encoding of the file: convert it to UTF-8 "
                "(iconv -f ENCODING -t utf-8), or give the right one."
            )
        logger.warning(
            "%s: left out. If it is not damaged, convert the file to UTF-8, or give its encoding.",
            found,
        )
