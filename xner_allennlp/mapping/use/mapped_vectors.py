"""Writing word vectors in the common space, also files that are larger than the memory."""

import os
import tempfile
from os import PathLike
from typing import Iterator, Optional, Union

import numpy as np

from xner_allennlp.common.whole_file import is_stream
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.vectors import WordVectors, read_word_vectors, write_word_vectors

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


def map_vector_file(
    mapping: Mapping,
    language: str,
    path: Union[str, PathLike[str]],
    output: Union[str, PathLike[str]],
    *,
    max_words: Optional[int] = None,
    lowercase: bool = False,
) -> int:
    """
    Maps a file of word vectors. No more than the words and a block of vectors is in memory: what
    was read waits in a temporary file beside `output`, which takes four bytes a number. (Of a pipe
    or `/dev/stdout` in the system's folder of temporary files.)

    # Parameters

    mapping : `Mapping`
    language : `str`
        `"source"` or `"target"`: whose vectors these are. They may be others than the mapping was
        learned from, as long as they are of the same space.
    path : `Union[str, PathLike]`
        In any format that [`read_word_vectors`](../vectors/reading.md) reads.
    output : `Union[str, PathLike]`
        Its ending decides the format, see `write_mapped_vectors`. It is
        replaced once the new file is complete.
    max_words, lowercase
        See `read_word_vectors`.

    # Returns

    `int`
        The number of words written.

    # Raises

    `ConfigurationError`
        If the vectors cannot be read, are the other language's, or have another dimension than the
        mapping, or a word cannot be written in this format.
    """
    output = os.fspath(output)
    # Nothing can be kept beside /dev/stdout.
    folder = None if is_stream(output) else os.path.dirname(os.path.abspath(output))
    with tempfile.TemporaryDirectory(dir=folder, prefix=".mapping-") as temporary:
        vectors = read_word_vectors(
            path,
            max_words=max_words,
            lowercase=lowercase,
            dim=mapping.dim,
            matrix_file=os.path.join(temporary, "matrix"),
        )
        mapping.check_vectors(vectors.fingerprint, language, path)
        write_mapped_vectors(mapping, vectors, language, output)
        return len(vectors)
