"""Dividing the input into parts, line by line: only one line is in memory at a time."""

from typing import Iterator, List, NamedTuple, Sequence

from allennlp.common import Tqdm

from xner_allennlp.predictors import checked_lines


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

    Raises `ConfigurationError` as `checked_lines` does.
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
    for line in checked_lines(path):
        number += 1
        position += len(line)
        if number - first_line + 1 == lines_per_part:
            yield Part(file, first_line, lines_per_part, start, position - start)
            first_line, start = number + 1, position
    if position > start:
        yield Part(file, first_line, number - first_line + 1, start, position - start)
