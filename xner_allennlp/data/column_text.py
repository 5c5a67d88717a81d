"""Lines of text as columns, and what parts them: white space, tabs, commas or semicolons."""

import csv
import re
from collections import Counter
from typing import Dict, List, NamedTuple, Sequence, Tuple

from xner_allennlp.spans import MOSTLY, share_of_tags

SEPARATORS = ("auto", "whitespace", "tab", "comma", "semicolon")

_CHARACTERS = {"tab": "\t", "comma": ",", "semicolon": ";"}
DOCSTART = "-DOCSTART-"
# What a reader would split at, drop or refuse in a column.
_NOT_IN_COLUMNS = re.compile("[ \t\r\n\0\ufeff]")


def as_column(token: str) -> str:
    """A token as a file of columns can have it: each character that it cannot have becomes `_`."""
    column = _NOT_IN_COLUMNS.sub("_", token)
    # Else it would begin a document.
    return "_DOCSTART_" if column == DOCSTART else column


class ConllLine(NamedTuple):
    """The `number` of a line, from 1, and its `columns`: none if the line is blank."""

    number: int
    columns: List[str]


def split_columns(text: str, separator: str) -> List[str]:
    """
    The columns of a line, none of a blank one. Unlike with `str.split()`, a token may contain a
    no-break space or U+0085. What commas part may be quoted, as spreadsheets write it.
    """
    if separator == "whitespace":
        return [column for column in text.replace("\t", " ").split(" ") if column]
    if separator == "tab":
        columns = text.split("\t")
    else:
        columns = _split_quoted(text, _CHARACTERS[separator])
    columns = [column.strip(" \t") for column in columns]
    return columns if any(columns) else []


def split_lines(
    lines: Sequence[Tuple[int, str]], separator: str = "auto", *, trim: bool = True
) -> Tuple[str, List[ConllLine]]:
    """
    The columns of all lines, and what parts them. If it is not given ("auto"), it is what gives
    equally many columns, more than one, in every line: white space, else tabs, else commas or
    semicolons. Where none does, it is what does so in most lines, and white space where only
    commas would. `trim` drops first and last columns that are empty on every line.

    Lines that begin with "#" may be comments and have no say; lines that begin a document neither.
    """
    if separator != "auto":
        return separator, _split(lines, separator, trim)
    shares: Dict[str, float] = {}
    for name in SEPARATORS[1:]:
        if name != "whitespace" and not any(_CHARACTERS[name] in text for _, text in lines):
            continue
        found = _split(lines, name, trim)
        widths = widths_of(found)
        if not widths:
            return name, found
        width, count = widths.most_common(1)[0]
        if width > 1 and len(widths) == 1 and (name in ("whitespace", "tab") or _has_tags(found)):
            return name, found
        shares[name] = count / sum(widths.values()) if width > 1 else 0.0
    best = max(("whitespace", "tab"), key=lambda name: shares.get(name, 0.0))
    return best, _split(lines, best, trim)


def widths_of(lines: Sequence[ConllLine]) -> "Counter[int]":
    """How many lines have how many columns, without blank lines and those that may be comments."""
    return Counter(map(len, certain_rows(lines)))


def _split(lines: Sequence[Tuple[int, str]], separator: str, trim: bool) -> List[ConllLine]:
    split = [ConllLine(number, split_columns(text, separator)) for number, text in lines]
    if trim and separator != "whitespace":
        _trim(split)
    return split


def _trim(lines: List[ConllLine]) -> None:
    """Drops first and last columns that are empty on every line, as of lines that end in tabs."""
    rows = certain_rows(lines)
    for edge in (-1, 0):
        while rows and all(len(row) > 1 and not row[edge] for row in rows):
            for row in rows:
                row.pop(edge)


def certain_rows(lines: Sequence[ConllLine]) -> List[List[str]]:
    """The columns of the lines that are neither blank nor, by their beginning, perhaps comments."""
    rows = [line.columns for line in lines if line.columns and line.columns[0] != DOCSTART]
    return [columns for columns in rows if not columns[0].startswith("#")] or rows


def _has_tags(lines: Sequence[ConllLine]) -> bool:
    rows = certain_rows(lines)[1:]  # The first one may be a header.
    return bool(rows) and any(share_of_tags(Counter(column)) >= MOSTLY for column in zip(*rows))


def _split_quoted(text: str, character: str) -> List[str]:
    try:
        return next(csv.reader([text], delimiter=character), [])
    except csv.Error:  # a null character, or megabytes without a separator
        return text.split(character)
