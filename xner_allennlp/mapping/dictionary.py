"""Files of word pairs: bilingual dictionaries."""

import re
from os import PathLike
from typing import Dict, List, Sequence, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.text_file import read_text_file

_GAP = re.compile(r"[ \t]+")


def read_dictionary(path: Union[str, PathLike[str]]) -> List[Tuple[str, str]]:
    """
    Reads a bilingual dictionary in MUSE's format: a source word and a target word a line, with
    spaces or a tab between them. A word may be repeated with other translations.

    # Raises

    `ConfigurationError`
        If the file is missing, empty, not UTF-8, or a line has not two words.
    """
    pairs: List[Tuple[str, str]] = []
    for number, line in read_text_file(path):
        fields = _GAP.split(line.strip(" \t"))
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
    # shape: (pairs, 2)
    return np.array(list(found), dtype=np.int64).reshape(-1, 2)


def equal_words(source: Sequence[str], target: Sequence[str]) -> List[Tuple[int, int]]:
    """(source row, target row) of the words that both lists have, in the order of `source`."""
    target_rows = {word: row for row, word in enumerate(target)}
    return [(row, target_rows[word]) for row, word in enumerate(source) if word in target_rows]
