"""Files of word vectors taken into the common space as a whole, however large."""

import os
import tempfile
from os import PathLike
from typing import Optional, Union

from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.use.mapped_vectors import write_mapped_vectors
from xner_allennlp.vectors import read_word_vectors


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
    was read waits in a temporary file beside `output`, which takes four bytes a number.

    # Parameters

    mapping : `Mapping`
    language : `str`
        `"source"` or `"target"`: whose vectors these are. They may be others than the mapping was
        learned from, as long as they are of the same space.
    path : `Union[str, PathLike]`
        In any format that [`read_word_vectors`](../vectors/reading.md) reads.
    output : `Union[str, PathLike]`
        Its ending decides the format, see [`write_mapped_vectors`](./mapped_vectors.md). It is
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
    folder = os.path.dirname(os.path.abspath(os.fspath(output)))
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
