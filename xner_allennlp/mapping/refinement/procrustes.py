"""
The orthogonal Procrustes problem (eq. 5).

With one pair of translations a row, Y of the mapped language and X of the other, we look for the
orthogonal W that minimises  sum_i || W y_i - x_i ||^2. The solution is W = U V^T, where
U S V^T = SVD(X^T Y). (The paper writes its W for row vectors, hence V U^T there.)
"""

import numpy as np


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
    covariance = fixed.T.astype(np.float64) @ mapped.astype(np.float64)  # shape: (d, d)
    left, _, right = np.linalg.svd(covariance)  # shapes: (d, d), (d,), (d, d)
    return np.asarray(left @ right, dtype=np.float32)  # shape: (d, d)
