"""
Symmetric re-weighting after the orthogonal mapping (Artetxe et al. 2018, "Generalizing and
improving bilingual word embedding mappings with a multi-step framework"): the directions in which
translations agree count more.

With U S V^T = SVD(X^T Y) over the pairs of a dictionary (Y mapped, X fixed) the orthogonal mapping
is W = U V^T. Re-weighted,

    y -> U S^p V^T y        x -> U S^p U^T x

so the common space keeps the axes of the language that stays, but its vectors change too.
"""

from typing import Tuple

import numpy as np


def reweight(mapped: np.ndarray, fixed: np.ndarray, power: float) -> Tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Vectors of translations of each other, shapes: (pairs, d).
    power : `float`
        p; 0 gives Procrustes' W and the identity.

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        The matrices of the language that is mapped and of the one that stays, float32,
        shapes: (d, d). Row vectors are multiplied by their transposes.
    """
    covariance = fixed.T.astype(np.float64) @ mapped.astype(np.float64)  # shape: (d, d)
    left, strengths, right = np.linalg.svd(covariance)  # shapes: (d, d), (d,), (d, d)
    # Relative to their mean, so that lengths stay about what they were.
    weights = (strengths / strengths.mean()) ** power  # shape: (d,)
    W = (left * weights) @ right  # shape: (d, d)
    return W.astype(np.float32), ((left * weights) @ left.T).astype(np.float32)
