"""
Text files of word vectors whose word and numbers are not parted by a single space: by tabs, by
several spaces (aligned columns), or by commas.
"""

import re
from typing import NamedTuple, Optional, Pattern, Sequence

_NUMBER = re.compile(rb"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_DECIMAL_COMMAS = re.compile(rb".* [-+]?\d*,\d+([eE][-+]?\d+)?( [-+]?\d*,\d+([eE][-+]?\d+)?)+ *")
_FEWEST_ROWS = 3


class OddSeparator(NamedTuple):
    """Its `name`, for messages, and the `pattern` of one separator."""

    name: str
    pattern: Pattern[bytes]

    def replace(self, line: bytes) -> bytes:
        """The line with single spaces for these separators."""
        return self.pattern.sub(b" ", line).strip(b" ")


# A comma and a space are one separator.
_SEPARATORS = (
    OddSeparator("a tab", re.compile(rb" *\t[ \t]*")),
    OddSeparator("several spaces", re.compile(rb" {2,}")),
    OddSeparator("a comma", re.compile(rb" *,[ \t]*")),
)


def find_odd_separator(lines: Sequence[bytes]) -> Optional[OddSeparator]:
    """
    The separator of a file by its first `lines`, the header possibly among them; `None` if a space
    is. A word may hold spaces, tabs and commas: only what stands after the word in every line, with
    nothing but numbers behind it, is taken for a separator.
    """
    rows = _without_header(lines)
    if len(rows) < _FEWEST_ROWS or have_decimal_commas(lines):
        return None
    return next(
        (
            separator
            for separator in _SEPARATORS
            if all(_parts_word_and_numbers(separator, row) for row in rows)
        ),
        None,
    )


def have_decimal_commas(lines: Sequence[bytes]) -> bool:
    """Whether a file's first `lines` have numbers like 0,5 behind single spaces."""
    rows = _without_header(lines)
    return bool(rows) and all(map(_DECIMAL_COMMAS.fullmatch, rows))


def _without_header(lines: Sequence[bytes]) -> Sequence[bytes]:
    first = re.split(rb"[\s,]+", lines[0]) if lines else []
    return lines[1:] if len(first) == 2 and all(part.isdigit() for part in first) else lines


def _parts_word_and_numbers(separator: OddSeparator, row: bytes) -> bool:
    found = separator.pattern.search(row.strip(b" "), 1)  # A word of one comma is a word.
    if found is None:
        return False
    numbers = separator.replace(row.strip(b" ")[found.end() :]).split(b" ")
    return all(_NUMBER.fullmatch(number) for number in numbers)
