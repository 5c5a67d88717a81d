"""
Refinement of a mapping (Algorithm 1, after the adversarial training; eq. 5): induce a dictionary
with CSLS under the present mapping, solve Procrustes on it, and again.
"""

import logging
from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np

from xner_allennlp.mapping.dictionary import induce_dictionary
from xner_allennlp.mapping.procrustes import procrustes

logger = logging.getLogger(__name__)


class RefinementResult(NamedTuple):
    """
    W : `np.ndarray`
        The best mapping by the criterion, the one given included, shape: (d, d).
    criterion : `float`
        Its criterion.
    iterations : `List[Dict[str, Any]]`
        Of every iteration: the size of the dictionary and the criterion after it.
    """

    W: np.ndarray
    criterion: float
    iterations: List[Dict[str, Any]]


def refine(
    W: np.ndarray,
    mapped: np.ndarray,
    fixed: np.ndarray,
    *,
    criterion: Callable[[np.ndarray], float],
    iterations: int = 5,
    vocabulary: int = 15_000,
    neighbours: int = 10,
    mutual: bool = True,
) -> RefinementResult:
    """
    # Parameters

    W : `np.ndarray`
        Where to start, shape: (d, d).
    mapped : `np.ndarray`
        Vectors of the language that moves, most frequent words first, shape: (n, d).
    fixed : `np.ndarray`
        Vectors of the language that stays, shape: (m, d).
    criterion : `Callable[[np.ndarray], float]`
        Chooses the mapping that is returned; the larger, the better.
    iterations : `int`, optional (default = `5`)
    vocabulary : `int`, optional (default = `15000`)
        Dictionaries are induced among so many most frequent words of either language.
    neighbours, mutual
        See [`induce_dictionary`](./dictionary.md#induce_dictionary).
    """
    mapped, fixed = mapped[:vocabulary], fixed[:vocabulary]  # shapes: (n', d), (m', d)
    best_W, best = W, criterion(W)
    logger.info("refinement starts from criterion %.4f", best)
    history: List[Dict[str, Any]] = []
    for iteration in range(1, iterations + 1):
        pairs = induce_dictionary(mapped @ W.T, fixed, neighbours=neighbours, mutual=mutual)
        if not len(pairs):
            logger.warning("refinement %d: no mutual translations left, stopped.", iteration)
            break
        W = procrustes(mapped[pairs[:, 0]], fixed[pairs[:, 1]])  # shape: (d, d)
        value = criterion(W)
        logger.info(
            "refinement %d: dictionary of %d pairs, criterion %.4f", iteration, len(pairs), value
        )
        history.append({"iteration": iteration, "dictionary_size": len(pairs), "criterion": value})
        if value > best:
            best_W, best = W, value
    return RefinementResult(best_W, best, history)
