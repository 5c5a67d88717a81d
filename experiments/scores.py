"""
Scores of predictions, recomputed from the tags: entities counted by conlleval's rule (as the metric
`conll_f1` does, with the same entity finder), and their spread over seeds.
"""

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from experiments.tagged_file import TaggedFile
from xner_allennlp.spans import EntityFinder


class Score(NamedTuple):
    """Percent, 0 where undefined, as conlleval prints; `support` is the number of gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class EntityCounts:
    """
    How many entities of each type each sentence has, and how many of them were found.

    # Parameters

    types : `List[str]`
    correct, predicted, gold : `np.ndarray`
        shape: (sentences, types)
    """

    types: List[str]
    correct: np.ndarray
    predicted: np.ndarray
    gold: np.ndarray

    def score(self, entity_type: Optional[str] = None) -> Score:
        """Of all entities (micro-averaged), or of those of one type."""
        if entity_type is None:
            chosen = list(range(len(self.types)))
        else:
            chosen = [place for place, name in enumerate(self.types) if name == entity_type]
        correct, predicted, gold = (
            int(counts[:, chosen].sum()) for counts in (self.correct, self.predicted, self.gold)
        )
        return Score(
            100 * correct / predicted if predicted else 0.0,
            100 * correct / gold if gold else 0.0,
            200 * correct / (predicted + gold) if correct else 0.0,
            gold,
        )

    def per_sentence(self) -> np.ndarray:
        """Correct, predicted and gold entities of all types, shape: (sentences, 3)"""
        return np.stack(
            [counts.sum(axis=1) for counts in (self.correct, self.predicted, self.gold)], axis=1
        )


def count_entities(file: TaggedFile) -> EntityCounts:
    """Counts entities by conlleval's rule: right are those of the right type and borders."""
    finder = EntityFinder(dict(enumerate(file.tags)))
    gold = finder.find(file.gold, file.lengths)
    predicted = finder.find(file.predicted, file.lengths)
    # Entities of one file never start at the same token.
    _, of_predicted, of_gold = np.intersect1d(
        predicted.start, gold.start, assume_unique=True, return_indices=True
    )
    is_correct = predicted.end[of_predicted] == gold.end[of_gold]
    is_correct &= predicted.type[of_predicted] == gold.type[of_gold]
    right = of_gold[is_correct]
    ends = np.cumsum(file.lengths)

    def table(start: np.ndarray, entity_type: np.ndarray) -> np.ndarray:
        counts = np.zeros((len(ends), len(finder.types)), dtype=np.int64)
        np.add.at(counts, (np.searchsorted(ends, start, side="right"), entity_type), 1)
        return counts

    return EntityCounts(
        finder.types,
        table(gold.start[right], gold.type[right]),
        table(predicted.start, predicted.type),
        table(gold.start, gold.type),
    )


@dataclass(frozen=True)
class Spread:
    """
    Values over seeds: their mean, sample standard deviation (`n - 1` in the denominator; `None` of
    one value), maximum and number. Of printed ones the latter three may be unknown.
    """

    mean: float
    deviation: Optional[float] = None
    maximum: Optional[float] = None
    number: Optional[int] = None

    @classmethod
    def of(cls, values: Sequence[float]) -> Optional["Spread"]:
        """`None` if there are no values."""
        if not values:
            return None
        return cls(
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if len(values) > 1 else None,
            max(values),
            len(values),
        )

    def __str__(self) -> str:
        if self.deviation is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ± {self.deviation:.2f}"
