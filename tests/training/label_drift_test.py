"""The divergence of entity types, compared with its definition and on the same sentences."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon

from xner_allennlp.training.label_drift import Drift, LabelDrift, drift_of

NAMES = {0: "O", 1: "B-PER", 2: "I-PER", 3: "U-ORG", 4: "U-LOC"}


def test_divergence():
    generator = np.random.default_rng(5)
    for _ in range(20):
        counts = generator.integers(0, 50, size=(2, 4))
        # A type that neither has, and one that only one has.
        counts[:, 2], counts[0, 3] = 0, 0
        before, now = (dict(zip("abcd", each.tolist())) for each in counts)
        drift = drift_of(before, now)
        expected = jensenshannon(*(each / each.sum() for each in counts), base=2) ** 2
        assert drift.divergence == pytest.approx(expected)
        assert drift_of(now, before).divergence == pytest.approx(expected)


@pytest.mark.parametrize(
    "before, now, divergence",
    [
        ({"PER": 3, "ORG": 6}, {"PER": 1, "ORG": 2}, 0),
        ({"PER": 3}, {"ORG": 2}, 1),
        ({"PER": 3}, {"ORG": 0}, None),
        ({}, {"ORG": 1}, None),
    ],
)
def test_bounds(before, now, divergence):
    drift = drift_of(before, now)
    assert (drift and drift.divergence) == (
        None if divergence is None else pytest.approx(divergence)
    )


def test_the_types_that_have_moved_furthest_come_first():
    drift = Drift(0.0, {"PER": 50, "LOC": 28, "ORG": 22}, {"PER": 47, "LOC": 50, "ORG": 3})
    assert str(drift) == "LOC 28 % -> 50 %, ORG 22 % -> 3 %, PER 50 % -> 47 %"


def labels(*rows):
    return {position: np.array(row) for position, row in rows}


def test_labels_of_the_same_sentences_are_compared():
    drift = LabelDrift(NAMES)
    first = labels((0, [3, 0]), (3, [1, 2, 4]), (1, [4]), (5, [0, 0]))
    drift.start(first)
    # Other types than all sentences have, but those that these had.
    assert drift.compare(labels((3, [1, 2, 4]))) == Drift(
        0, {"PER": 1, "LOC": 1}, {"PER": 1, "LOC": 1}
    )
    moved = drift.compare(labels((1, [3]), (3, [1, 2, 4]), (5, [1, 2])))
    assert moved.before == {"LOC": 2, "PER": 1} and moved.now == {"LOC": 1, "ORG": 1, "PER": 2}
    assert moved.divergence > 0
    assert drift.compare(labels((5, [1, 2]))) is None
    assert drift.compare({}) is None
    again = LabelDrift(NAMES)
    again.load_state_dict(drift.state_dict())
    assert again.first.keys() == first.keys()
    assert again.compare(labels((1, [3]), (3, [1, 2, 4]), (5, [1, 2]))) == moved
    empty = LabelDrift(NAMES)
    empty.load_state_dict(LabelDrift(NAMES).state_dict())
    assert not empty.first
    # As an earlier version wrote it: numbers of entities, not labels.
    empty.load_state_dict({"first": torch.zeros(6, 3, dtype=torch.long)})
    assert not empty.first
