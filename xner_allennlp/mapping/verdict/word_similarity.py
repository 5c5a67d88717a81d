"""
Cross-lingual word similarity: whether the cosines of words of two languages in the common space go
with how similar people find the words.
"""

import math
import re
from os import PathLike
from typing import Any, Dict, List, NamedTuple, Sequence, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from scipy.stats import spearmanr

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.common.text_file import read_text_file
from xner_allennlp.mapping.use.translator import Translator

_GAP = re.compile(r"[ \t]+")


class JudgedPair(NamedTuple):
    """A source word, a target word, and how similar people find them, on any scale."""

    source: str
    target: str
    score: float


def read_word_similarity(path: Union[str, PathLike[str]]) -> List[JudgedPair]:
    """
    Reads pairs of words with a score: source word, target word and score a line, parted by two
    tabs (then words may hold spaces) or by spaces and tabs. Blank lines and those that start with
    `#` are skipped.

    # Raises

    `ConfigurationError`
        If the file is missing, empty or not UTF-8, or a line has not two words and a finite number.
    """
    pairs: List[JudgedPair] = []
    for number, line in read_text_file(path):
        stripped = line.strip(" \t")
        if not stripped or stripped.startswith("#"):
            continue
        has_tabs = line.count("\t") == 2
        fields = line.split("\t") if has_tabs else _GAP.split(stripped)
        fields = [field.strip(" ") for field in fields]
        pairs.append(_judged_pair(fields, f"{path}, line {number}"))
    if not pairs:
        raise ConfigurationError(f"{path}: there is no pair of words in this file.")
    return pairs


def word_similarity(translator: Translator, pairs: Sequence[JudgedPair]) -> Dict[str, Any]:
    """
    # Parameters

    translator : `Translator`
        Knows both languages' words and vectors.
    pairs : `Sequence[JudgedPair]`

    # Returns

    `Dict[str, Any]`
        `"pairs"`, how many have vectors; `"coverage"`, the same as a share; `"spearman"`, the rank
        correlation of their cosines with the scores, `None` where it is not defined (fewer than two
        pairs, or all alike).
    """
    rows = [
        (translator.row(pair.source, "source"), translator.row(pair.target, "target"))
        for pair in pairs
    ]
    known = [place for place, row in enumerate(rows) if None not in row]
    sources = translator.space.vectors("source")[[rows[place][0] for place in known]]
    targets = translator.space.vectors("target")[[rows[place][1] for place in known]]
    # shape: (known pairs,)
    cosines = (sources * targets).sum(axis=1)
    # shape: (known pairs,)
    scores = np.array([pairs[place].score for place in known])
    is_defined = len(set(scores.tolist())) > 1 and len(set(cosines.tolist())) > 1
    return {
        "pairs": len(known),
        "coverage": len(known) / max(len(pairs), 1),
        "spearman": float(spearmanr(cosines, scores)[0]) if is_defined else None,
    }


def _judged_pair(fields: List[str], place: str) -> JudgedPair:
    if len(fields) != 3 or not fields[0] or not fields[1]:
        raise ConfigurationError(
            f"{place}: {len(fields)} fields, but a source word, a target word and a score are "
            "expected, parted by tabs or, if no word has a space, by spaces."
        )
    try:
        score = float(fields[2])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise ConfigurationError(
            f"{place}: the score {excerpt(fields[2])!r} is not a finite number."
        )
    return JudgedPair(fields[0], fields[1], score)
