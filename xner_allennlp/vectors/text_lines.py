"""The lines of a file that is too large to be held in memory, many at a time."""

import gzip
from typing import BinaryIO, Iterator, List, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.file_content import DAMAGED_GZIP

BLOCK_BYTES = 1 << 17
"""What is worked on at a time: it fits into a core's cache, which is what makes it fast."""

_UTF8_BOM = b"\xef\xbb\xbf"


def blocks_of_lines(stream: BinaryIO, path: str) -> Iterator[Tuple[int, List[bytes]]]:
    """
    Gives the file's lines, without the "\\n" that ends each, and without a byte order mark.

    # Returns

    `Iterator[Tuple[int, List[bytes]]]`
        Blocks of some lines, each with the number of its first line, counted from 1.

    # Raises

    `ConfigurationError`
        If a compressed file is damaged or cut short, after the last line before the damage.
    """
    number = 1
    rest = b""
    is_start = True
    for block in _blocks(stream):
        if isinstance(block, Exception):
            raise ConfigurationError(
                f"{path}: the compressed file is damaged or cut short after line {number - 1} "
                f"({block}). Download or compress it again."
            ) from block
        if is_start and block:
            is_start = False
            if block.startswith(_UTF8_BOM):
                block = block[len(_UTF8_BOM) :]
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if lines:
            yield number, lines
            number += len(lines)
    if rest:
        yield number, [rest]


def _blocks(stream: BinaryIO) -> Iterator["bytes | Exception"]:
    """Blocks of bytes; at last perhaps what went wrong, once all before it has been given."""
    # Of a gzip file, only `read1` gives what stands before a damage.
    read = stream.read1 if isinstance(stream, gzip.GzipFile) else stream.read
    while True:
        pieces: List[bytes] = []
        size = 0
        damage = None
        while size < BLOCK_BYTES:
            try:
                piece = read(BLOCK_BYTES)
            except DAMAGED_GZIP as error:
                damage = error
                break
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        if pieces:
            yield b"".join(pieces)
        if damage is not None:
            yield damage
            return
        if not pieces:
            return
