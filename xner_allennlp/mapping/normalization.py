"""
Normalisation of word vectors before they are mapped.

A normalisation is a sequence of the steps `"renorm"` (every vector gets length 1) and `"center"`
(the mean vector is subtracted). The means belong to the vectors that the normalisation was fitted
on: they are kept, so that words met later are treated in the same way.

Null vectors stay null in every step: they stand for "nothing is known of this word".
"""

from typing import List, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError

STEPS = ("renorm", "center")


def check_steps(steps: Sequence[str]) -> Tuple[str, ...]:
    """
    Returns the steps as a tuple.

    # Raises

    `ConfigurationError`
        If one of them is unknown.
    """
    if isinstance(steps, str):
        steps = [step.strip() for step in steps.split(",") if step.strip()]
    for step in steps:
        if step not in STEPS:
            raise ConfigurationError(
                f"normalize: unknown step {step!r}. Choose from {', '.join(STEPS)}, for instance "
                '["renorm", "center", "renorm"], or [] for none.'
            )
    return tuple(steps)


def fit_normalization(vectors: np.ndarray, steps: Sequence[str]) -> np.ndarray:
    """
    The means that `steps` subtract from `vectors`.

    # Parameters

    vectors : `np.ndarray`
        float32, shape: (n, d).
    steps : `Sequence[str]`
        Of `"renorm"` and `"center"`.

    # Returns

    `np.ndarray`
        float32, shape: (number of `"center"` steps, d).
    """
    means: List[np.ndarray] = []
    for step in steps:
        if step == "center":
            # shape: (n,)
            known = vectors.any(axis=1)
            # shape: (d,)
            total = vectors[known].sum(axis=0, dtype=np.float64)
            # shape: (d,)
            means.append((total / max(int(known.sum()), 1)).astype(np.float32))
            # shape: (n, d)
            vectors = _center(vectors, means[-1])
        else:
            # shape: (n, d)
            vectors = unit_length(vectors)
    if not means:
        return np.zeros((0, vectors.shape[1]), dtype=np.float32)
    return np.stack(means)


def apply_normalization(vectors: np.ndarray, steps: Sequence[str], means: np.ndarray) -> np.ndarray:
    """
    Normalises `vectors` (shape: (n, d)) with the means that
    [`fit_normalization`](#fit_normalization) found.
    """
    remaining = iter(means)
    for step in steps:
        if step == "center":
            # shape: (n, d)
            vectors = _center(vectors, next(remaining))
        else:
            # shape: (n, d)
            vectors = unit_length(vectors)
    return vectors


def unit_length(vectors: np.ndarray) -> np.ndarray:
    """The vectors (shape: (n, d)) at length 1; null vectors stay null."""
    # shape: (n, 1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def _center(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    # shape: (n,)
    known = vectors.any(axis=1)
    return np.asarray(np.where(known[:, None], vectors - mean, vectors), dtype=np.float32)
