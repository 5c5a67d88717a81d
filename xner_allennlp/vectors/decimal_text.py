"""
Writing many numbers at once with numpy, several times faster than formatting one by one.

A number with `k` decimals is an integer of which `k` digits stand behind the dot. All numbers of a
block get as many characters; those that a number does not need are NUL and are taken out at the
end.
"""

from typing import List, Optional

import numpy as np

_EXACT = b"%.9g"  # nine digits tell any two float32 apart
_EXACT_DECIMALS = 12  # are as good for all but the smallest numbers
_MOST_DIGITS = 15  # in all: such integers are exact in float64
_OTHERS_SHARE = 0.1
_MINUS, _DOT, _SPACE, _LINE_FEED, _ZERO = b"-. \n0"


def rows_as_text(matrix: np.ndarray, *, decimals: Optional[int]) -> List[bytes]:
    """
    # Parameters

    matrix : `np.ndarray`
        Finite float32, shape: (n, d).
    decimals : `Optional[int]`
        How many. None: as many as it takes to read back the same float32.

    # Returns

    `List[bytes]`
        `n` rows of `d` numbers, separated by single spaces.
    """
    if not matrix.size:
        return [b""] * len(matrix)
    places = _EXACT_DECIMALS if decimals is None else decimals
    numbers = matrix.ravel().astype(np.float64)  # shape: (n * d,)
    sizes = np.abs(numbers)  # shape: (n * d,)
    if len(str(int(sizes.max()) + 1)) + places > _MOST_DIGITS:
        return _one_by_one(matrix, decimals)
    integers = np.rint(sizes * 10.0**places)  # shape: (n * d,)
    others = np.empty(0, np.int64)
    if decimals is None:
        # What the reader would not get back is written on its own, in as many digits as it takes.
        again = (integers / 10.0**places).astype(np.float32)
        others = np.flatnonzero(again != sizes)
        if len(others) > _OTHERS_SHARE * len(numbers):
            return _one_by_one(matrix, decimals)

    characters = _characters(integers.astype(np.int64), places)  # shape: (n * d, width)
    characters[:, 0] = np.signbit(numbers) * np.uint8(_MINUS)
    for position in others.tolist():
        written = np.frombuffer(_EXACT % numbers[position], np.uint8)
        characters[position, :-1] = 0
        characters[position, : len(written)] = written
    characters[matrix.shape[1] - 1 :: matrix.shape[1], -1] = _LINE_FEED
    return characters.tobytes().translate(None, b"\0").split(b"\n")[:-1]


def _characters(integers: np.ndarray, decimals: int) -> np.ndarray:
    """
    Numbers as equally many characters: an empty one for the sign, the digits with leading NULs, the
    dot, the decimals, a space. uint8, shape: (numbers, width)
    """
    whole, fraction = np.divmod(integers, 10**decimals)  # shape: (numbers,)
    whole_digits = len(str(int(whole.max())))
    dot = 1 + whole_digits
    width = dot + 1 + decimals + 1
    characters = np.empty((len(integers), width), np.uint8)
    characters[:, dot] = _DOT
    characters[:, -1] = _SPACE
    for place in range(whole_digits):
        left = whole // 10**place  # shape: (numbers,)
        digit = (left % 10 + _ZERO).astype(np.uint8)
        if place:
            digit[left == 0] = 0
        characters[:, dot - 1 - place] = digit
    position, remaining = dot + 1, decimals
    while remaining:
        size = 4 if remaining >= 4 else 2 if remaining >= 2 else 1
        remaining -= size
        group, fraction = np.divmod(fraction, 10**remaining)
        characters[:, position : position + size] = _DIGITS[size].take(group, axis=0)
        position += size
    return characters


def _one_by_one(matrix: np.ndarray, decimals: Optional[int]) -> List[bytes]:
    form = _EXACT if decimals is None else b"%%.%df" % decimals
    row_form = b" ".join([form] * matrix.shape[1])
    return [row_form % tuple(row) for row in matrix.tolist()]


def _digits_of_all(size: int) -> np.ndarray:
    """The characters of all numbers of `size` digits, shape: (10 ** size, size)."""
    numbers = np.arange(10**size)[:, None]
    return (numbers // 10 ** np.arange(size)[::-1] % 10 + _ZERO).astype(np.uint8)


_DIGITS = {size: _digits_of_all(size) for size in (1, 2, 4)}
