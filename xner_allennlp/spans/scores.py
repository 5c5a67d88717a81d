"""
The scores that are reported at the end: seqeval's, in its default mode and on IOB2 tags, where it
counts as conlleval does. During training the faster `conll_f1` counts the same.
"""

from typing import Dict, List, NamedTuple, Sequence

from seqeval.metrics.sequence_labeling import precision_recall_fscore_support

from xner_allennlp.spans.tag_schemes import to_iob2


class EntityScore(NamedTuple):
    """Each in [0, 1], 0 where it is undefined; `support` is the number of gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


class TagScores(NamedTuple):
    """The score of all entities (micro-averaged), and of each type in gold or predictions."""

    overall: EntityScore
    types: Dict[str, EntityScore]


def score_tags(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> TagScores:
    """
    Scores the predicted entities of sentences against the gold ones. An entity is right if its
    type and its borders are.

    # Parameters

    gold, predicted : `Sequence[Sequence[str]]`
        The tags of each sentence, of any scheme that `to_iob2` reads.

    # Raises

    `ValueError`
        If the sentences are not as many or as long.
    """
    tags = [[to_iob2(sentence) for sentence in side] for side in (gold, predicted)]
    names = sorted({tag[2:] for side in tags for sentence in side for tag in sentence} - {""})
    if not names:
        return TagScores(EntityScore(0.0, 0.0, 0.0, 0), {})
    by_type = precision_recall_fscore_support(*tags, average=None, zero_division=0)
    overall = precision_recall_fscore_support(*tags, average="micro", zero_division=0)
    types = {name: _score(row) for name, row in zip(names, zip(*by_type))}
    return TagScores(_score(overall), types)


def _score(row: Sequence[float]) -> EntityScore:
    # Plain numbers, which JSON can hold.
    numbers: List[float] = [float(value) for value in row[:3]]
    return EntityScore(numbers[0], numbers[1], numbers[2], int(row[3]))
