"""
From bytes to text: which encoding a file is likely in, and single lines that are in another one, as
where files of two encodings were joined or letters cut.
"""

import codecs
import re
from typing import Dict, NamedTuple, Optional, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt

# In western languages accented letters seldom stand three in a row.
_OTHER_SCRIPT = re.compile(rb"[\x80-\xff]{3}")


class NotDecodable(NamedTuple):
    """The number of a line, from 1, and its first `byte` that is not in the encoding."""

    line: int
    byte: int


class DecodedText(NamedTuple):
    """
    # Parameters

    text : `str`
        All of the bytes; those that are not in the encoding are U+FFFD, but in `foreign` lines.
    encoding : `str`
        What they were read as.
    not_decodable : `NotDecodable`, optional
        The first line that is not in the encoding.
    foreign : `Dict[int, str]`, optional (default = `{}`)
        The lines, by their numbers, that are not UTF-8 in a file that otherwise is: each as it
        stands in `text`, read in the one-byte encoding that it likely is in, or with U+FFFD if it
        is in none. There are none if they are as many as the lines with accented letters in UTF-8:
        then it is the file that is not UTF-8.
    """

    text: str
    encoding: str
    not_decodable: Optional[NotDecodable] = None
    foreign: Dict[int, str] = {}


def decode(data: bytes, encoding: Optional[str] = None, *, path: str) -> DecodedText:
    """
    # Parameters

    data : `bytes`
    encoding : `str`, optional
        By default that of `likely_encoding`.
    path : `str`
        What errors name.

    # Raises

    `ConfigurationError`
        If Python knows no such encoding of texts.
    """
    encoding = encoding or likely_encoding(data)
    try:
        read = _read(data, encoding)
        if isinstance(read, str):
            return DecodedText(read, encoding)
        if codecs.lookup(encoding).name == "utf-8" and (foreign := _foreign_lines(data)):
            lines = enumerate(data.split(b"\n"), start=1)
            text = "\n".join(foreign.get(number) or line.decode() for number, line in lines)
            return DecodedText(text, encoding, read, foreign)
        return DecodedText(data.decode(encoding, "replace"), encoding, read)
    # `LookupError`: unknown, or not an encoding of text. `ValueError`: a null character in it,
    # or an encoding whose errors have no position (idna).
    except (LookupError, ValueError):
        raise ConfigurationError(
            f"{path}: there is no encoding {excerpt(encoding)!r} of texts; try utf-8, latin-1, "
            "cp1252 or utf-16"
        ) from None


def likely_encoding(data: bytes) -> str:
    """
    "utf-16" if a byte order mark says so, "utf-8" if all bytes are UTF-8 (a text in a one-byte
    encoding almost never is by chance), or all but for foreign lines, else "cp1252" or "latin-1".
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if first_not_decodable(data, "utf-8") is None or _foreign_lines(data):
        return "utf-8"
    return _one_byte_encoding(data)


def first_not_decodable(data: bytes, encoding: str) -> Optional[NotDecodable]:
    """
    The first line that is not in `encoding`, or `None`. Raises `LookupError` or `ValueError` for an
    unknown encoding.
    """
    read = _read(data, encoding)
    return None if isinstance(read, str) else read


def _read(data: bytes, encoding: str) -> Union[str, NotDecodable]:
    """The text, or the first line that is not in `encoding`."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        # In utf-16 the bytes 0x0a are also halves of other characters, so they are not counted.
        before = data[: error.start].decode(encoding, "ignore")
        return NotDecodable(before.count("\n") + 1, data[error.start])


def is_one_byte(encoding: str) -> bool:
    """Whether it is one in which nearly any bytes are a text."""
    return codecs.lookup(encoding).name.startswith(("iso8859", "cp125", "koi8", "mac"))


def _one_byte_encoding(data: bytes) -> str:
    # latin-1 has control characters where cp1252 has quotation marks and dashes.
    return "cp1252" if any(0x80 <= byte <= 0x9F for byte in data) else "latin-1"


def _foreign_lines(data: bytes) -> Dict[int, str]:
    """See `DecodedText`."""
    accented, foreign = 0, {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii():
            if first_not_decodable(line, "utf-8") is None:
                accented += 1
            else:
                is_western = not _OTHER_SCRIPT.search(line)
                encoding = _one_byte_encoding(line) if is_western else "utf-8"
                foreign[number] = line.decode(encoding, "replace")
    return foreign if len(foreign) < accented else {}
