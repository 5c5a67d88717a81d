"""Dividing the input into parts, line by line: only one line is in memory at a time."""

from typing import BinaryIO, Iterator, List, NamedTuple, Sequence

from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from xner_allennlp.data.text_file import UNREADABLE, open_decompressed
from xner_allennlp.predictors import check_inputs, parse_line

# A longer line is not a sentence: the file is not text, or has other line ends.
_LONGEST_LINE = 16 * 2**20


class Part(NamedTuple):
    """
    Lines of one input file that are tagged together; a part never reaches into the next file.

    # Parameters

    file : `int`
        The index of the file among the input files.
    first_line : `int`
        Counted from 1 in each file.
    lines : `int`
    offset, size : `int`
        In bytes of the decompressed text.
    """

    file: int
    first_line: int
    lines: int
    offset: int
    size: int


def divide(paths: Sequence[str], lines_per_part: int) -> List[Part]:
    """
    Reads all files once and divides each into parts of `lines_per_part` lines. Every line is
    checked, so that mistakes are found before any tagging.

    Raises `ConfigurationError`, naming file and line, for input that the predictor does not accept,
    for text that is not UTF-8, for carriage returns inside a line and for damaged files.
    """
    parts: List[Part] = []
    with Tqdm.tqdm(unit=" lines", desc="reading the input") as bar:
        for file, path in enumerate(paths):
            for part in _divide_file(file, path, lines_per_part):
                parts.append(part)
                bar.update(part.lines)
    return parts


def _divide_file(file: int, path: str, lines_per_part: int) -> Iterator[Part]:
    first_line, number, start, position = 1, 0, 0, 0
    with open_decompressed(path) as stream:
        while line := _read_line(stream, path, number + 1):
            number += 1
            try:
                _check(line)
            except ConfigurationError as error:
                raise ConfigurationError(f"{path}, line {number}: {error.message}") from None
            position += len(line)
            if number - first_line + 1 == lines_per_part:
                yield Part(file, first_line, lines_per_part, start, position - start)
                first_line, start = number + 1, position
    if position > start:
        yield Part(file, first_line, number - first_line + 1, start, position - start)


def _read_line(stream: BinaryIO, path: str, number: int) -> bytes:
    try:
        line = stream.readline(_LONGEST_LINE)
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}, line {number}: cannot be read ({error}); give a readable file"
        ) from None
    if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
        raise ConfigurationError(
            f"{path}, line {number}: longer than {_LONGEST_LINE} bytes; give a text file with a "
            "sentence a line"
        )
    return line


def _check(line: bytes) -> None:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"the byte 0x{line[error.start]:02x} is not valid UTF-8; convert the file (for example "
            "with `iconv -t utf-8`)"
        ) from None
    # `allennlp predict` ends lines at carriage returns, here only line feeds do.
    if "\r" in text.rstrip("\r\n"):
        raise ConfigurationError(
            "a carriage return inside the line; convert the file's line ends (for example with "
            "`mac2unix`) or remove it"
        )
    check_inputs(parse_line(text))
