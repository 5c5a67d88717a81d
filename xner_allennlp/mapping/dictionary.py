"""
Dictionaries of word pairs to start from: words written alike, or read from a file. Within this
package a dictionary is an array of pairs of rows.
"""

import os
import re
from os import PathLike
from typing import Dict, List, Sequence, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.pair_lines import pair_lines

_GAP = re.compile(r"[ \t]+")
_NUMERAL = re.compile(r"[-+]?\d[\d.,:/%-]*")


def identical_strings(mapped_words: Sequence[str], fixed_words: Sequence[str]) -> np.ndarray:
    """
    Pairs of words written alike: numbers, punctuation, names, loan words.

    # Returns

    `np.ndarray`
        int64, shape: (pairs, 2), in the order of `mapped_words`.
    """
    fixed_rows = {word: row for row, word in enumerate(fixed_words)}
    pairs = [(row, fixed_rows[word]) for row, word in enumerate(mapped_words) if word in fixed_rows]
    return _as_array(pairs)


def numerals(mapped_words: Sequence[str], fixed_words: Sequence[str]) -> np.ndarray:
    """
    The [`identical_strings`](#identical_strings) that are numbers: digits in any script, with
    signs, points, commas and the like in between.
    """
    wanted = [word if _NUMERAL.fullmatch(word) else None for word in mapped_words]
    fixed_rows = {word: row for row, word in enumerate(fixed_words)}
    pairs = [(row, fixed_rows[word]) for row, word in enumerate(wanted) if word in fixed_rows]
    return _as_array(pairs)


def read_dictionary(path: Union[str, PathLike[str]]) -> List[Tuple[str, str]]:
    """
    Reads a bilingual dictionary in MUSE's format: a source word and a target word a line, with
    spaces or a tab between them. A word may be repeated with other translations.

    # Raises

    `ConfigurationError`
        If the file is missing, empty, not UTF-8, or a line has not two words.
    """
    path = os.fspath(path)
    pairs: List[Tuple[str, str]] = []
    for number, line in pair_lines(path):
        fields = _GAP.split(line.strip(" \t\r"))
        if fields == [""]:
            continue
        if len(fields) != 2:
            raise ConfigurationError(
                f"{path}, line {number}: {len(fields)} words instead of 2. A dictionary has a "
                "source word and a target word a line."
            )
        pairs.append((fields[0], fields[1]))
    if not pairs:
        raise ConfigurationError(f"{path}: the dictionary is empty.")
    return pairs


def known_pairs(
    pairs: Sequence[Tuple[str, str]],
    source_index: Dict[str, int],
    target_index: Dict[str, int],
) -> np.ndarray:
    """
    The pairs of which both words have vectors, without repetitions.

    # Returns

    `np.ndarray`
        (source row, target row), int64, shape: (pairs, 2).
    """
    found = {
        (source_index[source], target_index[target]): None
        for source, target in pairs
        if source in source_index and target in target_index
    }
    return _as_array(list(found))


def _as_array(pairs: List[Tuple[int, int]]) -> np.ndarray:
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
