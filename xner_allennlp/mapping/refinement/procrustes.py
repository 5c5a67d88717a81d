"""
The orthogonal Procrustes problem (eq. 5).

With one pair of translations a row, Y of the mapped language and X of the other, we look for the
orthogonal W that minimises  sum_i || W y_i - x_i ||^2. The solution is W = U V^T, where
U S V^T = SVD(X^T Y). (The paper writes its W for row vectors, hence V U^T there.)

Symmetric re-weighting after the orthogonal mapping (Artetxe et al. 2018, "Generalizing and
improving bilingual word embedding mappings with a multi-step framework"): the directions in which
translations agree count more.

With U S V^T = SVD(X^T Y) over the pairs of a dictionary (Y mapped, X fixed) the orthogonal mapping
is W = U V^T. Re-weighted,

    y -> U S^p V^T y        x -> U S^p U^T x

so the common space keeps the axes of the language that stays, but its vectors change too.

S does not only say how well translations agree in a direction, but also how much the vectors vary
there. Whitening takes the latter away before the SVD and gives it back after re-weighting. With
K = C^(-1/2) of the covariance C of each language's words in the dictionary, and
U S V^T = SVD(K_x X^T Y K_y),

    y -> U V^T K_y^-1 V S^p V^T K_y y        x -> K_x^-1 U S^p U^T K_x x

A covariance of some thousand words in some hundred dimensions is itself badly known, and the
less varied a direction the more so. It is therefore shrunk towards that of vectors that vary alike
in all directions (as Ledoit and Wolf do, 2004), which is the way from full whitening to none.
"""

from typing import Tuple

import numpy as np

# Of the variance of all directions: a direction in which the words of a dictionary hardly vary is
# not divided by (almost) nothing.
_LEAST_VARIANCE = 1e-6


def procrustes(mapped: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """
    # Parameters

    mapped : `np.ndarray`
        Vectors of the language that moves, shape: (pairs, d).
    fixed : `np.ndarray`
        Their translations' vectors, shape: (pairs, d).

    # Returns

    `np.ndarray`
        The orthogonal W for which `mapped @ W.T` is nearest to `fixed`, float32, shape: (d, d).
    """
    # shape: (d, d)
    covariance = fixed.T.astype(np.float64) @ mapped.astype(np.float64)
    # shapes: (d, d), (d,), (d, d)
    left, _, right = np.linalg.svd(covariance)
    # shape: (d, d)
    return np.asarray(left @ right, dtype=np.float32)


def reweight(
    mapped: np.ndarray, fixed: np.ndarray, power: float, whitening: float = 0.0
) -> Tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Vectors of translations of each other, shapes: (pairs, d).
    power : `float`
        p; 0 gives an orthogonal W (without whitening that of Procrustes) and the identity.
    whitening : `float`, optional (default = `0.0`)
        From 0, none, to 1, whitening by the covariance as it was counted (vecmap's).

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        The matrices of the language that is mapped and of the one that stays, float32,
        shapes: (d, d). Row vectors are multiplied by their transposes.
    """
    mapped, fixed = mapped.astype(np.float64), fixed.astype(np.float64)
    # shapes: (d, d)
    whiten_mapped, colour_mapped = _whitening(mapped, whitening)
    # shapes: (d, d)
    whiten_fixed, colour_fixed = _whitening(fixed, whitening)
    # shape: (d, d)
    covariance = whiten_fixed @ (fixed.T @ mapped) @ whiten_mapped
    # shapes: (d, d), (d,), (d, d)
    left, strengths, right = np.linalg.svd(covariance)
    # Relative to their mean, so that lengths stay about what they were.
    # shape: (d,)
    weights = (strengths / strengths.mean()) ** power
    # shape: (d, d)
    reweighted = colour_mapped @ (right.T * weights) @ right @ whiten_mapped
    # shape: (d, d)
    W = left @ right @ reweighted
    # shape: (d, d)
    fixed_W = colour_fixed @ (left * weights) @ left.T @ whiten_fixed
    return W.astype(np.float32), fixed_W.astype(np.float32)


def _whitening(vectors: np.ndarray, strength: float) -> Tuple[np.ndarray, np.ndarray]:
    """K and K^-1, relative to the variance of all directions together, shapes: (d, d)."""
    if not strength:
        return np.eye(vectors.shape[1]), np.eye(vectors.shape[1])
    # shapes: (d,), (d, d)
    variances, axes = np.linalg.eigh(vectors.T @ vectors)
    # shape: (d,)
    variances = strength * variances / variances.mean() + (1 - strength)
    # shape: (d,)
    deviations = np.sqrt(variances.clip(_LEAST_VARIANCE))
    return (axes / deviations) @ axes.T, (axes * deviations) @ axes.T
