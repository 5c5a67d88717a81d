"""
A control of the mapping: what the same search finds where there is nothing to be found.

The control language has the other language's vectors with the sign of every principal component of
every word drawn anew. Lengths, covariance, the order of words and each component's distribution
stay as they are; which components go together in a word, and so the meaning, is gone. A mapping
that means something reaches a clearly higher criterion on the true words than the search reaches on
these; one that only fits noise to noise does not, though it may well have the higher
[`frequency_agreement`](./verdict.md#frequency_agreement).

It is a severe judge: between languages as far apart as English and Finnish or Arabic, and vectors
of little text, even a mapping learned from a dictionary is hardly above its control.
"""

import logging
from typing import NamedTuple

import numpy as np

from xner_allennlp.mapping.refinement.refinement import Refinement, RefinementOptions
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts import OptimalTransport, StartInput

logger = logging.getLogger(__name__)

# Few are enough to tell, and cost seconds.
_WORDS = 2500
_START = OptimalTransport(restarts=1, iterations=10)
_REFINEMENT = RefinementOptions(iterations=8, build="S2T&T2S", max_rank=None, power=0.25)


class Control(NamedTuple):
    """
    criterion : `float`
        Of the mapping, refined on the most frequent words alone.
    control_criterion : `float`
        Of the control, refined in the same way.
    """

    criterion: float
    control_criterion: float

    @property
    def gain(self) -> float:
        """The part by which the criterion is above the control's."""
        return self.criterion / self.control_criterion - 1


def compare_with_control(
    mapped: np.ndarray,
    fixed: np.ndarray,
    W: np.ndarray,
    *,
    neighbours: int = 10,
    seed: int,
    device: str = "cpu",
) -> Control:
    """
    Searches for a mapping of words without meaning, and refines it and the one in question.

    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors of both languages, most frequent words first, shapes: (n, d) and (m, d).
    W : `np.ndarray`
        The orthogonal mapping in question, shape: (d, d).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    seed : `int`
        Of the words without meaning, and of the search.
    device : `str`, optional (default = `"cpu"`)
    """
    mapped, fixed = mapped[:_WORDS], fixed[:_WORDS]
    nonsense = without_meaning(fixed, seed=seed)  # shape: (m', d)
    logger.info("control: the search for a mapping of words without meaning.")
    start = _START.find(StartInput(mapped, nonsense, seed=seed, device=device))
    control = Control(
        criterion=_refined_criterion(mapped, fixed, W, neighbours, device),
        control_criterion=_refined_criterion(mapped, nonsense, start.W, neighbours, device),
    )
    logger.info(
        "control: criterion %.4f on the %d most frequent words, %.4f without meaning (%+.1f %%).",
        control.criterion,
        len(mapped),
        control.control_criterion,
        100 * control.gain,
    )
    return control


def without_meaning(vectors: np.ndarray, *, seed: int) -> np.ndarray:
    """
    The control language's vectors: random signs of the principal components of every word.

    # Parameters

    vectors : `np.ndarray`
        shape: (n, d).

    # Returns

    `np.ndarray`
        float32, shape: (n, d).
    """
    mean = vectors.mean(axis=0)  # shape: (d,)
    axes = np.linalg.svd(vectors - mean, full_matrices=False)[2]  # shape: (min(n, d), d)
    components = (vectors - mean) @ axes.T  # shape: (n, min(n, d))
    signs = np.random.default_rng(seed).choice(np.array([-1, 1]), size=components.shape)
    return ((components * signs) @ axes + mean).astype(np.float32)  # shape: (n, d)


def _refined_criterion(
    mapped: np.ndarray, fixed: np.ndarray, W: np.ndarray, neighbours: int, device: str
) -> float:
    search = TranslationSearch(mapped, fixed, neighbours=neighbours, device=device)
    return Refinement(mapped, fixed, search=search, options=_REFINEMENT).refine(W).criterion
