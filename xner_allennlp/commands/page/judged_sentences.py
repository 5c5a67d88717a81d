"""What is right and what is wrong of the predicted entities of a sentence."""

from typing import List, NamedTuple, Optional, Sequence

from xner_allennlp.spans import EntitySpan

RIGHT = "right"
WRONG_TYPE = "wrong type"
WRONG_BORDERS = "wrong borders"
WRONG_BOTH = "wrong type and borders"
SPURIOUS = "spurious"
MISSED = "missed"
# What a page shows first.
VERDICTS = (RIGHT, WRONG_TYPE, WRONG_BORDERS, WRONG_BOTH, SPURIOUS, MISSED)


class JudgedSpan(NamedTuple):
    """An entity of gold or of the predictions, its verdict, and the model's probability of it
    (`None` for gold)."""

    span: EntitySpan
    verdict: str
    probability: Optional[float]


class JudgedSentence(NamedTuple):
    """
    # Parameters

    number : `int`
        In the file, from 1.
    words : `List[str]`
    gold, predicted : `List[JudgedSpan]`
        From left to right. A gold entity that shares words with a prediction has its verdict.
    """

    number: int
    words: List[str]
    gold: List[JudgedSpan]
    predicted: List[JudgedSpan]

    @property
    def types(self) -> List[str]:
        """Of gold and predicted entities, in alphabetical order."""
        return sorted({each.span.type for each in (*self.gold, *self.predicted)})

    @property
    def errors(self) -> int:
        """Predictions that are wrong, and gold entities that were missed."""
        return sum(each.verdict != RIGHT for each in self.predicted) + sum(
            each.verdict == MISSED for each in self.gold
        )


def judge(
    number: int,
    words: Sequence[str],
    gold: Sequence[EntitySpan],
    predicted: Sequence[EntitySpan],
    probabilities: Sequence[float],
) -> JudgedSentence:
    """
    Compares a sentence's predicted entities with its gold ones. Right by conlleval's rule: type and
    borders; what is wrong is judged by the other side's entities that share words with it.
    """
    return JudgedSentence(
        number,
        list(words),
        [JudgedSpan(span, _verdict(span, predicted, MISSED), None) for span in gold],
        [
            JudgedSpan(span, _verdict(span, gold, SPURIOUS), probability)
            for span, probability in zip(predicted, probabilities)
        ],
    )


def _verdict(span: EntitySpan, others: Sequence[EntitySpan], alone: str) -> str:
    overlapping = [each for each in others if each.start < span.end and span.start < each.end]
    if not overlapping:
        return alone
    if span in overlapping:
        return RIGHT
    if any((each.start, each.end) == (span.start, span.end) for each in overlapping):
        return WRONG_TYPE
    if any(each.type == span.type for each in overlapping):
        return WRONG_BORDERS
    return WRONG_BOTH
