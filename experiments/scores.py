"""
Scores of predictions, recomputed from the tags by seqeval, and their spread over seeds.
"""

from dataclasses import dataclass
from typing import NamedTuple, Optional, Sequence

import numpy as np
import pandas as pd

from experiments.tagged_file import TaggedSentence
from xner_allennlp.spans import entity_spans
from xner_allennlp.spans.scores import EntityScore, score_tags

ALL_TYPES = "all"


class FileScores(NamedTuple):
    """
    # Parameters

    by_type : `pd.DataFrame`
        Precision, recall and F1 in percent, and `support`, the number of gold entities. The first
        row, "all", is of all entities (micro-averaged), the others are of a type each.
    per_sentence : `np.ndarray`
        Correct, predicted and gold entities, shape: (num_sentences, 3)
    """

    by_type: pd.DataFrame
    per_sentence: np.ndarray

    @property
    def f1(self) -> float:
        """Of all entities, in percent."""
        return float(self.by_type["f1"].iloc[0])


def score_file(sentences: Sequence[TaggedSentence]) -> FileScores:
    """Scores by conlleval's rule: an entity is right if its type and borders are."""
    scores = score_tags([each.gold for each in sentences], [each.predicted for each in sentences])
    by_type = pd.DataFrame(
        [scores.overall, *scores.types.values()],
        index=[ALL_TYPES, *scores.types],
        columns=EntityScore._fields,
    )
    by_type[["precision", "recall", "f1"]] *= 100
    counts = []
    for sentence in sentences:
        gold, predicted = set(entity_spans(sentence.gold)), set(entity_spans(sentence.predicted))
        counts.append((len(gold & predicted), len(predicted), len(gold)))
    return FileScores(by_type, np.array(counts))


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
        series = pd.Series(values)
        deviation = float(series.std()) if len(series) > 1 else None
        return cls(float(series.mean()), deviation, float(series.max()), len(series))

    def __str__(self) -> str:
        if self.deviation is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} ± {self.deviation:.2f}"
