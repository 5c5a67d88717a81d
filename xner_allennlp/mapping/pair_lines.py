"""The lines of files with pairs of words: dictionaries, word similarities."""

import codecs
from typing import Iterator, Tuple

from allennlp.common.checks import ConfigurationError


def pair_lines(path: str) -> Iterator[Tuple[int, str]]:
    """
    The lines of a UTF-8 file with their numbers, from 1, without line ends and a byte order mark at
    the beginning. Only line feeds end a line.

    # Raises

    `ConfigurationError`
        If the file cannot be read, or a line is no text in UTF-8.
    """
    number = 0
    try:
        with open(path, "rb") as stream:
            for number, raw in enumerate(stream, start=1):
                if number == 1:
                    raw = raw.removeprefix(codecs.BOM_UTF8)
                line = raw.decode("utf-8").strip("\r\n")
                if "\0" in line:
                    raise ConfigurationError(
                        f"{path}, line {number}: a null character, so this is no text in UTF-8. "
                        "Convert it (it is likely in UTF-16)."
                    )
                yield number, line
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}, line {number}: the byte 0x{error.object[error.start]:02x} is not UTF-8. "
            "Convert the file."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the pairs of words cannot be read ({error.strerror}). Correct the path."
        ) from error
