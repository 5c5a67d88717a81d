"""Writing word vectors in the common space, as text."""

import gzip
import io
import os
from os import PathLike
from typing import Union

import numpy as np
from allennlp.common.tqdm import Tqdm

from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.vectors import WordVectors

_BLOCK = 1000


def write_mapped_vectors(
    mapping: Mapping, vectors: WordVectors, language: str, path: Union[str, PathLike]
) -> None:
    """
    Writes every word with its vector in the common space, in fastText's text format with header
    (gzipped if `path` ends in `.gz`). A block of words is mapped and written at a time.

    # Parameters

    mapping : `Mapping`
    vectors : `WordVectors`
    language : `str`
        `"source"` or `"target"`: whose vectors these are.
    path : `Union[str, PathLike]`
    """
    path = os.fspath(path)
    temporary = path + ".tmp"
    stream = (
        gzip.open(temporary, "wb", compresslevel=5)
        if path.endswith(".gz")
        else open(temporary, "wb")
    )
    # Words may hold U+2028 and the like: only "\n" ends a line.
    with io.TextIOWrapper(stream, encoding="utf-8", newline="\n") as lines:  # type: ignore
        lines.write(f"{len(vectors)} {vectors.dim}\n")
        for start in Tqdm.tqdm(
            range(0, len(vectors), _BLOCK), desc=f"writing {os.path.basename(path)}"
        ):
            block = mapping.apply(vectors.matrix[start : start + _BLOCK], language)
            for word, vector in zip(vectors.words[start : start + _BLOCK], block):
                lines.write(f"{word} {_format(vector)}\n")
    os.replace(temporary, path)


def _format(vector: np.ndarray) -> str:
    return " ".join([f"{number:.5g}" for number in vector.tolist()])
