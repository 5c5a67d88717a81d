"""
Text files of word vectors: one word and its numbers a line, as fastText, word2vec, GloVe and MUSE
write them, with or without a header line `number_of_words dimension`.

What such files really contain decides how they are read:

* Words may hold spaces, NBSP, U+2028 or U+0085. So lines end at "\\n" only (a "\\r" before it is
  dropped), fields are split at the plain space only, the last `d` fields are the vector and
  everything before them is the word.
* Some files part word and numbers by tabs, several spaces or commas. If all of the first lines do,
  they are read so, with a warning (`odd_separators.py`).
* Words are repeated (the first one wins), missing or not in the file's encoding (left out), and
  vectors may be all zero (kept); all are counted.
* Anything else is an error that names file, line and remedy: a vector of another length, NaN or
  infinity, a compressed file cut short. A header that contradicts the rows is a warning.

Lines are split one by one, the numbers of many lines are converted together
(`decimal_numbers.py`). Where that fails, they are converted line by line to find the wrong line.
"""

import logging
import os
import re
from collections import Counter
from itertools import chain
from typing import BinaryIO, Iterable, Iterator, List, Optional, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.vectors.decimal_numbers import parse_decimals
from xner_allennlp.vectors.file_content import BEST_COMPRESSION
from xner_allennlp.vectors.odd_separators import (
    OddSeparator,
    find_odd_separator,
    have_decimal_commas,
)
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.text_lines import blocks_of_lines, count_spaces
from xner_allennlp.vectors.word_vectors import WordVectors, finite_vectors

logger = logging.getLogger(__name__)

_HEAD_LINES = 100
_NUMBERS_AT_A_TIME = 10_000
_END_OF_LINE = b"\r\n \t"
_HEADER_NUMBER = re.compile(rb"\d{1,18}")
_DECIMAL = re.compile(rb"[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?")

_Block = Tuple[int, List[bytes]]


def ends_like_a_vector(word: bytes) -> bool:
    """
    Whether a word with spaces is rather a shorter word and decimal numbers, as on a line with too
    many numbers. "10 000" and ". . ." are words.
    """
    fields = word.split(b" ")
    return len(fields) > 1 and all(_DECIMAL.fullmatch(field) for field in fields[1:])


def _ends_with_number(line: bytes) -> bool:
    try:
        float(line.rsplit(None, 1)[-1])
    except ValueError:
        return False
    return True


def read_text(stream: BinaryIO, rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    # Parameters

    stream : `BinaryIO`
        The decompressed text.
    rows : `SelectedRows`
        Collects the rows.
    expected_dim : `int`, optional
        See [`read_word_vectors`](./reading.md#read_word_vectors).
    """
    return _TextReader(rows, expected_dim).read(stream)


class _TextReader:
    """One reading of one file."""

    def __init__(self, rows: SelectedRows, expected_dim: Optional[int]) -> None:
        self._rows = rows
        self._path = rows.path
        self._expected_dim = expected_dim
        self._header: Optional[Tuple[int, int]] = None
        self._dim = 0
        self._room_for = 0
        self._separator: Optional[OddSeparator] = None
        # Line number and numbers of rows that are going to be converted together.
        self._pending: List[Tuple[int, bytes]] = []

    def read(self, stream: BinaryIO) -> WordVectors:
        blocks = blocks_of_lines(stream, self._path)
        first_blocks = self._read_head(blocks)
        progress = Tqdm.tqdm(desc=f"reading {os.path.basename(self._path)}", unit=" words")
        try:
            with progress:
                for number, lines in chain(first_blocks, blocks):
                    self._read_block(number, lines)
                    if self._rows.is_complete:
                        break
                    progress.update(len(lines))
        except ConfigurationError:
            # An error in an earlier line that was not converted yet is reported first.
            self._convert_pending()
            raise
        self._convert_pending()
        if not self._rows.is_complete:
            self._compare_with_header()
        return self._rows.result(self._dim)

    def _read_head(self, blocks: Iterator[_Block]) -> List[_Block]:
        """Finds header and dimension; returns the blocks that it read, without the header."""
        read: List[_Block] = []
        head: List[Tuple[int, bytes]] = []  # the first lines that are not blank
        for number, lines in blocks:
            read.append((number, lines))
            head.extend(_not_blank(number, lines))
            if len(head) >= _HEAD_LINES:
                break
        first_lines = [line for _, line in head[:_HEAD_LINES]]
        if have_decimal_commas(first_lines):
            raise ConfigurationError(
                f"{self._path}, line {head[0][0]}: the numbers have decimal commas. Write them "
                "with points."
            )
        self._separator = find_odd_separator(first_lines)
        if self._separator is not None:
            logger.warning(
                "%s: %s after the word instead of a single space; read as if it were one.",
                self._path,
                self._separator.name,
            )
            head = [(number, self._separator.replace(line)) for number, line in head]
        if not head:
            raise ConfigurationError(
                f"{self._path}: the file is empty. Word vectors are expected, one word a line."
            )
        self._find_dimension(head[:_HEAD_LINES])
        if self._header is None:
            return read
        if len(head) == 1:
            raise ConfigurationError(
                f"{self._path}: there is nothing after the header line. "
                "Word vectors are expected, one word a line."
            )
        header_line = head[0][0]
        self._room_for = min(self._header[0], self._most_rows())
        return [
            (max(number, header_line + 1), lines[max(0, header_line + 1 - number) :])
            for number, lines in read
        ]

    def _find_dimension(self, head: List[Tuple[int, bytes]]) -> None:
        first_number, first = head[0]
        fields = first.split(b" ")
        if len(fields) == 2 and all(_HEADER_NUMBER.fullmatch(field) for field in fields):
            self._header = (int(fields[0]), int(fields[1]))
            dim = self._header[1]
        else:
            # The usual length, not that of one line: a word may contain spaces.
            dim = Counter(line.count(b" ") for _, line in head).most_common(1)[0][0]
            # Most lines of running text, of a corpus in columns or a dictionary end with a word.
            if 2 * sum(_ends_with_number(line) for _, line in head) < len(head):
                dim = 0
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
        self._dim = dim

    def _most_rows(self) -> int:
        """More rows than these cannot be in the file, whatever its header says."""
        size = os.path.getsize(self._path)
        return size * BEST_COMPRESSION // (2 * self._dim)

    def _read_block(self, first_number: int, lines: List[bytes]) -> None:
        dim, rows = self._dim, self._rows
        numbered = list(_not_blank(first_number, lines))
        if self._separator is not None:
            numbered = [(number, self._separator.replace(line)) for number, line in numbered]
        counts = count_spaces([line for _, line in numbered])
        for (number, line), spaces in zip(numbered, counts):
            if rows.is_complete:
                break
            if spaces == dim:
                word_end = line.index(b" ")
            else:
                word_end = self._find_end_of_word(line, number, spaces)
            if rows.offer_bytes(line[:word_end], number):
                self._pending.append((number, line[word_end + 1 :]))
        if len(self._pending) * dim >= _NUMBERS_AT_A_TIME:
            self._convert_pending()

    def _find_end_of_word(self, line: bytes, number: int, spaces: int) -> int:
        """Where the word ends on a line that has more spaces than the vector needs."""
        if spaces > self._dim:
            word = line.rsplit(b" ", self._dim)[0]
            if not ends_like_a_vector(word):
                return len(word)
        source = (
            f"the header says {self._dim}"
            if self._header is not None
            else f"{self._dim} were expected, judging by the first lines"
        )
        raise ConfigurationError(
            f"{self._path}, line {number}: a word and {spaces} numbers, but {source}. "
            "Correct or remove the line (or the header, if that is wrong)."
        )

    def _convert_pending(self) -> None:
        pending, self._pending = self._pending, []
        if not pending:
            return
        text = b"".join([numbers + b" " for _, numbers in pending])
        # shape: (rows * dim,)
        vectors = parse_decimals(text, len(pending) * self._dim)
        if vectors is None:
            vectors = np.concatenate(list(self._convert_line_by_line(pending)))
        self._rows.append(vectors.reshape(len(pending), self._dim), room_for=self._room_for)

    def _convert_line_by_line(self, pending: Iterable[Tuple[int, bytes]]) -> Iterator[np.ndarray]:
        for number, numbers in pending:
            try:
                with np.errstate(over="ignore"):
                    # shape: (d,)
                    vector = np.array(numbers.split(b" "), dtype=np.float32)
            except ValueError as error:
                raise ConfigurationError(
                    f"{self._path}, line {number}: the last {self._dim} fields are not all numbers "
                    f"({excerpt(str(error))}). Correct or remove the line."
                ) from error
            yield finite_vectors(vector[None], f"{self._path}, line", [number])[0]

    def _compare_with_header(self) -> None:
        if self._header is not None and self._header[0] != self._rows.rows_read:
            logger.warning(
                "%s, line 1: the header says %d words, but the file has %d. Was it cut short?",
                self._path,
                self._header[0],
                self._rows.rows_read,
            )


def _not_blank(first_number: int, lines: List[bytes]) -> Iterator[Tuple[int, bytes]]:
    """The lines that are not blank, with their numbers, without line ends and trailing spaces."""
    for number, line in enumerate(lines, first_number):
        line = line.rstrip(_END_OF_LINE)
        if line:
            yield number, line
