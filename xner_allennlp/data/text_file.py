"""Reading a text file's lines exactly: nothing but line feeds ends a line, and errors say where."""

import bz2
import codecs
import gzip
import logging
import lzma
import zlib
from os import PathLike
from pathlib import Path
from typing import Iterator, List, Tuple, Union

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

from xner_allennlp.common.excerpts import excerpt

logger = logging.getLogger(__name__)

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_text_file(
    path: Union[str, "PathLike[str]"], *, encoding: str = "utf-8"
) -> List[Tuple[int, str]]:
    """
    The lines of a file with their numbers, from 1. Lines end at a line feed only, with or without
    carriage returns before it: U+0085 or U+2028 inside a token do not end a line, as they would
    with `str.splitlines`. A byte order mark is dropped.

    # Parameters

    path : `str`
        A file, or whatever `cached_path` makes one of (an address, a member of an archive);
        compressed if its name ends with `.gz`, `.bz2` or `.xz`.
    encoding : `str`, optional (default = `"utf-8"`)

    # Raises

    `ConfigurationError`
        When the file cannot be opened or is not in `encoding`, naming the line and the encoding
        that the file is likely in; when lines end with a carriage return alone.
    """
    data = _read_bytes(str(path))
    text = _decode(data, str(path), encoding).lstrip("\ufeff")
    lines = text.split("\n")
    if lines[-1] == "":  # What follows the last line feed is no line.
        lines.pop()
    return list(_without_carriage_returns(lines, str(path)))


def _read_bytes(path: str) -> bytes:
    opener = _OPENERS.get(Path(path).suffix, open)
    try:
        with opener(cached_path(path), "rb") as file:  # type: ignore[operator]
            data: bytes = file.read()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: no such file (looked for it from {Path.cwd()}); check the path"
        ) from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}); give a readable file"
        ) from None
    return data


def _decode(data: bytes, path: str, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _lines_before(data, error.start, encoding) + 1
        raise ConfigurationError(
            f"{path}, line {line}: the byte 0x{data[error.start]:02x} is not valid {encoding}; the "
            f'file is likely in {_likely_encoding(data)}: set "encoding" accordingly'
        ) from None
    # `LookupError`: unknown, or not of texts; `ValueError`: a name with a null character, and the
    # encodings whose errors have no place in the file (idna).
    except (LookupError, ValueError):
        raise ConfigurationError(
            f"{path}: there is no encoding {excerpt(encoding)!r} of texts; try utf-8, latin-1, "
            "cp1252 or utf-16"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigurationError(
            f"{path}, line {line}: a null character, so this is no text in {encoding}; the file is "
            f'likely in utf-16 (set "encoding" accordingly) or not a text file'
        )
    if not data.isascii() and _is_one_byte(encoding) and _is_utf8(data):
        # By chance a text in a one-byte encoding is almost never valid UTF-8 as well.
        logger.warning(
            "%s: read as %s, but it looks like utf-8; if accented letters come out wrong, set "
            '"encoding" to utf-8',
            path,
            encoding,
        )
    if "\ufffd" in text:
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        logger.warning(
            "%s, line %d: U+FFFD (%d in the file) says that letters were lost in a conversion of "
            "this file; get it again from its source",
            path,
            line,
            text.count("\ufffd"),
        )
    return text


def _lines_before(data: bytes, end: int, encoding: str) -> int:
    # Not the bytes 0x0a: in utf-16 they are halves of other characters too.
    return data[:end].decode(encoding, "ignore").count("\n")


def _likely_encoding(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return encoding
    if _is_utf8(data):
        return "utf-8"
    # latin-1 has control characters where cp1252 has quotation marks and dashes.
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in data) else "latin-1"


def _is_one_byte(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("iso8859", "cp125", "koi8", "mac"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_carriage_returns(lines: List[str], path: str) -> Iterator[Tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r")
        if "\r" in line:
            raise ConfigurationError(
                f"{path}, line {number}: a carriage return inside the line; convert the file's "
                "line ends (for example with `mac2unix`) or remove it"
            )
        yield number, line
