"""Counting the spaces of many lines at once, several times faster than one by one."""

from typing import List

import numpy as np

_SPACE = ord(" ")
_ONES = np.uint64(0x0101010101010101)
_TO_SUM = np.uint64(56)


def count_spaces(lines: List[bytes]) -> List[int]:
    """
    As `[line.count(b" ") for line in lines]`.

    The bytes of 8 characters, 1 for a space and 0 for another, are added up by one multiplication,
    whose highest byte is their sum; the sums of the eights before a line's end are added up too.
    """
    text = b"".join(lines) + bytes(16)
    is_space = np.frombuffer(text, np.uint8, len(text) // 8 * 8) == _SPACE
    eights = is_space.view("<u8")  # shape: (eights,)
    before = np.zeros(len(eights) + 1, np.int64)  # spaces before each eight
    np.cumsum(((eights * _ONES) >> _TO_SUM).view(np.int64), out=before[1:])

    lengths = np.fromiter(map(len, lines), np.int64, len(lines))  # shape: (lines,)
    eight, rest = np.divmod(np.cumsum(lengths), 8)  # where the lines end
    # Of the eight in which a line ends, only the characters before the end; none if rest is 0.
    beginning = eights[eight] << (64 - 8 * rest).astype(np.uint64)
    beginning[rest == 0] = 0
    until = before[eight] + ((beginning * _ONES) >> _TO_SUM).astype(np.int64)  # shape: (lines,)
    return np.diff(until, prepend=0).tolist()
