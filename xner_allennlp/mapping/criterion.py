"""The unsupervised criterion that chooses between mappings (Conneau et al. 2018, section 3.5)."""

from typing import Optional

import numpy as np

from xner_allennlp.mapping.csls import csls_nearest, mean_similarity
from xner_allennlp.mapping.normalization import unit_length


class MeanCslsCosine:
    """
    The mean cosine between the most frequent words of the mapped language and their translations
    by CSLS. It needs no dictionary, and follows the accuracy of the mapping closely.

    # Parameters

    mapped : `np.ndarray`
        Normalised but not yet mapped vectors of the language that moves, most frequent words first,
        shape: (n, d).
    fixed : `np.ndarray`
        Normalised vectors of the language that stays, shape: (m, d).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    num_words : `int`, optional (default = `10000`)
        How many mapped words are translated.
    vocabulary : `int`, optional
        Search only among so many most frequent words of either language (default: all). The cost
        grows with its square.
    """

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        *,
        neighbours: int = 10,
        num_words: int = 10_000,
        vocabulary: Optional[int] = None,
    ) -> None:
        self._mapped = unit_length(mapped[:vocabulary])  # shape: (n, d)
        self._fixed = unit_length(fixed[:vocabulary])  # shape: (m, d)
        self._neighbours = neighbours
        self._num_words = num_words

    def __call__(self, W: np.ndarray) -> float:
        moved = unit_length(self._mapped @ W.T)  # shape: (n, d)
        best = self._translate(moved)  # shape: (q,)
        cosines = (moved[: len(best)] * self._fixed[best]).sum(axis=1)  # shape: (q,)
        return float(cosines.mean())

    def translations(self, W: np.ndarray) -> np.ndarray:
        """The row of the translation of each of the `num_words` words, shape: (q,)."""
        return self._translate(unit_length(self._mapped @ W.T))

    def _translate(self, moved: np.ndarray) -> np.ndarray:
        # r of the words translated is not needed: it changes no order.
        fixed_similarity = mean_similarity(self._fixed, moved, self._neighbours)  # shape: (m,)
        _, best = csls_nearest(
            moved[: self._num_words], self._fixed, key_similarity=fixed_similarity
        )  # shape: (q, 1)
        return best[:, 0]
