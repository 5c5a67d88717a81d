"""Vectors that stay in a file, for what is larger than memory."""

import os
from os import PathLike
from typing import Any, Union

import numpy as np

from xner_allennlp.common import full_disk_told
from xner_allennlp.vectors.selected_rows import SelectedRows


class RowsOnDisk(SelectedRows):
    """
    Collects as [`SelectedRows`](./selected_rows.md) does, but writes the vectors to a file as they
    come. The matrix of the result is mapped to it (`np.memmap`), read-only: the system loads what
    is looked at, and may drop it again.

    # Parameters

    path : `str`
    matrix_file : `Union[str, PathLike]`
        A new file, float32 without header. It is left to the caller, who may delete it when the
        result is no longer used.
    options : `Any`
        Those of `SelectedRows`.
    """

    def __init__(
        self, path: str, *, matrix_file: Union[str, PathLike[str]], **options: Any
    ) -> None:
        super().__init__(path, **options)
        self._matrix_file = os.fspath(matrix_file)
        with open(self._matrix_file, "xb"):
            pass

    def append(self, vectors: np.ndarray, *, room_for: int = 0) -> None:
        with full_disk_told(self._matrix_file), open(self._matrix_file, "ab") as stream:
            stream.write(vectors.astype(np.float32, copy=False).tobytes())
        self._filled += len(vectors)

    def _finish_matrix(self, dim: int) -> np.ndarray:
        if self._filled == 0:
            return np.empty((0, dim), np.float32)
        return np.memmap(self._matrix_file, np.float32, "r", shape=(self._filled, dim))
