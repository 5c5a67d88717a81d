import itertools
from typing import List

import numpy as np
import pytest
from scipy.stats import permutation_test

from experiments.significance import approximate_randomisation, f1_difference, holm


def random_counts(rng: np.random.Generator, seeds: int, sentences: int) -> List[np.ndarray]:
    gold = rng.integers(0, 3, size=sentences)
    counts = []
    for _ in range(seeds):
        predicted = rng.integers(0, 3, size=sentences)
        correct = np.minimum(rng.integers(0, 3, size=sentences), np.minimum(predicted, gold))
        counts.append(np.stack([correct, predicted, gold], axis=1))
    return counts


def exhaustive(first: List[np.ndarray], second: List[np.ndarray]) -> float:
    """The share of all ways to exchange sentences that differ at least as much."""
    ours, theirs = np.stack(first), np.stack(second)
    observed = abs(f1_difference(ours.sum(axis=1), theirs.sum(axis=1)))
    extreme = []
    for exchanged in itertools.product([False, True], repeat=ours.shape[1]):
        chosen = np.array(exchanged)[None, :, None]
        a, b = np.where(chosen, theirs, ours), np.where(chosen, ours, theirs)
        difference = f1_difference(a.sum(axis=1), b.sum(axis=1))
        extreme.append(abs(difference) >= observed - 1e-9)
    return float(np.mean(extreme))


@pytest.mark.parametrize("seed, num_seeds", [(0, 1), (1, 1), (2, 3), (3, 2)])
def test_equal_to_exhaustive_enumeration(seed: int, num_seeds: int) -> None:
    rng = np.random.default_rng(seed)
    gold_of = random_counts(rng, 2 * num_seeds, 9)
    first, second = gold_of[:num_seeds], gold_of[num_seeds:]
    result = approximate_randomisation(first, second, shuffles=20_000, seed=seed)
    # Four standard errors of the estimate.
    expected = exhaustive(first, second)
    tolerance = 4 * (expected * (1 - expected) / 20_000) ** 0.5 + 1e-4
    assert result.p_value == pytest.approx(expected, abs=tolerance)


def test_equal_to_scipy() -> None:
    rng = np.random.default_rng(5)
    first, second = random_counts(rng, 2, 40)

    def statistic(ours: np.ndarray, theirs: np.ndarray, axis: int = -1) -> np.ndarray:
        # The samples are numbers of rows: those from 40 on are the second system's.
        rows = np.concatenate([first, second])
        sums = [
            rows[np.moveaxis(each, axis, -1).astype(int)].sum(axis=-2) for each in (ours, theirs)
        ]
        return f1_difference(sums[0][..., None, :], sums[1][..., None, :])

    oracle = permutation_test(
        (np.arange(40), np.arange(40, 80)),
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
    )
    result = approximate_randomisation([first], [second], shuffles=20_000)
    assert result.difference == pytest.approx(oracle.statistic)
    assert result.p_value == pytest.approx(oracle.pvalue, abs=0.015)


def test_clear_cases() -> None:
    gold = np.ones(60, dtype=int)
    perfect = np.stack([gold, gold, gold], axis=1)
    half = np.stack([np.arange(60) % 2, gold, gold], axis=1)
    better = approximate_randomisation([perfect], [half], shuffles=999)
    assert better.difference == 50
    assert better.p_value == 1 / 1000  # never 0: the observed outputs are one of the shuffles
    same = approximate_randomisation([half], [half], shuffles=999)
    assert same == (0.0, 1.0)
    # The same seed gives the same p-value, and both directions do.
    one = approximate_randomisation([half], [perfect], shuffles=999)
    assert one.difference == -50 and one.p_value == better.p_value


def test_other_sentences_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="cannot be compared"):
        approximate_randomisation(random_counts(rng, 1, 5), random_counts(rng, 1, 6))


def test_holm() -> None:
    # Holm (1979): sorted p-values times 4, 3, 2, 1, never falling, at most 1.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
