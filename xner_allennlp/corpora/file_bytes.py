"""A file's bytes, decompressed, and the encoding they are in."""

import bz2
import gzip
import lzma
import zlib
from os import PathLike
from pathlib import Path
from typing import Iterator, Optional, Tuple, Union

from allennlp.common.checks import ConfigurationError

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_C1_CONTROLS = frozenset(range(0x80, 0xA0))


def read_bytes(path: Union[str, "PathLike[str]"]) -> bytes:
    """
    The content of a file, decompressed if its name ends with `.gz`, `.bz2` or `.xz`.

    # Raises

    `ConfigurationError`
        If it cannot be read.
    """
    try:
        with _OPENERS.get(Path(path).suffix, open)(path, "rb") as file:  # type: ignore[operator]
            data: bytes = file.read()
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file. Check the path.") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}). Give a readable file."
        ) from None
    return data


def guess_encoding(data: bytes) -> str:
    """
    "utf-8" if all bytes are that, "utf-16" if a byte order mark says so, else a one-byte encoding:
    "latin-1", or "cp1252" where bytes stand that are control characters in latin-1. (A text in
    another one-byte encoding is almost never UTF-8 by chance.)
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if undecodable_line(data, "utf-8") is None:
        return "utf-8"
    return "cp1252" if _C1_CONTROLS.intersection(data) else "latin-1"


def undecodable_line(data: bytes, encoding: str) -> Optional[int]:
    """The number of the first line that is not in `encoding`, or None."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return None


def numbered_lines(text: str) -> Iterator[Tuple[int, str]]:
    """Lines, ended by line feeds only, with their numbers, without the carriage returns at ends."""
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        yield number, text[start:end].rstrip("\r")
        start = end + 1
