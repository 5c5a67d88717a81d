"""
Opening and writing text files, compressed or not, and reading their lines exactly: only line feeds
end a line, and errors name the line.
"""

import bz2
import gzip
import logging
import lzma
import zlib
from contextlib import contextmanager, nullcontext
from os import PathLike
from pathlib import Path
from typing import BinaryIO, ContextManager, Iterator, List, Tuple, Union, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

from xner_allennlp.common.encodings import decode, is_one_byte, likely_encoding
from xner_allennlp.common.whole_file import whole_file

logger = logging.getLogger(__name__)

UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""The exceptions that a missing, damaged or unfinished file raises."""

# How files begin that are no text, and what to do.
_PACKED = {
    b"\x1f\x8b": "this is gzip; let its name end in .gz",
    b"\xfd7zXZ\0": "this is xz; let its name end in .xz",
    b"BZh91AY&SY": "this is bzip2; let its name end in .bz2",
    b"\x28\xb5\x2f\xfd": "this is zstd; unpack it (zstd -d)",
    b"PK\3\4": "this is a ZIP archive, as .xlsx and .docx are, too; unpack it, or export columns",
    b"PAR1": "this is Parquet; Dataset.from_parquet(IN).to_json(OUT) of datasets makes JSON of it",
}

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def open_decompressed(path: Union[str, "PathLike[str]"]) -> BinaryIO:
    """The bytes of a file, decompressed if its name ends with `.gz`, `.bz2` or `.xz`."""
    opener = _OPENERS.get(Path(path).suffix, open)
    return cast(BinaryIO, opener(cached_path(path), "rb"))  # type: ignore[operator]


@contextmanager
def whole_compressed_file(path: Union[str, "PathLike[str]"]) -> Iterator[BinaryIO]:
    """
    A [`whole_file`](./whole_file.md#whole_file) that `open_decompressed` reads again: compressed
    if its name ends with `.gz`, `.bz2` or `.xz`.
    """
    with whole_file(path) as stream, _compressed(stream, Path(path).suffix) as file:
        yield file


def _compressed(stream: BinaryIO, suffix: str) -> ContextManager[BinaryIO]:
    if suffix not in _OPENERS:
        return nullcontext(stream)
    if suffix == ".gz":
        # Without name and time the same content gives the same bytes.
        return gzip.GzipFile("", "wb", fileobj=stream, mtime=0)  # type: ignore[return-value]
    return _OPENERS[suffix](stream, "wb")  # type: ignore[operator]


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
        If it cannot be read, or is [packed](#refuse_packed).
    """
    try:
        with open_decompressed(path) as file:
            data = file.read()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: no such file (looked for it from {Path.cwd()}); check the path"
        ) from None
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error}); give a readable file"
        ) from None
    refuse_packed(data, path)
    return data


def refuse_packed(beginning: bytes, path: Union[str, "PathLike[str]"]) -> None:
    """
    Raises `ConfigurationError` if a file that begins so, when it is decompressed as its name says,
    is compressed or an archive: as text it would be read in some one-byte encoding.
    """
    for mark, what in _PACKED.items():
        if beginning.startswith(mark):
            raise ConfigurationError(f"{path}: {what}.")


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


def _decode(data: bytes, path: str, encoding: str) -> str:
    decoded = decode(data, encoding, path=path)
    if decoded.not_decodable is not None:
        line, byte = decoded.not_decodable
        remedy = (
            f'the file is likely in {likely_encoding(data)}: convert it, or set "encoding" to that'
        )
        if decoded.foreign:
            more = f" and {len(decoded.foreign) - 1} more" if len(decoded.foreign) > 1 else ""
            remedy = (
                f"the file is in utf-8 but for this line{more}: repair what is not, or let "
                "xner-data convert do it (xner-data convert IN OUT)"
            )
        raise ConfigurationError(
            f"{path}, line {line}: the byte 0x{byte:02x} is not valid {encoding}; {remedy}"
        )
    text = decoded.text
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigurationError(
            f"{path}, line {line}: a null character, so this is no text in {encoding}; the file is "
            f'likely in utf-16 (set "encoding" accordingly) or not a text file'
        )
    if not data.isascii() and is_one_byte(encoding) and likely_encoding(data) == "utf-8":
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
