"""
Word vectors in numpy's formats. No pickle is loaded, and no more of the matrix is in memory than is
kept and a block.
"""

import math
import os
import zipfile
from contextlib import contextmanager
from typing import IO, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from numpy.lib import format as npy_format

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.vectors.matrix_rows import append_vectors, check_dimension
from xner_allennlp.vectors.numpy_damage import NUMPY_DAMAGE
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.text_lines import blocks_of_lines
from xner_allennlp.vectors.word_vectors import WordVectors

WORDS, MATRIX = "words", "matrix"
"""The arrays of an `.npz` file."""

_ROWS_AT_A_TIME = 4096


def words_path_of(npy_path: str) -> str:
    """The file with the words of a matrix in an `.npy` file: `v.words.txt` beside `v.npy`."""
    stem = npy_path[: -len(".npy")] if npy_path.endswith(".npy") else npy_path
    return stem + ".words.txt"


def read_npz(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    # Raises

    `ConfigurationError`
        If the zip file does not hold both arrays, of as many rows, without pickles.
    """
    path = rows.path
    with _open_zip(path) as archive:
        missing = {f"{WORDS}.npy", f"{MATRIX}.npy"}.difference(archive.namelist())
        if missing:
            raise ConfigurationError(
                f"{path}: this zip file is not one of word vectors: {', '.join(sorted(missing))} "
                f"is missing. Write it with np.savez(path, {WORDS}=np.array(list_of_words), "
                f"{MATRIX}=matrix), or unpack it if it holds a text file."
            )
        with _open_member(archive, WORDS, path) as stream:
            words = _Array(stream, archive.getinfo(f"{WORDS}.npy").file_size, path)
            if words.dtype.kind not in "US" or len(words.shape) != 1:
                raise ConfigurationError(
                    f"{path}: the array {WORDS} must hold text, shape (n,), not {words}. Write it "
                    f"with {WORDS}=np.array(list_of_words)."
                )
            count = words.shape[0]
            taken = _offer(rows, words.strings())
        with _open_member(archive, MATRIX, path) as stream:
            matrix = _Array(stream, archive.getinfo(f"{MATRIX}.npy").file_size, path)
            return _take(rows, matrix, taken, count, expected_dim)


def read_npy(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    # Raises

    `ConfigurationError`
        If the file with the words is missing or has another number of lines than the matrix rows.
    """
    path = rows.path
    words_path = words_path_of(path)
    if not os.path.exists(words_path):
        raise ConfigurationError(
            f"{path}: a matrix needs its words, one a line, in {words_path}. Write that file, or "
            "give the vectors as .npz or text."
        )
    with open(words_path, "rb") as lines:
        blocks = blocks_of_lines(lines, words_path)
        # Not stripped, and blank ones too: every line is a row.
        raw_words = (line[:-1] if line.endswith(b"\r") else line for _, ls in blocks for line in ls)
        taken = _offer(rows, raw_words)
        if rows.is_complete:
            count = rows.rows_read + sum(1 for _ in raw_words)
        else:
            count = rows.rows_read
    with open(path, "rb") as stream:
        matrix = _Array(stream, os.path.getsize(path), path)
        return _take(rows, matrix, taken, count, expected_dim)


def _offer(rows: SelectedRows, words: Iterable[Union[str, bytes]]) -> List[int]:
    """The indices of the rows that are taken."""
    taken = []
    for index, word in enumerate(words):
        if isinstance(word, bytes):
            is_taken = rows.offer_bytes(word, index + 1)
        else:
            is_taken = rows.offer(word)
        if is_taken:
            taken.append(index)
        if rows.is_complete:
            break
    return taken


def _take(
    rows: SelectedRows, matrix: "_Array", taken: List[int], count: int, expected_dim: Optional[int]
) -> WordVectors:
    if matrix.dtype.kind not in "fiu" or len(matrix.shape) != 2 or matrix.shape[0] != count:
        raise ConfigurationError(
            f"{rows.path}: there are {count} words, so the matrix must hold numbers, shape "
            f"({count}, d), not {matrix}. Write words and matrix again."
        )
    dim = matrix.shape[1]
    check_dimension(rows.path, dim, expected_dim)
    indices = np.array(taken, dtype=np.int64)  # shape: (kept,)
    start = 0
    for block in matrix.blocks():
        first, end = np.searchsorted(indices, [start, start + len(block)])
        chosen = indices[first:end]
        append_vectors(rows, block[chosen - start], (chosen + 1).tolist(), room_for=len(indices))
        start += len(block)
        if end == len(indices):
            break
    return rows.result(dim)


class _Array:
    """
    An array in numpy's format that is read a block of rows at a time.

    # Raises

    `ConfigurationError`
        If it is damaged, or larger than the `size` of what holds it, in bytes.
    """

    def __init__(self, stream: IO[bytes], size: int, path: str) -> None:
        self._stream = stream
        self._path = path
        with _told_as_damage(path):
            version = npy_format.read_magic(stream)
            read_header = {
                (1, 0): npy_format.read_array_header_1_0,
                (2, 0): npy_format.read_array_header_2_0,
            }.get(version)
            if read_header is None:
                raise ValueError(f"version {version} of the .npy format")
            self.shape: Tuple[int, ...]
            self.shape, self._is_fortran, self.dtype = read_header(stream)
            if min(self.shape, default=0) < 0:
                raise ValueError(f"its shape is {self.shape}")
            # Of Python's numbers, which do not overflow.
            if math.prod(self.shape) * self.dtype.itemsize > size:
                raise EOFError("it ends too early")

    def __str__(self) -> str:
        return f"{self.dtype}, shape {self.shape}"

    def blocks(self) -> Iterator[np.ndarray]:
        """Blocks of rows, shape: (rows, ...)."""
        count = self.shape[0]
        row_size = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        if self._is_fortran and len(self.shape) > 1:
            # Its rows are scattered over the whole file.
            yield self._read(count * row_size).reshape(self.shape, order="F")
            return
        for start in range(0, count, _ROWS_AT_A_TIME):
            rows = min(_ROWS_AT_A_TIME, count - start)
            yield self._read(rows * row_size).reshape((rows, *self.shape[1:]))

    def strings(self) -> Iterator[Union[str, bytes]]:
        """Of an array of text, shape: (n,)."""
        for block in self.blocks():
            with _told_as_damage(self._path):  # numbers that are no characters
                strings = block.tolist()
            yield from strings

    def _read(self, size: int) -> np.ndarray:
        with _told_as_damage(self._path):
            content = self._stream.read(size)
            if len(content) < size:
                raise EOFError("it ends too early")
            return np.frombuffer(content, self.dtype)


@contextmanager
def _open_zip(path: str) -> Iterator[zipfile.ZipFile]:
    with _told_as_damage(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


def _open_member(archive: zipfile.ZipFile, name: str, path: str) -> IO[bytes]:
    with _told_as_damage(path):
        return archive.open(f"{name}.npy")


@contextmanager
def _told_as_damage(path: str) -> Iterator[None]:
    try:
        yield
    except NUMPY_DAMAGE as error:
        reason = excerpt(str(error)) or type(error).__name__
        raise ConfigurationError(
            f"{path}: this is not a text file, nor a complete .npz or .npy file "
            f"({reason}). Write it again."
        ) from error
