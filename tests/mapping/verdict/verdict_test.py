import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.nearest import Neighbours
from xner_allennlp.mapping.verdict.verdict import frequency_agreement


def translations(rows: np.ndarray) -> Translations:
    """With these first translations; the second ones must not matter."""
    best = torch.as_tensor(rows)
    both = torch.stack([best, best.flip(0)], dim=1)
    return Translations(Neighbours(torch.zeros(both.shape), both), None, torch.ones(len(best)))


def test_one_for_the_identity_and_whatever_keeps_the_order() -> None:
    assert frequency_agreement(translations(np.arange(50)), 50) == pytest.approx(1.0)
    assert frequency_agreement(translations(np.arange(50) ** 2), 50) == pytest.approx(1.0)
    assert frequency_agreement(translations(np.arange(50)[::-1].copy()), 50) == pytest.approx(-1.0)


def test_about_zero_for_random_translations() -> None:
    rng = np.random.default_rng(0)
    values = [
        frequency_agreement(translations(rng.integers(5000, size=2000)), 2000) for _ in range(20)
    ]
    assert abs(np.mean(values)) < 0.02
    assert np.abs(values).max() < 0.1


def test_zero_for_one_hub() -> None:
    assert frequency_agreement(translations(np.full(30, 7)), 30) == 0.0
    assert frequency_agreement(translations(np.array([3])), 30) == 0.0


def test_ties_are_those_of_spearman() -> None:
    rows = np.array([0, 3, 3, 1, 9, 9, 9, 2])
    ranks = [1, 4.5, 4.5, 2, 7, 7, 7, 3]
    expected = np.corrcoef(np.arange(8), ranks)[0, 1]
    assert frequency_agreement(translations(rows), 8) == pytest.approx(expected)


def test_only_so_many_words_count() -> None:
    rows = np.concatenate([np.arange(40), np.random.default_rng(1).integers(400, size=400)])
    assert frequency_agreement(translations(rows), 40) == pytest.approx(1.0)
    assert frequency_agreement(translations(rows), 440) < 0.5
    expected = spearmanr(range(60), rows[:60])[0]
    assert frequency_agreement(translations(rows), 60) == pytest.approx(expected)
