"""Vectors that are numbers in the file already, not text."""

from typing import Optional, Sequence

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors.selected_rows import SelectedRows

_MOST_DIMENSIONS = 1 << 20


def check_dimension(path: str, dim: int, expected_dim: Optional[int]) -> None:
    """
    # Raises

    `ConfigurationError`
        If the vectors have no dimensions, more than anybody's, or not `expected_dim`.
    """
    if not 1 <= dim <= _MOST_DIMENSIONS:
        raise ConfigurationError(
            f"{path}: the vectors are said to have {dim or 'no'} dimensions. The file is damaged: "
            "write it again."
        )
    if expected_dim is not None and dim != expected_dim:
        raise ConfigurationError(
            f"{path}: the vectors have {dim} dimensions, but {expected_dim} are wanted. Give "
            f"vectors of {expected_dim} dimensions, or change the setting."
        )


def append_vectors(
    rows: SelectedRows, vectors: np.ndarray, numbers: Sequence[int], *, room_for: int
) -> None:
    """
    Appends vectors of any type of number to `rows`.

    # Parameters

    rows : `SelectedRows`
    vectors : `np.ndarray`
        shape: (n, d)
    numbers : `Sequence[int]`
        What messages call these rows; n.
    room_for : `int`
        See [`SelectedRows.append`](./selected_rows.md#append).

    # Raises

    `ConfigurationError`
        If a vector is not finite as float32.
    """
    if not len(vectors):
        return
    with np.errstate(over="ignore"):
        vectors = vectors.astype(np.float32, copy=False)  # shape: (n, d)
    finite = np.isfinite(vectors).all(axis=1)  # shape: (n,)
    if not finite.all():
        raise ConfigurationError(
            f"{rows.path}, row {numbers[int(np.argmin(finite))]}: the vector contains NaN or an "
            "infinite number. Correct or remove the row."
        )
    rows.append(vectors, room_for=room_for)
