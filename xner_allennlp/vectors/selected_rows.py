"""The rows of a file of word vectors that are kept, whatever the file's format."""

import logging
from typing import AbstractSet, Dict, List, Optional, Set

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.word_vectors import FINGERPRINT_WORDS, WordVectors, fingerprint_of

logger = logging.getLogger(__name__)

_FIRST_CAPACITY = 4096
_GROWTH = 1.5
_UNDECODABLE_SHARE = 0.01
_UNDECODABLE_MINIMUM = 10


class SelectedRows:
    """
    Collects words and vectors while a file is read. A reader offers every row's word in the order
    of the file, and appends the vectors of those that are wanted, in the same order.

    `counts` says what was found:

    * `rows_read`: rows up to the last one that was looked at;
    * `kept`: words in the result;
    * `repeated`: rows dropped because their word was there already;
    * `same_in_lower_case`: rows dropped because another word had become the same in lower case;
    * `null`: kept words whose vector is all zero;
    * `nameless`: rows without a word, dropped;
    * `undecodable`: rows dropped because the bytes of their word are not text in this encoding.

    # Parameters

    path : `str`
    row_name : `str`
        What the file's rows are called in messages: `"line"` or `"row"`.
    max_words, wanted, lowercase, encoding
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
        self._head: Dict[str, None] = {}  # the first distinct words as written, in order
        self._head_is_full = False
        self._matrix: Optional[np.ndarray] = None  # shape: (capacity, d)
        self._filled = 0
        self._repeated = 0
        self._same_in_lower_case = 0
        self._nameless = 0
        self._undecodable = 0
        self._first_undecodable = ""

    @property
    def is_complete(self) -> bool:
        """Whether the rest of the file can change nothing: as many words as allowed, and a head."""
        return self._head_is_full and self._is_full()

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
        """As `offer_bytes`, of a word that is text already."""
        self.rows_read += 1
        if not word:
            self._nameless += 1
            return False
        if not self._head_is_full:
            self._head[word] = None
            self._head_is_full = len(self._head) == FINGERPRINT_WORDS
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
        Appends the vectors of the rows that were taken.

        # Parameters

        vectors : `np.ndarray`
            shape: (rows, d)
        room_for : `int`, optional (default = `0`)
            How many rows the file is known to have: so much is allocated the first time, which
            takes no memory before it is filled.
        """
        if self._matrix is None:
            capacity = self._at_most(room_for) if room_for else _FIRST_CAPACITY
            self._matrix = np.empty((max(capacity, len(vectors)), vectors.shape[1]), np.float32)
        end = self._filled + len(vectors)
        if end > len(self._matrix):
            capacity = max(end, int(len(self._matrix) * _GROWTH))
            # In place: `np.concatenate` would hold everything twice.
            self._matrix.resize((capacity, self._matrix.shape[1]), refcheck=False)
        self._matrix[self._filled : end] = vectors
        self._filled = end

    def result(self, dim: int) -> WordVectors:
        """What was collected. Tells about it in the log, and raises if the encoding is wrong."""
        self._check_encoding()
        matrix = self._finish_matrix(dim)  # shape: (n, d)
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
        head = fingerprint_of(dim, list(self._head))
        return WordVectors(self._words, matrix, head, self.path, counts)

    def _finish_matrix(self, dim: int) -> np.ndarray:
        matrix = self._matrix if self._matrix is not None else np.empty((0, dim), np.float32)
        matrix.resize((self._filled, dim), refcheck=False)  # shape: (n, d)
        return matrix

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
                f"{found}. That is probably not the encoding of the file: give the right one."
            )
        logger.warning("%s: left out. If it is not damaged, give the file's encoding.", found)
