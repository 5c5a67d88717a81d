"""
Opening text files, compressed or not, and reading their lines exactly: only line feeds end a line,
and errors name the line.
"""

import bz2
import codecs
import gzip
import logging
import lzma
import re
import zlib
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Dict, Iterator, List, Optional, Tuple, Union, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

from xner_allennlp.common.excerpts import excerpt

logger = logging.getLogger(__name__)

UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""The exceptions that a missing, damaged or unfinished file raises."""

# In western languages accented letters seldom stand three in a row.
_OTHER_SCRIPT = re.compile(rb"[\x80-\xff]{3}")

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def open_decompressed(path: Union[str, "PathLike[str]"]) -> BinaryIO:
    """The bytes of a file, decompressed if its name ends with `.gz`, `.bz2` or `.xz`."""
    opener = _OPENERS.get(Path(path).suffix, open)
    return cast(BinaryIO, opener(cached_path(path), "rb"))  # type: ignore[operator]


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
    lines = list(numbered_lines(_decode(read_bytes(path), str(path), encoding)))
    for number, line in lines:
        if "\r" in line:
            raise ConfigurationError(
                f"{path}, line {number}: a carriage return inside the line; convert the file's "
                "line ends (for example with `mac2unix`) or remove it"
            )
    return lines


def read_bytes(path: Union[str, "PathLike[str]"]) -> bytes:
    """
    The content of a file, decompressed if its name ends with `.gz`, `.bz2` or `.xz`.

    # Raises

    `ConfigurationError`
        If it cannot be read.
    """
    try:
        with open_decompressed(path) as file:
            return file.read()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: no such file (looked for it from {Path.cwd()}); check the path"
        ) from None
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}); give a readable file"
        ) from None


def numbered_lines(text: str) -> Iterator[Tuple[int, str]]:
    """
    The lines with their numbers, from 1, without the carriage returns at their ends and without
    byte order marks at the beginning of the text.
    """
    text = text.lstrip("\ufeff")
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        yield number, text[start:end].rstrip("\r")
        start = end + 1


def likely_encoding(data: bytes) -> str:
    """
    "utf-16" if a byte order mark says so, "utf-8" if all bytes are UTF-8 (a text in a one-byte
    encoding almost never is by chance), or all but for `foreign_lines`, else "cp1252" or "latin-1".
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if undecodable_line(data, "utf-8") is None or foreign_lines(data):
        return "utf-8"
    return _one_byte_encoding(data)


def _one_byte_encoding(data: bytes) -> str:
    # latin-1 has control characters where cp1252 has quotation marks and dashes.
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in data) else "latin-1"


def foreign_lines(data: bytes) -> Dict[int, str]:
    """
    The lines, by their numbers, that are not UTF-8 in a file that otherwise is, as where files of
    two encodings were joined or letters cut; each as it reads in the one-byte encoding that it
    likely is in, or with U+FFFD if it is in none. None if they are as many as the lines with
    accented letters in UTF-8: then it is the file that is not UTF-8.
    """
    if undecodable_line(data, "utf-8") is None:
        return {}
    accented, foreign = 0, {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            if undecodable_line(line, "utf-8") is None:
                accented += 1
            else:
                is_western = not _OTHER_SCRIPT.search(line)
                encoding = _one_byte_encoding(line) if is_western else "utf-8"
                foreign[number] = line.decode(encoding, "replace")
    return foreign if len(foreign) < accented else {}


def decode_with_foreign_lines(data: bytes, foreign: Dict[int, str]) -> str:
    """The text of a file in UTF-8 with what `foreign_lines` has found in it."""
    lines = enumerate(data.split(b"\n"), start=1)
    return "\n".join(foreign.get(number) or line.decode("utf-8") for number, line in lines)


def undecodable_line(data: bytes, encoding: str) -> Optional[int]:
    """
    The number of the first line that is not in `encoding`, or `None`. Raises `LookupError` for an
    unknown encoding.
    """
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return _line_of(data, error.start, encoding)
    return None


def _decode(data: bytes, path: str, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data, error.start, encoding)
        foreign = foreign_lines(data) if encoding == "utf-8" else {}
        remedy = (
            f"the file is in utf-8 but for this and {len(foreign) - 1} more lines: repair them, or "
            "let xner-data convert do it (xner-data convert IN OUT)"
            if foreign
            else f'the file is likely in {likely_encoding(data)}: convert it, or set "encoding" to '
            "that"
        )
        raise ConfigurationError(
            f"{path}, line {line}: the byte 0x{data[error.start]:02x} is not valid {encoding}; "
            + remedy
        ) from None
    # `LookupError`: unknown, or not an encoding of text. `ValueError`: a null character in it,
    # or an encoding whose errors have no position (idna).
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
    if not data.isascii() and _is_one_byte(encoding) and likely_encoding(data) == "utf-8":
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


def _line_of(data: bytes, position: int, encoding: str) -> int:
    # In utf-16 the bytes 0x0a are also halves of other characters, so they are not counted.
    return data[:position].decode(encoding, "ignore").count("\n") + 1


def _is_one_byte(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith(("iso8859", "cp125", "koi8", "mac"))
