"""The formats in which word vectors are written, one function each."""

import gzip
import zipfile
from contextlib import contextmanager
from typing import IO, BinaryIO, Callable, Iterator, Optional, Protocol, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from numpy.lib import format as npy_format

from xner_allennlp.vectors.decimal_text import rows_as_text
from xner_allennlp.vectors.numpy_files import MATRIX, WORDS, words_path_of
from xner_allennlp.vectors.text_format import is_too_long_a_vector

_WORDS_AT_A_TIME = 4096
_COMPRESSION = 3
_BYTE_ORDER_MARK = "\ufeff"


class Writer(Protocol):
    """
    # Parameters

    path : `str`
        The file's name in the end.
    words : `Sequence[str]`
    blocks : `Iterator[np.ndarray]`
        Float32, shape: (rows, d), all as many as words.
    dim : `int`
    decimals : `Optional[int]`
    make_file : `Callable[[str], BinaryIO]`
        Gives the stream of a file, which gets its name when all are complete.
    """

    def __call__(
        self,
        path: str,
        words: Sequence[str],
        blocks: Iterator[np.ndarray],
        *,
        dim: int,
        decimals: Optional[int],
        make_file: Callable[[str], BinaryIO],
    ) -> None: ...


def write_text(
    path: str,
    words: Sequence[str],
    blocks: Iterator[np.ndarray],
    *,
    dim: int,
    decimals: Optional[int],
    make_file: Callable[[str], BinaryIO],
) -> None:
    """A [`Writer`](#writer) of fastText's text format."""
    start = 0
    with _compressed(make_file(path), is_gzipped=path.endswith(".gz")) as stream:
        stream.write(b"%d %d\n" % (len(words), dim))
        for block in blocks:
            lines = []
            for row, numbers in enumerate(rows_as_text(block, decimals=decimals), start):
                word = _encode(words[row], path, row)
                if b" " in word and is_too_long_a_vector(word):
                    raise _refusal(words[row], path, row, "would be read as a part of its vector")
                lines.append(b"%b %b\n" % (word, numbers))
            stream.write(b"".join(lines))
            start += len(block)


def write_word2vec_binary(
    path: str,
    words: Sequence[str],
    blocks: Iterator[np.ndarray],
    *,
    dim: int,
    decimals: Optional[int],
    make_file: Callable[[str], BinaryIO],
) -> None:
    """A [`Writer`](#writer) of word2vec's binary format."""
    start = 0
    with _compressed(make_file(path), is_gzipped=path.endswith(".gz")) as stream:
        stream.write(b"%d %d\n" % (len(words), dim))
        for block in blocks:
            rows = []
            for row, vector in enumerate(block.astype("<f4"), start):
                word = _encode(words[row], path, row)
                if b" " in word:
                    raise _refusal(words[row], path, row, "contains a space, which ends words here")
                rows.append(b"%b %b\n" % (word, vector.tobytes()))
            stream.write(b"".join(rows))
            start += len(block)


def write_npy(
    path: str,
    words: Sequence[str],
    blocks: Iterator[np.ndarray],
    *,
    dim: int,
    decimals: Optional[int],
    make_file: Callable[[str], BinaryIO],
) -> None:
    """A [`Writer`](#writer) of a matrix, and of its words beside it."""
    words_path = words_path_of(path)
    stream = make_file(words_path)
    for row, word in enumerate(words):
        if word.endswith("\r") or (row == 0 and word.startswith(_BYTE_ORDER_MARK)):
            raise _refusal(word, path, row, "holds a mark that belongs to the file")
        stream.write(_encode(word, path, row) + b"\n")
    _write_matrix(make_file(path), blocks, len(words), dim)


def write_npz(
    path: str,
    words: Sequence[str],
    blocks: Iterator[np.ndarray],
    *,
    dim: int,
    decimals: Optional[int],
    make_file: Callable[[str], BinaryIO],
) -> None:
    """A [`Writer`](#writer) of what `np.savez(path, words=words, matrix=matrix)` writes."""
    for row, word in enumerate(words):
        if not word or word.endswith("\0"):
            raise _refusal(word, path, row, "is empty or ends in NUL, which numpy would drop")
    dtype = np.dtype(f"<U{max(map(len, words), default=1)}")
    with zipfile.ZipFile(make_file(path), "w") as archive:
        with archive.open(f"{WORDS}.npy", "w", force_zip64=True) as stream:
            _write_header(stream, dtype, (len(words),))
            for start in range(0, len(words), _WORDS_AT_A_TIME):
                stream.write(np.array(words[start : start + _WORDS_AT_A_TIME], dtype).tobytes())
        with archive.open(f"{MATRIX}.npy", "w", force_zip64=True) as stream:
            _write_matrix(stream, blocks, len(words), dim)


def _write_matrix(stream: IO[bytes], blocks: Iterator[np.ndarray], count: int, dim: int) -> None:
    dtype = np.dtype("<f4")
    _write_header(stream, dtype, (count, dim))
    for block in blocks:
        stream.write(block.astype(dtype).tobytes())


def _write_header(stream: IO[bytes], dtype: np.dtype, shape: Tuple[int, ...]) -> None:
    header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    npy_format.write_array_header_2_0(stream, header)


def _encode(word: str, path: str, row: int) -> bytes:
    if not word:
        raise _refusal(word, path, row, "is empty")
    if "\n" in word:
        raise _refusal(word, path, row, "contains a line feed")
    try:
        return word.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refusal(word, path, row, "cannot be encoded as UTF-8") from error


def _refusal(word: str, path: str, row: int, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: word {row + 1}, {word!r}, {reason}. Remove the word, or write .npz."
    )


@contextmanager
def _compressed(stream: BinaryIO, *, is_gzipped: bool) -> Iterator[IO[bytes]]:
    if not is_gzipped:
        yield stream
        return
    # No name and no time: the same vectors give the same bytes.
    with gzip.GzipFile(
        filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=stream, mtime=0
    ) as compressed:
        yield compressed  # type: ignore[misc]
