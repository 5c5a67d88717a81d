"""How far a matrix is from an isometry, which would change no cosine within a language."""

from typing import Dict

import numpy as np


def departure_from_isometry(W: np.ndarray) -> Dict[str, float]:
    """
    # Parameters

    W : `np.ndarray`
        shape: (d, d)

    # Returns

    `Dict[str, float]`
        `"max_deviation"`, the largest absolute element of `W W^T - I`, 0 for an isometry;
        `"smallest_singular_value"` and `"largest_singular_value"`, both 1 for an isometry.
    """
    W = W.astype(np.float64)  # shape: (d, d)
    deviation = np.abs(W @ W.T - np.eye(len(W)))  # shape: (d, d)
    singular_values = np.linalg.svd(W, compute_uv=False)  # shape: (d,)
    return {
        "max_deviation": float(deviation.max()),
        "smallest_singular_value": float(singular_values.min()),
        "largest_singular_value": float(singular_values.max()),
    }
