"""
word2vec's binary format: the header line `number_of_words dimension`, then for every word its
bytes, a space, the vector as little-endian float32 and, from most programs, a line feed.
"""

import logging
import os
from typing import BinaryIO, List, Optional, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.vectors.file_content import BEST_COMPRESSION, DAMAGED_GZIP, find_header
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.word_vectors import WordVectors

logger = logging.getLogger(__name__)

_BLOCK_BYTES = 1 << 20
_LONGEST_WORD = 1 << 16
_END_BYTES = 8  # more than the line end after the last vector has


def read_word2vec_binary(
    stream: BinaryIO, rows: SelectedRows, *, expected_dim: Optional[int]
) -> WordVectors:
    """
    # Raises

    `ConfigurationError`
        If the file ends before the last word that its header promises. (If it goes on after it,
        that is a warning.)
    """
    buffer, ended = _read_more(stream, b"", rows.path)
    header = find_header(buffer)
    assert header is not None  # that is how the format was recognised
    count, dim, position = header
    rows.check_dimension(dim, expected_dim)
    # More rows than fit into the file cannot be there, whatever its header says.
    room_for = min(count, os.path.getsize(rows.path) * BEST_COMPRESSION // (4 * dim))
    number = 0  # of rows that were read
    with Tqdm.tqdm(
        desc=f"reading {os.path.basename(rows.path)}", unit=" words", total=count
    ) as progress:
        while number < count and not rows.is_complete:
            read, position = _read_rows(
                buffer, position, rows, dim=dim, number=number, count=count, room_for=room_for
            )
            number += read
            progress.update(read)
            if number == count or rows.is_complete:
                break
            if not read and (ended or len(buffer) - position > 4 * dim + _LONGEST_WORD):
                raise ConfigurationError(
                    f"{rows.path}: the header says {count} words of {dim} dimensions, but "
                    f"row {number} is followed by something else. The file is damaged or cut "
                    "short: download or write it again."
                )
            buffer, ended = _read_more(stream, buffer[position:], rows.path)
            position = 0
    if number == count and not rows.is_complete:
        rest = buffer[position:]
        if len(rest) < _END_BYTES and not ended:
            rest, _ = _read_more(stream, rest, rows.path)
        if rest.strip():
            logger.warning(
                "%s: the header says %d words, but the file goes on after them. Is the header "
                "right?",
                rows.path,
                count,
            )
    return rows.result(dim)


def _read_rows(
    buffer: bytes,
    position: int,
    rows: SelectedRows,
    *,
    dim: int,
    number: int,
    count: int,
    room_for: int,
) -> Tuple[int, int]:
    """
    Reads the complete rows in `buffer` from `position`; returns how many there were, and the
    position after them.
    """
    kept: List[int] = []
    vectors: List[bytes] = []
    read = 0
    while number + read < count and not rows.is_complete:
        space = buffer.find(b" ", position)
        end = space + 1 + 4 * dim
        if space < 0 or end > len(buffer):
            break
        read += 1
        # The line feed belongs to the row before, if there is one.
        raw_word = buffer[position:space].lstrip(b"\n")
        if rows.offer_bytes(raw_word, number + read):
            kept.append(number + read)
            vectors.append(buffer[space + 1 : end])
        position = end
    if kept:
        # shape: (kept, dim)
        matrix = np.frombuffer(b"".join(vectors), "<f4").reshape(len(kept), dim)
        rows.append_binary(matrix, kept, room_for=room_for)
    return read, position


def _read_more(stream: BinaryIO, rest: bytes, path: str) -> Tuple[bytes, bool]:
    """`rest` and the next bytes of the file, and whether the file is at its end."""
    try:
        more = stream.read(_BLOCK_BYTES)
    except DAMAGED_GZIP as error:
        raise ConfigurationError(
            f"{path}: the compressed file is damaged or cut short ({error}). Download or compress "
            "it again."
        ) from error
    return rest + more, len(more) < _BLOCK_BYTES
