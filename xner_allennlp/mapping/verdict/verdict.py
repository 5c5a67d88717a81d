"""
The verdict on a mapping: one statement, "works", "doubtful" or "failed", from the evidence
(`evidence.py`). Only "failed" stops a command.

Known pairs of the user's dictionary decide alone. Without a dictionary, words written alike and the
words that the mapping has not seen are asked together: the former alone cannot be trusted (they may
be names and foreign words that lie apart in both spaces), and the latter do not know whether a
vector belongs to its word. The bounds were chosen on mappings right and wrong on purpose:
docs/mapping.md has the error rates.
"""

from typing import AbstractSet, Any, Dict, NamedTuple, Optional

import numpy as np

from xner_allennlp.mapping.dictionary import equal_words
from xner_allennlp.mapping.mapping import LANGUAGES, Mapping
from xner_allennlp.mapping.normalization import apply_normalization
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.verdict.evidence import (
    Precision,
    held_out_agreement,
    precision_of_known_words,
)
from xner_allennlp.vectors import WordVectors

WORKS, DOUBTFUL, FAILED = "works", "doubtful", "failed"

# More most frequent words of a language would take long, and tell nothing more.
_WORDS = 20_000
# Precision@1: of a mapping that is of use, and of one that is not.
_USEFUL, _USELESS = 0.1, 0.02
# Fewer words written alike say nothing.
_FEWEST_ALIKE = 50
# Agreement on unseen words, of a mapping that is wrong, of one that is right if words written alike
# say so, too, and of one that is right without them: good vectors bring noise up to 0.05.
_WRONG, _RIGHT, _RIGHT_ALONE = 0.015, 0.04, 0.1


class Verdict(NamedTuple):
    """
    # Parameters

    held_out_agreement : `float`
        See [`held_out_agreement`](./evidence.md#held_out_agreement).
    dictionary : `Precision`, optional
        Of the words of the user's dictionary that were held out.
    alike : `Precision`, optional
        Of the words written alike that the mapping did not start from.
    from_dictionary : `bool`, optional (default = `False`)
        Whether the mapping was learned from the user's dictionary, and so is not refused without
        known words that say so.
    """

    held_out_agreement: float
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

    def _guess(self) -> str:
        """The statement without known pairs of a dictionary."""
        agreement = self.held_out_agreement
        if agreement < _WRONG:
            return FAILED
        if self.alike is None or self.alike.words < _FEWEST_ALIKE:
            return WORKS if agreement >= _RIGHT_ALONE else DOUBTFUL
        least, most = self.alike.interval
        if most < _USELESS:
            return FAILED
        return WORKS if least >= _USEFUL and agreement >= _RIGHT else DOUBTFUL

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
            f"words not seen: {self.held_out_agreement:.3f} translated alike by both halves of the "
            "dimensions"
        )
        return f"{self.statement} ({'; '.join(numbers)})"

    def as_dict(self) -> Dict[str, Any]:
        """For `metrics.json`."""
        return {
            "statement": self.statement,
            "summary": self.summary,
            "held_out_agreement": self.held_out_agreement,
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


def judge(
    mapping: Mapping,
    source: WordVectors,
    target: WordVectors,
    *,
    dictionary: Optional[np.ndarray] = None,
    learned_from: AbstractSet[str] = frozenset(),
    neighbours: int = 10,
    device: str = "cpu",
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
        held_out_agreement(mapped, fixed, translations, neighbours=neighbours),
        None if dictionary is None else precision(dictionary),
        precision(np.array(alike, dtype=np.int64).reshape(-1, 2)),
        from_dictionary=dictionary is not None,
    )
