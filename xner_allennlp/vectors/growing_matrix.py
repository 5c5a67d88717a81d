"""A matrix that gets rows appended to it, in memory or in a file."""

import os
from os import PathLike
from typing import Optional, Union

import numpy as np

from xner_allennlp.common import full_disk_told

_FIRST_CAPACITY = 4096
_GROWTH = 1.5


class GrowingMatrix:
    """
    # Parameters

    file : `Union[str, PathLike[str]]`, optional
        Where the rows are written instead of being kept in memory.

    # Raises

    `FileExistsError`
        If the file is there already.
    """

    def __init__(self, file: Optional[Union[str, PathLike[str]]] = None) -> None:
        # shape: (capacity, d)
        self._rows: Optional[np.ndarray] = None
        self._filled = 0
        self._file = None if file is None else os.fspath(file)
        if self._file is not None:
            open(self._file, "xb").close()

    def append(self, rows: np.ndarray, expected: int = 0) -> None:
        """
        # Parameters

        rows : `np.ndarray`
            float32, shape: (rows, d)
        expected : `int`, optional (default = `0`)
            How many rows there are going to be, if it is known: that much memory is reserved the
            first time, and taken when it is filled.
        """
        if self._file is not None:
            with full_disk_told(self._file), open(self._file, "ab") as stream:
                stream.write(rows.tobytes())
            self._filled += len(rows)
            return
        if self._rows is None:
            capacity = max(expected or _FIRST_CAPACITY, len(rows))
            self._rows = np.empty((capacity, rows.shape[1]), np.float32)
        end = self._filled + len(rows)
        if end > len(self._rows):
            capacity = max(end, int(len(self._rows) * _GROWTH))
            # In place: `np.concatenate` would hold everything twice.
            self._rows.resize((capacity, self._rows.shape[1]), refcheck=False)
        self._rows[self._filled : end] = rows
        self._filled = end

    def finish(self, dim: int) -> np.ndarray:
        """All rows, of a file as they lie there; float32, shape: (rows, dim)."""
        if self._filled == 0:
            return np.empty((0, dim), np.float32)
        if self._file is not None:
            return np.memmap(self._file, np.float32, "r", shape=(self._filled, dim))
        assert self._rows is not None
        self._rows.resize((self._filled, dim), refcheck=False)
        return self._rows
