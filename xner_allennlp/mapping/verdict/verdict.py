"""
The verdict on a mapping: one statement, "works", "doubtful" or "failed", from the evidence
(`evidence.py`). Only "failed" stops a command.

Known pairs of the user's dictionary decide alone. Without a dictionary, the words that the mapping
has not seen make a right mapping more or less probable, by a logistic regression that was fitted to
mappings right and wrong on purpose: docs/mapping.md has the error rates on other pairs. Whether a
vector belongs to its word only words written alike know.
"""

import math
from typing import AbstractSet, Any, Dict, NamedTuple, Optional

import numpy as np

from xner_allennlp.mapping.dictionary import equal_words
from xner_allennlp.mapping.mapping import LANGUAGES, Mapping
from xner_allennlp.mapping.normalization import apply_normalization
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.verdict.evidence import (
    Precision,
    UnseenWords,
    precision_of_known_words,
    unseen_words,
)
from xner_allennlp.vectors import WordVectors

WORKS, DOUBTFUL, FAILED = "works", "doubtful", "failed"

# More most frequent words of a language would take long, and tell nothing more.
_WORDS = 20_000
# Precision@1: of a mapping that is of use, and of one that is not.
_USEFUL, _USELESS = 0.1, 0.02
# Fewer words written alike say nothing.
_FEWEST_ALIKE = 50
# The log odds that precision@1 is above 0.05: a constant, and the weight of the logarithm of the
# excess of words not seen. `python benchmarks/verdict.py --fit` fits them.
_CONSTANT, _WEIGHT = 9.07, 1.92
# Beside an excess, which may be 0.
_SMALL = 0.002
# Of that probability, for a mapping that works; 1 less it for one that has failed.
_SURE = 0.9


class Verdict(NamedTuple):
    """
    # Parameters

    unseen : `UnseenWords`
        Of words that the mapping has not seen.
    dictionary : `Precision`, optional
        Of the words of the user's dictionary that were held out.
    alike : `Precision`, optional
        Of the words written alike that the mapping did not start from.
    from_dictionary : `bool`, optional (default = `False`)
        Whether the mapping was learned from the user's dictionary, and so is not refused without
        known words that say so.
    """

    unseen: UnseenWords
    dictionary: Optional[Precision] = None
    alike: Optional[Precision] = None
    from_dictionary: bool = False

    @property
    def statement(self) -> str:
        """`"works"`, `"doubtful"` or `"failed"`."""
        if self.dictionary is not None:
            least, most = self.dictionary.interval
            return WORKS if least >= _USEFUL else FAILED if most < _USELESS else DOUBTFUL
        statement = self._guess()
        return DOUBTFUL if statement == FAILED and self.from_dictionary else statement

    @property
    def probability(self) -> float:
        """That precision@1 is above 0.05, by the words that the mapping has not seen alone."""
        log_odds = _CONSTANT + _WEIGHT * log_excess(self.unseen)
        return 1 / (1 + math.exp(-log_odds))

    def _guess(self) -> str:
        """The statement without known pairs of a dictionary."""
        alike = self.alike
        if alike is not None and alike.words >= _FEWEST_ALIKE and alike.interval[1] < _USELESS:
            return FAILED
        if self.probability < 1 - _SURE:
            return FAILED
        return WORKS if self.probability >= _SURE else DOUBTFUL

    @property
    def summary(self) -> str:
        """The statement with the numbers behind it, in one line."""
        numbers = [
            f"{name}: precision@1 {precision.value:.3f} ({precision.interval[0]:.3f} to "
            f"{precision.interval[1]:.3f}) of {precision.words}"
            for name, precision in (
                ("held-out words of the dictionary", self.dictionary),
                ("words written alike", self.alike),
            )
            if precision is not None
        ]
        numbers.append(
            f"words not seen: right with a probability of {self.probability:.3f}, as "
            f"{self.unseen.agreement:.3f} of {self.unseen.words} are translated alike by both "
            f"halves of the axes, {self.unseen.neighbours_agreement:.3f} like their neighbours"
        )
        return f"{self.statement} ({'; '.join(numbers)})"

    def as_dict(self) -> Dict[str, Any]:
        """For `metrics.json`."""
        return {
            "statement": self.statement,
            "summary": self.summary,
            "held_out_agreement": self.unseen.agreement,
            "neighbours_agreement": self.unseen.neighbours_agreement,
            "probability": self.probability,
            **{
                name: None
                if precision is None
                else {
                    "precision_at_1": precision.value,
                    "interval": list(precision.interval),
                    "words": precision.words,
                }
                for name, precision in (("dictionary", self.dictionary), ("alike", self.alike))
            },
        }


def log_excess(unseen: UnseenWords) -> float:
    """What the regression weighs."""
    return math.log(unseen.excess + _SMALL)


def judge(
    mapping: Mapping,
    source: WordVectors,
    target: WordVectors,
    *,
    dictionary: Optional[np.ndarray] = None,
    learned_from: AbstractSet[str] = frozenset(),
    neighbours: int = 10,
    device: str = "cpu",
    from_dictionary: bool = False,
) -> Verdict:
    """
    # Parameters

    mapping : `Mapping`
    source, target : `WordVectors`
        As read; their 20,000 most frequent words are looked at.
    dictionary : `np.ndarray`, optional
        (source row, target row) of the user's pairs that the mapping was not learned from,
        shape: (pairs, 2); `None` where there is no dictionary.
    learned_from : `AbstractSet[str]`, optional
        The source words that the mapping was learned from.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    device : `str`, optional (default = `"cpu"`)
    from_dictionary : `bool`, optional (default = `False`)
        Whether the mapping was learned from a dictionary.
    """
    sides = {"source": source, "target": target}
    rows, spaces = {}, {}
    for language in LANGUAGES:
        matrix = sides[language].matrix
        # shape: (n,)
        rows[language] = np.flatnonzero(matrix.any(axis=1))[:_WORDS]
        # shape: (n, d)
        spaces[language] = apply_normalization(
            matrix[rows[language]], mapping.normalize, mapping.means[language]
        )
    mapped_language, fixed_language = mapping.direction.split("_to_")
    mapped, fixed = spaces[mapped_language], spaces[fixed_language]
    translations = TranslationSearch(mapped, fixed, neighbours=neighbours, device=device).translate(
        mapping.W, mapping.fixed_W
    )

    def precision(pairs: np.ndarray) -> Optional[Precision]:
        places = []
        for column, language in enumerate(LANGUAGES):
            place = np.full(len(sides[language]), -1)
            place[rows[language]] = np.arange(len(rows[language]))
            # shape: (pairs,)
            places.append(place[pairs[:, column]])
        # shape: (known pairs, 2)
        known = np.stack(places, axis=1)[np.min(places, axis=0) >= 0]
        if mapped_language == "target":
            known = known[:, ::-1]
        return precision_of_known_words(translations, known)

    alike = [
        pair
        for pair in equal_words(source.words, target.words)
        if source.words[pair[0]] not in learned_from
    ]
    return Verdict(
        unseen_words(mapped, fixed, translations, neighbours=neighbours),
        None if dictionary is None else precision(dictionary),
        precision(np.array(alike, dtype=np.int64).reshape(-1, 2)),
        from_dictionary=from_dictionary,
    )
