from typing import List, Tuple

import pytest

from xner_allennlp.commands.page import judge
from xner_allennlp.spans import EntitySpan

GOLD = EntitySpan("LOC", 1, 3)


@pytest.mark.parametrize(
    "predicted, verdicts, of_gold, errors",
    [
        ([("LOC", 1, 3)], ["right"], "right", 0),
        ([("PER", 1, 3)], ["wrong type"], "wrong type", 1),
        ([("LOC", 1, 2)], ["wrong borders"], "wrong borders", 1),
        ([("PER", 2, 4)], ["wrong type and borders"], "wrong type and borders", 1),
        ([("LOC", 4, 5)], ["spurious"], "missed", 2),
        ([], [], "missed", 1),
        # Two predictions in one entity are two errors.
        ([("LOC", 1, 2), ("PER", 2, 3)], ["wrong borders", "wrong type and borders"], None, 2),
    ],
)
def test_verdicts(
    predicted: List[Tuple[str, int, int]], verdicts: List[str], of_gold: str, errors: int
) -> None:
    spans = [EntitySpan(*each) for each in predicted]
    sentence = judge(7, ["w"] * 5, [GOLD], spans, [0.5] * len(spans))
    assert [each.verdict for each in sentence.predicted] == verdicts
    assert [each.probability for each in sentence.predicted] == [0.5] * len(spans)
    assert sentence.gold[0].verdict == (of_gold or "wrong borders")
    assert sentence.gold[0].probability is None
    assert sentence.errors == errors
    assert sentence.number == 7
