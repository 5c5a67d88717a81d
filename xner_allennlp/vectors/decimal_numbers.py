"""
Reading many decimal numbers at once with numpy, several times faster than one by one.

A number written as one digit, a dot and up to 14 digits, with or without a minus, is an integer
divided by a power of ten, both exact in float64: one division rounds as `float(text)` does. All
numbers of a block are treated alike, as vectors of positions in its bytes. What is written in
another way (an exponent, no dot, two digits before it) is converted on its own, by the call that
would convert it in the careful reading too.
"""

from typing import Dict, List, Optional, Tuple

import numpy as np

_SPACE, _MINUS, _DOT, _ZERO = b" -.0"
_MOST_DECIMALS = 14
_ODD_SHARE = 0.25

_Groups = Dict[int, Tuple[np.ndarray, np.ndarray]]


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
    # Room for looking a little before the first and behind the last number.
    codes = np.frombuffer(b"   " + text + b"   ", np.uint8)  # shape: (characters,)
    dots, ends, odd = _find_dots_and_ends(codes[3:-3], count)
    dots += 3
    ends += 3
    starts = np.empty_like(ends)  # shape: (count,)
    starts[0] = 3
    np.add(ends[:-1], 1, out=starts[1:])

    negative = codes.take(starts) == _MINUS  # shape: (count,)
    odd |= dots - starts - negative != 1  # not one digit before the dot
    decimals = ends - dots  # shape: (count,)
    decimals -= 1
    values = _convert(codes, dots, decimals, odd)  # shape: (count,)
    np.copysign(values, 0.5 - negative, out=values)
    vector = values.astype(np.float32)

    positions = np.flatnonzero(odd)
    if len(positions) > _ODD_SHARE * count:
        return _one_by_one(text.split(b" ")[:-1])
    if len(positions):
        pairs = zip((starts[positions] - 3).tolist(), (ends[positions] - 3).tolist())
        others = _one_by_one([text[start:end] for start, end in pairs])
        if others is None:
            return None
        vector[positions] = others
    return vector


def _find_dots_and_ends(codes: np.ndarray, count: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every number: where its dot is, where it ends, and whether it has not one dot."""
    marks = np.flatnonzero((codes == _SPACE) | (codes == _DOT))
    odd = np.zeros(count, dtype=bool)
    if len(marks) == 2 * count and (codes.take(marks[::2]) == _DOT).all():
        return marks[::2].copy(), marks[1::2].copy(), odd
    spaces = np.flatnonzero(codes.take(marks) == _SPACE)  # shape: (count,)
    odd |= np.diff(spaces, prepend=-1) != 2
    # Where there is no dot, any other position serves: the number counts as odd.
    return marks[spaces - 1], marks[spaces], odd


def _convert(
    codes: np.ndarray, dots: np.ndarray, decimals: np.ndarray, odd: np.ndarray
) -> np.ndarray:
    """Absolute values; sets `odd` where something else than digits stands around the dot."""
    groups = _groups_of_digits(codes)
    smallest, largest = int(decimals.min()), int(decimals.max())
    if smallest == largest and 1 <= smallest <= _MOST_DECIMALS:
        return _convert_alike(groups, dots, smallest, odd)
    values = np.zeros(len(dots))  # shape: (count,)
    in_range = np.clip(decimals, 0, _MOST_DECIMALS + 1)
    for number in np.flatnonzero(np.bincount(in_range)).tolist():
        chosen = np.flatnonzero(in_range == number)  # shape: (numbers with as many decimals,)
        if not 1 <= number <= _MOST_DECIMALS:
            odd[chosen] = True
            continue
        odd_of_chosen = odd[chosen]
        values[chosen] = _convert_alike(groups, dots[chosen], number, odd_of_chosen)
        odd[chosen] = odd_of_chosen
    return values


def _groups_of_digits(codes: np.ndarray) -> _Groups:
    """
    For 1, 2 and 4: the number of so many digits that begins at each character, and whether one of
    them is no digit.
    """
    digits = codes - np.uint8(_ZERO)  # shape: (characters,)
    wrong = digits > 9
    pairs = digits[:-1] * np.uint8(10) + digits[1:]
    wrong_pairs = wrong[:-1] | wrong[1:]
    fours = pairs[:-2].astype(np.uint16) * np.uint16(100) + pairs[2:]
    wrong_fours = wrong_pairs[:-2] | wrong_pairs[2:]
    return {1: (digits, wrong), 2: (pairs, wrong_pairs), 4: (fours, wrong_fours)}


def _convert_alike(groups: _Groups, dots: np.ndarray, decimals: int, odd: np.ndarray) -> np.ndarray:
    """`_convert` for numbers that all have as many decimals."""
    digits, wrong = groups[1]
    values = digits.take(dots - 1).astype(np.float64)  # shape: (numbers,)
    odd |= wrong.take(dots - 1)
    position, left = dots + 1, decimals
    while left:
        size = 4 if left >= 4 else 2 if left >= 2 else 1
        digits, wrong = groups[size]
        values *= 10.0**size
        values += digits.take(position)
        odd |= wrong.take(position)
        position += size
        left -= size
    values /= 10.0**decimals
    return values


def _one_by_one(numbers: List[bytes]) -> Optional[np.ndarray]:
    try:
        with np.errstate(over="ignore"):
            vector = np.array(numbers, dtype=np.float32)  # shape: (numbers,)
    except ValueError:
        return None
    return vector if np.isfinite(vector).all() else None
