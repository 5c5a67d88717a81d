"""
Text files of word vectors: one word and its numbers a line, as fastText, word2vec, GloVe and MUSE
write them, plain or gzipped, with or without a header line `number_of_words dimension`.

What such files really contain decides how they are read:

* Words may hold spaces, NBSP, U+2028 or U+0085. So lines end at "\\n" only (a "\\r" before it is
  dropped), fields are split at the plain space only, the last `d` fields are the vector and all
  that stands before them is the word.
* Words are repeated (the first one wins) and vectors may be all zero (kept and counted).
* Everything else that is odd is an error, told with file, line and remedy: a vector of another
  length, NaN or infinity, a header which contradicts the rows, a compressed file cut short.
"""

import gzip
import hashlib
import logging
import os
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from typing import AbstractSet, BinaryIO, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

logger = logging.getLogger(__name__)

FINGERPRINT_WORDS = 1000
"""How many of a file's first distinct words identify it."""

_HEAD_LINES = 100
_FIRST_CAPACITY = 4096
_DECIMAL = re.compile(rb"[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?")
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"


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
        the file was kept. See [`fingerprint_of`](#fingerprint_of).
    path : `str`
        Where the vectors come from.
    """

    words: List[str]
    matrix: np.ndarray
    fingerprint: str
    path: str

    @property
    def dim(self) -> int:
        return int(self.matrix.shape[1])

    def __len__(self) -> int:
        return len(self.words)

    def index(self) -> Dict[str, int]:
        """Word -> row. Built at each call: keep the result."""
        return {word: row for row, word in enumerate(self.words)}


def fingerprint_of(dim: int, head: List[str]) -> str:
    """
    16 hexadecimal digits which depend on the dimension and the first 1000 distinct words of a file.
    """
    digest = hashlib.sha256(str(dim).encode("ascii"))
    for word in head[:FINGERPRINT_WORDS]:
        digest.update(b"\n")
        digest.update(word.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def read_word_vectors(
    path: Union[str, PathLike],
    *,
    max_words: Optional[int] = None,
    wanted: Optional[AbstractSet[str]] = None,
    dim: Optional[int] = None,
    encoding: str = "utf-8",
) -> WordVectors:
    """
    Reads a text file of word vectors, one row at a time: no more memory is used than the rows that
    are kept need.

    # Parameters

    path : `Union[str, PathLike]`
        The file, plain or gzipped (recognised by content, whatever its name).
    max_words : `int`, optional
        Keep only the first `max_words` distinct words (of those wanted).
    wanted : `AbstractSet[str]`, optional
        Keep only these words, compared exactly. The other rows' numbers are not even parsed.
    dim : `int`, optional
        The dimension the vectors must have. Without it the header says the dimension or, in a file
        without header, the usual length of the first 100 lines.
    encoding : `str`, optional (default = `"utf-8"`)
        The encoding of the words: any in which ASCII characters are single bytes.

    # Returns

    `WordVectors`
        It may be empty where no word of the file is wanted.

    # Raises

    `ConfigurationError`
        If the file is missing, empty, binary or cut short, if a row has not `dim` finite numbers or
        a word cannot be decoded. The message names file, line and remedy.
    """
    path = os.fspath(path)
    if max_words is not None and max_words < 1:
        raise ConfigurationError(f"max_words must be at least 1, not {max_words}.")
    reader = _Reader(path, max_words=max_words, wanted=wanted, dim=dim, encoding=encoding)
    return reader.read()


class _Reader:
    """One reading of one file; holds the counts that the log line tells."""

    def __init__(
        self,
        path: str,
        *,
        max_words: Optional[int],
        wanted: Optional[AbstractSet[str]],
        dim: Optional[int],
        encoding: str,
    ) -> None:
        self._path = path
        self._max_words = max_words
        self._wanted = wanted
        self._expected_dim = dim
        self._encoding = encoding
        self._duplicates = 0
        self._nameless = 0

    def read(self) -> WordVectors:
        try:
            with _open_binary(self._path) as stream:
                return self._read_lines(self._numbered_lines(stream))
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise ConfigurationError(
                f"{self._path}: word vectors cannot be read ({error.strerror}). Give the path of a "
                "text file of word vectors (.vec, .vec.gz or .txt)."
            ) from error

    def _read_lines(self, lines: Iterator[Tuple[int, bytes]]) -> WordVectors:
        head_lines = list(islice(lines, _HEAD_LINES))
        if not head_lines:
            raise ConfigurationError(
                f"{self._path}: the file is empty. Word vectors are expected, one word a line."
            )
        header, dim = self._find_dimension(head_lines)
        rows_before = head_lines[1:] if header is not None else head_lines
        if not rows_before:
            raise ConfigurationError(
                f"{self._path}: there is nothing after the header line. "
                "Word vectors are expected, one word a line."
            )

        words: List[str] = []
        seen = set()
        head: Dict[str, None] = {}  # the first distinct words, in order
        matrix = np.empty((_FIRST_CAPACITY, dim), dtype=np.float32)  # shape: (capacity, d)
        rows_read = 0
        reached_limit = False

        for number, line in _chain_with_progress(rows_before, lines, self._path):
            if self._is_full(words) and len(head) >= FINGERPRINT_WORDS:
                reached_limit = True
                break
            rows_read += 1
            raw_word, numbers = self._split(line, number, dim, header)
            if not raw_word:
                self._nameless += 1
                continue
            word = self._decode(raw_word, number)
            if len(head) < FINGERPRINT_WORDS:
                head[word] = None
            if self._is_full(words) or (self._wanted is not None and word not in self._wanted):
                continue
            if word in seen:
                self._duplicates += 1
                continue
            row = len(words)
            if row == len(matrix):
                # In place: `np.concatenate` would hold everything twice.
                matrix.resize((len(matrix) * 2, dim), refcheck=False)
            matrix[row] = self._parse(numbers, number, dim)
            seen.add(word)
            words.append(word)

        matrix.resize((len(words), dim), refcheck=False)
        self._log(matrix, words, rows_read, header, reached_limit)
        return WordVectors(words, matrix, fingerprint_of(dim, list(head)), self._path)

    def _is_full(self, words: List[str]) -> bool:
        return self._max_words is not None and len(words) >= self._max_words

    def _numbered_lines(self, stream: BinaryIO) -> Iterator[Tuple[int, bytes]]:
        """Lines that are not blank, without their end and trailing spaces, numbered from 1."""
        number = 0
        try:
            for line in stream:
                number += 1
                if number == 1:
                    self._check_is_text(line)
                    if line.startswith(_UTF8_BOM):
                        line = line[len(_UTF8_BOM) :]
                line = line.rstrip(b"\r\n \t")
                if line:
                    yield number, line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ConfigurationError(
                f"{self._path}: the compressed file is damaged or cut short after line {number} "
                f"({error}). Download or compress it again."
            ) from error

    def _check_is_text(self, line: bytes) -> None:
        if b"\0" in line or line.startswith(b"PK\x03\x04"):
            raise ConfigurationError(
                f"{self._path}: this is not a text file. Give the word vectors as text (.vec, .txt "
                "or gzipped .vec.gz), not as a .bin model or a .zip."
            )

    def _find_dimension(
        self, head_lines: List[Tuple[int, bytes]]
    ) -> Tuple[Optional[Tuple[int, int]], int]:
        first_number, first = head_lines[0]
        fields = first.split(b" ")
        header: Optional[Tuple[int, int]] = None
        if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
            header = (int(fields[0]), int(fields[1]))
            dim = header[1]
        else:
            # The usual length, not that of one line: a word may contain spaces.
            dim = Counter(line.count(b" ") for _, line in head_lines).most_common(1)[0][0]
        if dim < 1:
            raise ConfigurationError(
                f"{self._path}, line {first_number}: neither a header (number_of_words dimension) "
                "nor a word with its vector, separated by single spaces. Is this a file of word "
                "vectors?"
            )
        if self._expected_dim is not None and dim != self._expected_dim:
            raise ConfigurationError(
                f"{self._path}, line {first_number}: the vectors have {dim} dimensions, but "
                f"{self._expected_dim} are wanted. Give vectors of {self._expected_dim} "
                "dimensions, or change the setting."
            )
        return header, dim

    def _split(
        self, line: bytes, number: int, dim: int, header: Optional[Tuple[int, int]]
    ) -> Tuple[bytes, bytes]:
        """Splits a line into the word and its numbers (still one string)."""
        spaces = line.count(b" ")
        if spaces == dim:
            end = line.index(b" ")
            return line[:end], line[end + 1 :]
        if spaces > dim:
            word = line.rsplit(b" ", dim)[0]
            # Decimal numbers after the word: too long a vector. "10 000" and ". . ." are words.
            if not all(_DECIMAL.fullmatch(field) for field in word.split(b" ")[1:]):
                return word, line[len(word) + 1 :]
        source = (
            f"the header says {dim}"
            if header is not None
            else f"{dim} were expected, judging by the first lines"
        )
        raise ConfigurationError(
            f"{self._path}, line {number}: a word and {spaces} numbers, but {source}. "
            "Correct or remove the line (or the header, if that is wrong)."
        )

    def _parse(self, numbers: bytes, number: int, dim: int) -> np.ndarray:
        try:
            vector = np.array(numbers.split(b" "), dtype=np.float32)  # shape: (d,)
        except ValueError as error:
            raise ConfigurationError(
                f"{self._path}, line {number}: the last {dim} fields are not all numbers "
                f"({error}). Correct or remove the line."
            ) from error
        if not np.isfinite(vector).all():
            raise ConfigurationError(
                f"{self._path}, line {number}: the vector contains NaN or an infinite number. "
                "Correct or remove the line."
            )
        return vector

    def _decode(self, word: bytes, number: int) -> str:
        try:
            return word.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise ConfigurationError(
                f"{self._path}, line {number}: the word {word!r} is not {self._encoding}. "
                "Give the file's encoding."
            ) from error

    def _log(
        self,
        matrix: np.ndarray,
        words: List[str],
        rows_read: int,
        header: Optional[Tuple[int, int]],
        reached_limit: bool,
    ) -> None:
        nulls = int((~matrix.any(axis=1)).sum())
        logger.info(
            "%s: kept %d of %d rows, %d dimensions; %d repeated words dropped (the first wins), "
            "%d null vectors.",
            self._path,
            len(words),
            rows_read,
            matrix.shape[1],
            self._duplicates,
            nulls,
        )
        if self._nameless:
            logger.warning("%s: skipped %d rows without a word.", self._path, self._nameless)
        if header is not None and not reached_limit and header[0] != rows_read:
            logger.warning(
                "%s, line 1: the header says %d words, but the file has %d. Was it cut short?",
                self._path,
                header[0],
                rows_read,
            )


def _open_binary(path: str) -> BinaryIO:
    stream = open(path, "rb")
    magic = stream.read(len(_GZIP_MAGIC))
    stream.seek(0)
    if magic != _GZIP_MAGIC:
        return stream
    stream.close()
    return gzip.open(path, "rb")  # type: ignore[return-value]


def _chain_with_progress(
    first: List[Tuple[int, bytes]], rest: Iterator[Tuple[int, bytes]], path: str
) -> Iterator[Tuple[int, bytes]]:
    yield from first
    yield from Tqdm.tqdm(rest, desc=f"reading {os.path.basename(path)}", unit=" words")
