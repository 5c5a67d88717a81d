"""
Writing word vectors, a block at a time: never more than a block of them is in memory.

A file appears under its name when it is complete. If anything goes wrong, what stood there before
is left as it was.
"""

import os
from contextlib import ExitStack
from os import PathLike
from typing import BinaryIO, Dict, Iterable, Iterator, Optional, Sequence, Union

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common import whole_file
from xner_allennlp.vectors.written_formats import (
    Writer,
    write_npy,
    write_npz,
    write_text,
    write_word2vec_binary,
)

_NUMBERS_AT_A_TIME = 10_000  # fit into a core's cache
_WRITERS: Dict[str, Writer] = {
    ".npz": write_npz,
    ".npy": write_npy,
    ".bin": write_word2vec_binary,
    ".bin.gz": write_word2vec_binary,
}


def write_word_vectors(
    path: Union[str, PathLike[str]],
    words: Sequence[str],
    blocks: Iterable[np.ndarray],
    *,
    dim: int,
    decimals: Optional[int] = 6,
) -> None:
    """
    Writes word vectors so that [`read_word_vectors`](./reading.md#read_word_vectors) reads the same
    words again. The name's ending decides the format:

    * `.npz`: the arrays `words` and `matrix`;
    * `.npy`: the matrix, with the words in `<name>.words.txt` beside it;
    * `.bin` or `.bin.gz`: word2vec's binary format;
    * anything else: fastText's text format with header, gzipped if it ends in `.gz`.

    # Parameters

    path : `Union[str, PathLike]`
    words : `Sequence[str]`
    blocks : `Iterable[np.ndarray]`
        The words' vectors in the same order, some at a time, each of shape (rows, `dim`). They are
        written as float32.
    dim : `int`
    decimals : `int`, optional (default = `6`)
        How many decimals the numbers have in text. None: so many that exactly the same float32 are
        read again (twice the size). The other formats are always exact.

    # Raises

    `ConfigurationError`
        If there are more or fewer vectors than words, a vector is not finite, or a word cannot be
        told apart in this format. Every format refuses empty words. Text, `.npy` and `.bin` refuse
        line feeds, and what cannot be encoded as UTF-8; text refuses words that end like a vector
        ("a 0.5"), `.bin` those with a space, `.npz` those that end in NUL. All other words survive,
        with the spaces in, before and after them.
    """
    path = os.fspath(path)
    if dim < 1:
        raise ConfigurationError(f"{path}: vectors of {dim} dimensions cannot be written.")
    if decimals is not None and not 1 <= decimals <= 12:
        raise ConfigurationError(f"decimals must be 1 to 12 or None, not {decimals}.")
    write = next((w for end, w in _WRITERS.items() if path.endswith(end)), write_text)
    with ExitStack() as stack:

        def make_file(final_path: str) -> BinaryIO:
            return stack.enter_context(whole_file(final_path))

        write(
            path,
            words,
            _checked(blocks, path, len(words), dim),
            dim=dim,
            decimals=decimals,
            make_file=make_file,
        )


def _checked(blocks: Iterable[np.ndarray], path: str, count: int, dim: int) -> Iterator[np.ndarray]:
    """The vectors as float32, some at a time."""
    done = 0
    size = max(1, _NUMBERS_AT_A_TIME // dim)
    with Tqdm.tqdm(desc=f"writing {os.path.basename(path)}", unit=" words", total=count) as bar:
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != dim:
                raise ConfigurationError(
                    f"{path}: vectors of shape (rows, {dim}) are expected after row {done}, not "
                    f"{block.shape}."
                )
            if done + len(block) > count:
                raise ConfigurationError(f"{path}: there are {count} words, but more vectors.")
            for start in range(0, len(block), size):
                with np.errstate(over="ignore"):
                    part = np.asarray(block[start : start + size], np.float32)  # shape: (rows, d)
                finite = np.isfinite(part).all(axis=1)  # shape: (rows,)
                if not finite.all():
                    raise ConfigurationError(
                        f"{path}: row {done + int(np.argmin(finite)) + 1} contains NaN or an "
                        "infinite number. Vectors must be finite."
                    )
                yield part
                done += len(part)
                bar.update(len(part))
    if done < count:
        raise ConfigurationError(f"{path}: there are {count} words, but only {done} vectors.")
