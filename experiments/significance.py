"""
Approximate randomisation over sentences (Noreen 1989; Yeh 2000): is the difference of two systems'
F1 larger than what exchanging their outputs, sentence by sentence and at random, gives?

A sentence is exchanged for all seeds at once, and the statistic is the difference of the mean F1
over seeds: sentences are the sample, the trained models are taken as they are. `scipy`'s
`permutation_test` (used as an oracle in the tests) would call the statistic on permuted copies of
all counts; here a batch of shuffles is one matrix product.
"""

from typing import List, NamedTuple, Sequence

import numpy as np

SHUFFLES = 10_000
SEED = 13370
_AT_A_TIME = 500  # shuffles, so that memory stays small


class Randomisation(NamedTuple):
    """`difference` of mean F1 in percent points, and the two-sided `p_value`."""

    difference: float
    p_value: float


def approximate_randomisation(
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    *,
    shuffles: int = SHUFFLES,
    seed: int = SEED,
) -> Randomisation:
    """
    # Parameters

    first, second : `Sequence[np.ndarray]`
        For each seed a system's correct, predicted and gold entities by sentence, of shape
        (sentences, 3); the same seeds and sentences of both systems.
    shuffles : `int`, optional (default = `10000`)
    seed : `int`, optional (default = `13370`)
        Of the shuffles.

    # Returns

    `Randomisation`
        The p-value counts the observed outputs as one of the shuffles, so it is never 0.

    # Raises

    `ValueError`
        If the systems have not the same sentences and number of seeds.
    """
    # shape (each): (seeds, sentences, 3)
    ours, theirs = np.stack(first).astype(float), np.stack(second).astype(float)
    if ours.shape != theirs.shape:
        raise ValueError(f"counts of shape {ours.shape} and {theirs.shape} cannot be compared")
    observed = f1_difference(ours.sum(axis=1), theirs.sum(axis=1))
    num_seeds, num_sentences, _ = ours.shape
    # What a system gains when a sentence is exchanged, shape: (sentences, seeds * 3)
    gain = (theirs - ours).transpose(1, 0, 2).reshape(num_sentences, -1)
    rng = np.random.default_rng(seed)
    extreme = 0
    for done in range(0, shuffles, _AT_A_TIME):
        number = min(_AT_A_TIME, shuffles - done)
        exchanged = rng.integers(0, 2, size=(number, num_sentences)).astype(float)
        moved = (exchanged @ gain).reshape(number, num_seeds, 3)
        differences = f1_difference(ours.sum(axis=1) + moved, theirs.sum(axis=1) - moved)
        # What is equal but for rounding counts as equal.
        extreme += int((np.abs(differences) >= abs(observed) - 1e-9).sum())
    return Randomisation(float(observed), (extreme + 1) / (shuffles + 1))


def f1_difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """
    The difference of the mean F1, in percent points.

    # Parameters

    first, second : `np.ndarray`
        Correct, predicted and gold entities, shape: (..., seeds, 3)

    # Returns

    `np.ndarray`
        shape: (...)
    """
    # shape (each): (..., seeds)
    ours, theirs = (
        200 * counts[..., 0] / np.maximum(counts[..., 1] + counts[..., 2], 1)
        for counts in (first, second)
    )
    return (ours - theirs).mean(axis=-1)


def holm(p_values: Sequence[float]) -> List[float]:
    """Holm's (1979) step-down correction of p-values that are looked at together."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
