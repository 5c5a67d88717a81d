"""Writing word vectors, a block at a time: never more than a block of them is in memory."""

import gzip
import os
import zipfile
from contextlib import contextmanager
from os import PathLike
from typing import IO, BinaryIO, Iterable, Iterator, Sequence, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from numpy.lib import format as npy_format

from xner_allennlp.common import whole_file
from xner_allennlp.vectors.numpy_files import MATRIX, WORDS
from xner_allennlp.vectors.text_format import ends_like_a_vector
from xner_allennlp.vectors.word_vectors import finite_vectors

_NUMBER = b"%.6f"
_COMPRESSION = 3
_WORDS_AT_A_TIME = 4096
_BLOCK_BYTES = 2**23


def write_word_vectors(
    path: Union[str, PathLike[str]],
    words: Sequence[str],
    blocks: Iterable[np.ndarray],
    *,
    dim: int,
) -> None:
    """
    Writes word vectors so that [`read_word_vectors`](./reading.md#read_word_vectors) reads the same
    words again. The file appears under its name when it is complete; if anything goes wrong, what
    stood there before is left as it was. The name's ending decides the format:

    * `.npz`: the arrays `words` and `matrix`, exactly;
    * anything else but `.npy` and `.bin`: fastText's text format with header and six decimals,
      gzipped if the name ends in `.gz`.

    # Parameters

    path : `Union[str, PathLike]`
    words : `Sequence[str]`
    blocks : `Iterable[np.ndarray]`
        The words' vectors in the same order, each block of shape (rows, `dim`). They are written as
        float32.
    dim : `int`

    # Raises

    `ConfigurationError`
        If the numbers of words and vectors differ, a vector is not finite, the ending is `.npy` or
        `.bin`, or a word would not be read again as it is. Both formats refuse empty words. Text
        refuses line feeds, what cannot be encoded as UTF-8, and words that end like a vector
        ("a 0.5"); `.npz` refuses words that end in NUL. All other words survive, with the spaces
        in, before and after them.
    """
    path = os.fspath(path)
    if dim < 1:
        raise ConfigurationError(f"{path}: vectors of {dim} dimensions cannot be written.")
    if path.endswith((".npy", ".bin", ".bin.gz")):
        raise ConfigurationError(
            f"{path}: word vectors are not written in this format. Give a name that ends in .vec, "
            ".vec.gz or .npz."
        )
    checked = _checked(blocks, path, len(words), dim)
    with whole_file(path) as stream:
        if path.endswith(".npz"):
            _write_npz(stream, path, words, checked, dim)
        else:
            with _compressed(stream, is_gzipped=path.endswith(".gz")) as text:
                _write_text(text, path, words, checked, dim)


def _write_text(
    stream: IO[bytes], path: str, words: Sequence[str], blocks: Iterator[np.ndarray], dim: int
) -> None:
    stream.write(b"%d %d\n" % (len(words), dim))
    line_format = b"%b " + b" ".join([_NUMBER] * dim) + b"\n"
    start = 0
    for block in blocks:
        lines = [
            line_format % (_encode(words[row], path, row + 1), *vector)
            for row, vector in enumerate(block.tolist(), start)
        ]
        stream.write(b"".join(lines))
        start += len(block)


def _encode(word: str, path: str, row: int) -> bytes:
    if not word:
        raise _refusal(word, path, row, "is empty")
    if "\n" in word:
        raise _refusal(word, path, row, "contains a line feed")
    try:
        encoded = word.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refusal(word, path, row, "cannot be encoded as UTF-8") from error
    if b" " in encoded and ends_like_a_vector(encoded):
        raise _refusal(word, path, row, "would be read as a part of its vector")
    return encoded


def _write_npz(
    stream: BinaryIO, path: str, words: Sequence[str], blocks: Iterator[np.ndarray], dim: int
) -> None:
    """What `np.savez(path, words=words, matrix=matrix)` writes, but the words are compressed."""
    for row, word in enumerate(words, 1):
        if not word or word.endswith("\0"):
            raise _refusal(word, path, row, "is empty or ends in NUL, which numpy would drop")
    # Every word takes as much as the longest one, mostly nothing, which compression makes small.
    dtype = np.dtype(f"<U{max(map(len, words), default=1)}")
    step = max(1, min(_WORDS_AT_A_TIME, _BLOCK_BYTES // dtype.itemsize))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(f"{WORDS}.npy", "w", force_zip64=True) as member:
            _write_header(member, dtype, (len(words),))
            for start in range(0, len(words), step):
                member.write(np.array(words[start : start + step], dtype).tobytes())
        # A `ZipInfo` is stored as it is.
        matrix = zipfile.ZipInfo(f"{MATRIX}.npy")
        with archive.open(matrix, "w", force_zip64=True) as member:
            _write_header(member, np.dtype("<f4"), (len(words), dim))
            for block in blocks:
                member.write(block.astype("<f4").tobytes())


def _write_header(stream: IO[bytes], dtype: np.dtype, shape: Tuple[int, ...]) -> None:
    header = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    npy_format.write_array_header_2_0(stream, header)


def _refusal(word: str, path: str, row: int, reason: str) -> ConfigurationError:
    remedy = "Remove the word" + ("." if path.endswith(".npz") else ", or write .npz.")
    return ConfigurationError(f"{path}: word {row}, {word!r}, {reason}. {remedy}")


def _checked(blocks: Iterable[np.ndarray], path: str, count: int, dim: int) -> Iterator[np.ndarray]:
    """The blocks as float32, after it was checked that they are finite and `count` rows in all."""
    done = 0
    with Tqdm.tqdm(desc=f"writing {os.path.basename(path)}", unit=" words", total=count) as bar:
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != dim:
                raise ConfigurationError(
                    f"{path}: vectors of shape (rows, {dim}) are expected after row {done}, not "
                    f"{block.shape}."
                )
            if done + len(block) > count:
                raise ConfigurationError(f"{path}: there are {count} words, but more vectors.")
            numbers = range(done + 1, done + 1 + len(block))
            # shape: (rows, dim)
            block = finite_vectors(block, f"{path}, row", numbers)
            yield block
            done += len(block)
            bar.update(len(block))
    if done < count:
        raise ConfigurationError(f"{path}: there are {count} words, but only {done} vectors.")


@contextmanager
def _compressed(stream: BinaryIO, *, is_gzipped: bool) -> Iterator[IO[bytes]]:
    if not is_gzipped:
        yield stream
        return
    # Without name and time the same vectors give the same bytes.
    with gzip.GzipFile("", "wb", _COMPRESSION, stream, mtime=0) as compressed:
        yield compressed  # type: ignore[misc]
