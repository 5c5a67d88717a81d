import random
from pathlib import Path
from typing import List

import pytest
from seqeval.metrics import classification_report

from experiments.scores import Spread, score_file
from experiments.tagged_file import read_tagged_file
from tests.experiments.run_folders import write_predictions

TAGS = ["O", "O", "B-LOC", "I-LOC", "B-PER", "I-PER", "B-ORG", "I-ORG"]


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_seqeval(tmp_path: Path, seed: int) -> None:
    """On random tags, stray `I-` among them."""
    rng = random.Random(seed)
    sentences = []
    for _ in range(60):
        length = rng.randint(1, 9)
        gold = [rng.choice(TAGS) for _ in range(length)]
        predicted = [tag if rng.random() < 0.6 else rng.choice(TAGS) for tag in gold]
        sentences.append((["w"] * length, gold, predicted))
    write_predictions(tmp_path / "x.conll", sentences)
    scores = score_file(read_tagged_file(tmp_path / "x.conll"))
    gold_tags: List[List[str]] = [gold for _, gold, _ in sentences]
    expected = classification_report(
        gold_tags, [predicted for _, _, predicted in sentences], output_dict=True
    )
    for name, row in (("micro avg", "all"), ("LOC", "LOC"), ("PER", "PER"), ("ORG", "ORG")):
        score = scores.by_type.loc[row]
        assert score["precision"] == pytest.approx(100 * expected[name]["precision"])
        assert score["recall"] == pytest.approx(100 * expected[name]["recall"])
        assert score["f1"] == pytest.approx(100 * expected[name]["f1-score"])
        assert score["support"] == expected[name]["support"]
    assert list(scores.by_type.index) == ["all", "LOC", "ORG", "PER"]
    assert scores.f1 == scores.by_type.loc["all", "f1"]
    correct, predicted, gold_ones = scores.per_sentence.sum(axis=0)
    assert 200 * correct / (predicted + gold_ones) == pytest.approx(scores.f1)
    # Each sentence alone gives its own row.
    for row, sentence in zip(scores.per_sentence, sentences):
        write_predictions(tmp_path / "one.conll", [sentence])
        one = score_file(read_tagged_file(tmp_path / "one.conll"))
        assert row.tolist() == one.per_sentence[0].tolist()


def test_nothing_predicted(tmp_path: Path) -> None:
    write_predictions(tmp_path / "x.conll", [(["a", "b"], ["B-LOC", "O"], ["O", "O"])])
    scores = score_file(read_tagged_file(tmp_path / "x.conll"))
    assert scores.by_type.loc["all"].tolist() == [0.0, 0.0, 0.0, 1]


def test_spread() -> None:
    assert Spread.of([]) is None
    assert Spread.of([70.0]) == Spread(70.0, None, 70.0, 1)
    spread = Spread.of([70.0, 72.0, 77.0])
    assert spread is not None
    assert (spread.mean, spread.maximum, spread.number) == (73.0, 77.0, 3)
    assert spread.deviation == pytest.approx(13**0.5)  # (9 + 1 + 16) / 2
    assert str(spread) == "73.00 ± 3.61"
    assert str(Spread.of([70.0])) == "70.00"
