"""Files of word pairs: bilingual dictionaries."""

import re
from os import PathLike
from typing import Collection, Dict, List, Sequence, Tuple, Union
from unicodedata import normalize

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.text_file import read_text_file
from xner_allennlp.text.word_forms import known_form
from xner_allennlp.vectors import WordVectors

_FEW_CAPITALS = 0.01
# Words that both languages have are known either way.
_CLEARLY_MORE = 2
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


def check_direction(
    pairs: Sequence[Tuple[str, str]],
    source: WordVectors,
    target: WordVectors,
    path: Union[str, PathLike[str]],
) -> None:
    """Raises `ConfigurationError` if in the pairs from `path` the target language's words lead."""
    source_index, target_index = source.index(), target.index()
    as_given = len(known_pairs(pairs, source_index, target_index))
    swapped = len(known_pairs(pairs, target_index, source_index))
    if swapped > _CLEARLY_MORE * as_given:
        raise ConfigurationError(
            f"{path}: both words of {as_given} pairs have vectors, and of {swapped} if the words "
            "are swapped. Give the dictionary of the other direction, in which a line has a "
            "source word and a target word."
        )


def known_pairs(
    pairs: Sequence[Tuple[str, str]],
    source_index: Dict[str, int],
    target_index: Dict[str, int],
) -> np.ndarray:
    """
    The pairs of which both words have vectors, [as these have them](#in_known_forms), without
    repetitions.

    # Returns

    `np.ndarray`
        (source row, target row), int64, shape: (pairs, 2).
    """
    return rows_of(in_known_forms(pairs, source_index, target_index), source_index, target_index)


def rows_of(
    pairs: Sequence[Tuple[str, str]],
    source_index: Dict[str, int],
    target_index: Dict[str, int],
) -> np.ndarray:
    """As `known_pairs`, of words that are in their known forms already."""
    found = {
        (source_index[source], target_index[target]): None
        for source, target in pairs
        if source in source_index and target in target_index
    }
    # shape: (pairs, 2)
    return np.array(list(found), dtype=np.int64).reshape(-1, 2)


def in_known_forms(
    pairs: Sequence[Tuple[str, str]], source_known: Collection[str], target_known: Collection[str]
) -> List[Tuple[str, str]]:
    """
    The pairs with each word in the form in which it is known: as it is written, else in another
    normal form or, where the known words are lower-cased, in lower case. Among words of both cases
    "Turkey" is not "turkey". A word that is not known stays as it is.
    """
    columns = [
        [_known_form(word, known, is_lower) for word in column]
        for column, known in zip(zip(*pairs), (source_known, target_known))
        for is_lower in [_are_lower_case(known)]
    ]
    return [(source, target) for source, target in zip(*columns)]


def _known_form(word: str, known: Collection[str], is_lower: bool) -> str:
    form = known_form(word, known)
    if form is None or (not is_lower and normalize("NFC", form) != normalize("NFC", word)):
        return word
    return form


def _are_lower_case(words: Collection[str]) -> bool:
    """Whether hardly one has a capital letter: of files that are lower-cased some do."""
    return sum(word != word.lower() for word in words) <= _FEW_CAPITALS * len(words)


def equal_words(source: Sequence[str], target: Sequence[str]) -> List[Tuple[int, int]]:
    """(source row, target row) of the words that both lists have, in the order of `source`."""
    target_rows = {word: row for row, word in enumerate(target)}
    return [(row, target_rows[word]) for row, word in enumerate(source) if word in target_rows]
