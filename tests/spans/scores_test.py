import random
from typing import List

import pytest
import torch
from allennlp.data import Vocabulary
from seqeval.metrics import classification_report

from xner_allennlp.spans import to_iob2
from xner_allennlp.spans.conll_f1 import ConllF1
from xner_allennlp.spans.scores import EntityScore, score_tags


def random_sentences(prefixes: str, number: int, seed: int) -> "tuple[List[List[str]], ...]":
    """Gold and predicted tags, ill-formed ones among them."""
    rng = random.Random(seed)
    tags = ["O", "O"] + [
        f"{prefix}-{name}" for prefix in prefixes for name in ("LOC", "A-B", "PER")
    ]
    gold = [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(number)]
    predicted = [[t if rng.random() < 0.6 else rng.choice(tags) for t in each] for each in gold]
    return gold, predicted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("prefixes", ["BI", "BIUL"])
def test_equal_to_the_counter_of_the_training_loop(prefixes: str, seed: int) -> None:
    gold, predicted = random_sentences(prefixes, 80, seed)
    vocabulary = Vocabulary()
    for side in (gold, predicted):
        for tag in sorted({tag for sentence in side for tag in sentence}):
            vocabulary.add_token_to_namespace(tag, "labels")
    metric = ConllF1(vocabulary)
    for one, other in zip(gold, predicted):
        ids = [
            torch.tensor([[vocabulary.get_token_index(tag, "labels") for tag in tags]])
            for tags in (other, one)
        ]
        metric(*ids)
    counted = metric.get_metric()
    scores = score_tags(gold, predicted)
    found = {"": scores.overall, **{f"_{name}": score for name, score in scores.types.items()}}
    assert set(found) == {"", "_LOC", "_A-B", "_PER"}
    for suffix, score in found.items():
        for name in ("precision", "recall", "f1"):
            assert getattr(score, name) == pytest.approx(counted[f"{name}{suffix}"], abs=1e-12)


def test_equal_to_the_report_of_seqeval() -> None:
    gold, predicted = random_sentences("BI", 50, 9)
    report = classification_report(
        [to_iob2(tags) for tags in gold], [to_iob2(tags) for tags in predicted], output_dict=True
    )
    scores = score_tags(gold, predicted)
    for name, score in {"micro avg": scores.overall, **scores.types}.items():
        assert score == pytest.approx(tuple(report[name].values()))


def test_nothing_there() -> None:
    nothing = EntityScore(0.0, 0.0, 0.0, 0)
    assert score_tags([], []) == score_tags([["O"]], [["O"]]) == (nothing, {})
    scores = score_tags([["U-LOC", "O"]], [["O", "O"]])
    assert scores.overall == scores.types["LOC"] == EntityScore(0.0, 0.0, 0.0, 1)
    # Plain numbers: JSON can hold them.
    assert type(scores.overall.f1) is float and type(scores.overall.support) is int


def test_other_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="inconsistent"):
        score_tags([["B-LOC"]], [["O"], ["O"]])
