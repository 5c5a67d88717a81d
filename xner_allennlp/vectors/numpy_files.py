"""
Word vectors in numpy's formats. No pickle is loaded, and beside the rows that are kept only a block
of the matrix is in memory.
"""

import lzma
import math
import os
import struct
import tokenize
import zipfile
import zlib
from codecs import BOM_UTF8
from contextlib import contextmanager
from typing import IO, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from numpy.lib import format as npy_format

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.word_vectors import WordVectors

WORDS, MATRIX = "words", "matrix"
"""The arrays of an `.npz` file."""

NUMPY_DAMAGE = (
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,  # where a header lies about the size
    OSError,
    OverflowError,
    RuntimeError,  # encrypted members, unknown kinds of compression, deep nesting
    SyntaxError,
    SystemError,  # text of numbers that are no characters
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""
What numpy and zipfile raise for files that were cut off or changed, or are something else. Neither
documents it; fuzzing found these.
"""

_ROWS_AT_A_TIME = 4096
_BLOCK_BYTES = 2**23


def read_npz(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    # Raises

    `ConfigurationError`
        If the zip file does not hold both arrays, with equal numbers of rows, without pickles.
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
        with _array_in_zip(archive, WORDS, path) as words:
            if words.dtype.kind not in "US" or len(words.shape) != 1:
                raise ConfigurationError(
                    f"{path}: the array {WORDS} must hold text, shape (n,), not {words}. Write it "
                    f"with {WORDS}=np.array(list_of_words)."
                )
            count = words.shape[0]
            kept = _offer(rows, words.strings())
        with _array_in_zip(archive, MATRIX, path) as matrix:
            return _append_rows(rows, matrix, kept, count, expected_dim)


def read_npy(rows: SelectedRows, *, expected_dim: Optional[int]) -> WordVectors:
    """
    # Raises

    `ConfigurationError`
        If the file with the words is missing or has another number of lines than the matrix rows.
    """
    path = rows.path
    words_path = path.removesuffix(".npy") + ".words.txt"
    if not os.path.exists(words_path):
        raise ConfigurationError(
            f"{path}: a matrix needs its words, one a line, in {words_path}. Write that file, or "
            "give the vectors as .npz or text."
        )
    with open(words_path, "rb") as lines:
        if lines.read(len(BOM_UTF8)) != BOM_UTF8:
            lines.seek(0)
        # Spaces are kept, and blank lines: every line is a row.
        raw_words = (line.removesuffix(b"\n").removesuffix(b"\r") for line in lines)
        kept = _offer(rows, raw_words)
        count = rows.rows_read + sum(1 for _ in raw_words)
    with open(path, "rb") as stream:
        matrix = _Array(stream, os.path.getsize(path), path)
        return _append_rows(rows, matrix, kept, count, expected_dim)


def _offer(rows: SelectedRows, words: Iterable[Union[str, bytes]]) -> List[int]:
    """Offers words until `rows` is complete; returns the indices of the rows that are kept."""
    kept = []
    for index, word in enumerate(words):
        if isinstance(word, bytes):
            is_kept = rows.offer_bytes(word, index + 1)
        else:
            is_kept = rows.offer(word)
        if is_kept:
            kept.append(index)
        if rows.is_complete:
            break
    return kept


def _append_rows(
    rows: SelectedRows, matrix: "_Array", kept: List[int], count: int, expected_dim: Optional[int]
) -> WordVectors:
    if matrix.dtype.kind not in "fiu" or len(matrix.shape) != 2 or matrix.shape[0] != count:
        raise ConfigurationError(
            f"{rows.path}: there are {count} words, so the matrix must hold numbers, shape "
            f"({count}, d), not {matrix}. Write words and matrix again."
        )
    dim = matrix.shape[1]
    rows.check_dimension(dim, expected_dim)
    # shape: (kept,)
    indices = np.array(kept, dtype=np.int64)
    start = 0
    for block in matrix.blocks():
        first, end = np.searchsorted(indices, [start, start + len(block)])
        chosen = indices[first:end]
        rows.append_binary(block[chosen - start], (chosen + 1).tolist(), room_for=len(indices))
        start += len(block)
        if end == len(indices):
            break
    return rows.result(dim)


class _Array:
    """
    An array in numpy's format that is read a block of rows at a time.

    # Raises

    `ConfigurationError`
        If it is damaged, or larger than `size`, the number of bytes in the file.
    """

    def __init__(self, stream: IO[bytes], size: int, path: str) -> None:
        self._stream = stream
        self._path = path
        with _damage_explained(path):
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
        # Of text all rows are as long as the longest.
        step = max(1, min(_ROWS_AT_A_TIME, _BLOCK_BYTES // max(row_size, 1)))
        for start in range(0, count, step):
            rows = min(step, count - start)
            yield self._read(rows * row_size).reshape((rows, *self.shape[1:]))

    def strings(self) -> Iterator[Union[str, bytes]]:
        """Of an array of text, shape: (n,)."""
        for block in self.blocks():
            with _damage_explained(self._path):  # numbers that are no characters
                strings = block.tolist()
            yield from strings

    def _read(self, size: int) -> np.ndarray:
        with _damage_explained(self._path):
            content = self._stream.read(size)
            if len(content) < size:
                raise EOFError("it ends too early")
            return np.frombuffer(content, self.dtype)


@contextmanager
def _open_zip(path: str) -> Iterator[zipfile.ZipFile]:
    with _damage_explained(path):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


@contextmanager
def _array_in_zip(archive: zipfile.ZipFile, name: str, path: str) -> Iterator[_Array]:
    member = f"{name}.npy"
    with _damage_explained(path):
        stream = archive.open(member)
    with stream:
        yield _Array(stream, archive.getinfo(member).file_size, path)


@contextmanager
def _damage_explained(path: str) -> Iterator[None]:
    try:
        yield
    except NUMPY_DAMAGE as error:
        reason = excerpt(str(error)) or type(error).__name__
        raise ConfigurationError(
            f"{path}: this is not a text file, nor a complete .npz or .npy file "
            f"({reason}). Write it again."
        ) from error
