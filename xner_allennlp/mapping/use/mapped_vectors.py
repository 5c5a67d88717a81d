"""Writing word vectors in the common space."""

from os import PathLike
from typing import Iterator, Union

import numpy as np

from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.vectors import WordVectors, write_word_vectors

_BLOCK = 1000


def write_mapped_vectors(
    mapping: Mapping, vectors: WordVectors, language: str, path: Union[str, PathLike[str]]
) -> None:
    """
    Writes every word with its vector in the common space. A block of words is mapped and written at
    a time.

    # Parameters

    mapping : `Mapping`
    vectors : `WordVectors`
    language : `str`
        `"source"` or `"target"`: whose vectors these are.
    path : `Union[str, PathLike]`
        Its ending decides the format: text, gzipped or not, with six decimals (`.vec`, `.vec.gz`),
        or exact as `.npz`. See
        [`write_word_vectors`](../vectors/writing.md#write_word_vectors).
    """

    def blocks() -> Iterator[np.ndarray]:
        for start in range(0, len(vectors), _BLOCK):
            yield mapping.apply(vectors.matrix[start : start + _BLOCK], language)

    write_word_vectors(path, vectors.words, blocks(), dim=vectors.dim)
