"""
Parsing many decimal numbers at once with numpy, several times faster than one by one.

Nearly all numbers in files of word vectors have the plain form `0.1234`: perhaps a minus, one
digit, a dot, and 1 to 14 digits. Such a number is an integer divided by a power of ten. Both are
exact in float64, so the division rounds as `float(text)` does. Numbers of the plain form are
computed together by array operations on the bytes of the text:

1. find the position of every dot and of every number's end;
2. compute the values of 1, 2 and 4 digits at each position of the text, once for all numbers;
3. for each number add up the values of its digits, and divide by the power of ten.

Other numbers (`1e-05`, `12.5`, `7`) are marked as irregular and converted by numpy one by one.
"""

from typing import Dict, List, Optional, Tuple

import numpy as np

_SPACE, _MINUS, _DOT, _ZERO = b" -.0"
_MAX_DECIMALS = 14
_MAX_IRREGULAR_SHARE = 0.25
"""With more irregular numbers it is faster to convert all numbers one by one."""

_DigitValues = Dict[int, Tuple[np.ndarray, np.ndarray]]


def parse_decimals(text: bytes, count: int) -> Optional[np.ndarray]:
    """
    Converts numbers that are separated by single spaces.

    # Parameters

    text : `bytes`
        With exactly `count` spaces: one after each number.
    count : `int`

    # Returns

    `Optional[np.ndarray]`
        float32, shape: (count,), equal to `np.array(text.split(), dtype=np.float32)`. None if that
        would fail, or if a number is not finite.
    """
    if not count:
        return np.empty(0, np.float32)
    # Padding, so that positions just before and after the text can be looked up.
    # shape: (characters,)
    codes = np.frombuffer(b"   " + text + b"   ", np.uint8)
    dots, ends, irregular = _find_dots_and_ends(codes[3:-3], count)
    dots += 3
    ends += 3
    # shape: (count,)
    starts = np.empty_like(ends)
    starts[0] = 3
    np.add(ends[:-1], 1, out=starts[1:])

    # shape: (count,)
    negative = codes.take(starts) == _MINUS
    irregular |= dots - starts - negative != 1  # not one digit before the dot
    # shape: (count,)
    decimals = ends - dots
    decimals -= 1
    # shape: (count,)
    values = _absolute_values(codes, dots, decimals, irregular)
    np.copysign(values, 0.5 - negative, out=values)
    # shape: (count,)
    numbers = values.astype(np.float32)

    indices = np.flatnonzero(irregular)
    if len(indices) > _MAX_IRREGULAR_SHARE * count:
        return _parse_one_by_one(text.split(b" ")[:-1])
    if len(indices):
        borders = zip((starts[indices] - 3).tolist(), (ends[indices] - 3).tolist())
        others = _parse_one_by_one([text[start:end] for start, end in borders])
        if others is None:
            return None
        numbers[indices] = others
    return numbers


def _find_dots_and_ends(codes: np.ndarray, count: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    For every number the position of its dot, the position of the space after it, and whether it is
    irregular because it has not exactly one dot. shape of each: (count,)
    """
    marks = np.flatnonzero((codes == _SPACE) | (codes == _DOT))
    irregular = np.zeros(count, dtype=bool)
    if len(marks) == 2 * count and (codes.take(marks[::2]) == _DOT).all():
        return marks[::2].copy(), marks[1::2].copy(), irregular
    # shape: (count,)
    spaces = np.flatnonzero(codes.take(marks) == _SPACE)
    irregular |= np.diff(spaces, prepend=-1) != 2
    # The dots of irregular numbers are not looked at: any position will do.
    return marks[spaces - 1], marks[spaces], irregular


def _absolute_values(
    codes: np.ndarray, dots: np.ndarray, decimals: np.ndarray, irregular: np.ndarray
) -> np.ndarray:
    """
    The numbers without their signs, float64, shape: (count,). Marks in `irregular` the numbers with
    too many decimals, or with anything but digits beside the dot.
    """
    digit_values = _digit_values(codes)
    fewest, most = int(decimals.min()), int(decimals.max())
    if fewest == most and 1 <= fewest <= _MAX_DECIMALS:
        return _values_of_equal_length(digit_values, dots, fewest, irregular)
    # shape: (count,)
    values = np.zeros(len(dots))
    # shape: (count,)
    lengths = np.clip(decimals, 0, _MAX_DECIMALS + 1)
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        # shape: (numbers of this length,)
        chosen = np.flatnonzero(lengths == length)
        if not 1 <= length <= _MAX_DECIMALS:
            irregular[chosen] = True
            continue
        chosen_irregular = irregular[chosen]
        values[chosen] = _values_of_equal_length(
            digit_values, dots[chosen], length, chosen_irregular
        )
        irregular[chosen] = chosen_irregular
    return values


def _digit_values(codes: np.ndarray) -> _DigitValues:
    """
    For 1, 2 and 4 digits: the value of the digits that begin at each position of the text, and
    whether one of these characters is not a digit. shape of each: (characters - digits + 1,)
    """
    ones = codes - np.uint8(_ZERO)
    not_ones = ones > 9
    twos = ones[:-1] * np.uint8(10) + ones[1:]
    not_twos = not_ones[:-1] | not_ones[1:]
    fours = twos[:-2].astype(np.uint16) * np.uint16(100) + twos[2:]
    not_fours = not_twos[:-2] | not_twos[2:]
    return {1: (ones, not_ones), 2: (twos, not_twos), 4: (fours, not_fours)}


def _values_of_equal_length(
    digit_values: _DigitValues, dots: np.ndarray, decimals: int, irregular: np.ndarray
) -> np.ndarray:
    """`_absolute_values` of numbers that all have the same number of decimals."""
    values_here, not_digits = digit_values[1]
    # shape: (numbers,)
    values = values_here.take(dots - 1).astype(np.float64)
    irregular |= not_digits.take(dots - 1)
    position, remaining = dots + 1, decimals
    while remaining:
        size = 4 if remaining >= 4 else 2 if remaining >= 2 else 1
        values_here, not_digits = digit_values[size]
        values *= 10.0**size
        values += values_here.take(position)
        irregular |= not_digits.take(position)
        position += size
        remaining -= size
    values /= 10.0**decimals
    return values


def _parse_one_by_one(numbers: List[bytes]) -> Optional[np.ndarray]:
    """float32, shape: (numbers,). None if a number is not finite, or not a number."""
    try:
        with np.errstate(over="ignore"):
            parsed = np.array(numbers, dtype=np.float32)
    except ValueError:
        return None
    return parsed if np.isfinite(parsed).all() else None
