"""Reading word vectors: one function for files of all formats."""

import os
from os import PathLike
from typing import AbstractSet, Optional, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.vectors.fasttext_binary import read_fasttext_binary
from xner_allennlp.vectors.file_content import (
    FASTTEXT_BINARY,
    NPY,
    NPZ,
    TEXT,
    WORD2VEC_BINARY,
    format_of,
    open_binary,
)
from xner_allennlp.vectors.numpy_files import read_npy, read_npz
from xner_allennlp.vectors.selected_rows import SelectedRows
from xner_allennlp.vectors.text_format import read_text
from xner_allennlp.vectors.word2vec_binary import read_word2vec_binary
from xner_allennlp.vectors.word_vectors import WordVectors


def read_word_vectors(
    path: Union[str, PathLike[str]],
    *,
    max_words: Optional[int] = None,
    wanted: Optional[AbstractSet[str]] = None,
    dim: Optional[int] = None,
    encoding: str = "utf-8",
    lowercase: bool = False,
    matrix_file: Optional[Union[str, PathLike[str]]] = None,
) -> WordVectors:
    """
    Reads a file of word vectors, part by part: it takes little more memory than the rows that are
    kept. The content decides on the format, not the file's name:

    * text with or without header (`.vec`, `.txt`, `.vec.gz`);
    * word2vec's binary format, plain or gzipped;
    * `.npz` with two arrays: `words`, as `np.array(list_of_words)` makes it, and `matrix`,
      shape (n, d);
    * `.npy` with the matrix alone; its words are in a file beside it, one a line, UTF-8:
      `vectors.words.txt` for `vectors.npy`;
    * the `.bin` file of fastText: needs gensim (`pip install "xner_allennlp[fasttext]"`), which
      loads the whole model into memory.

    # Parameters

    path : `Union[str, PathLike]`
    max_words : `int`, optional
        Keep only the first `max_words` distinct words, or distinct words of `wanted`.
    wanted : `AbstractSet[str]`, optional
        Keep only these words, compared exactly (with `lowercase`: with the word in lower case). The
        numbers of other rows are not parsed.
    dim : `int`, optional
        The dimension the vectors must have. Without it the header says the dimension or, in a text
        file without header, the usual length of the first 100 lines.
    encoding : `str`, optional (default = `"utf-8"`)
        The encoding of the words: any in which ASCII characters are single bytes. A word that is
        not in this encoding is left out and counted; many such words are an error.
    lowercase : `bool`, optional (default = `False`)
        Change words to lower case. Of words that become equal the first one in the file wins.
    matrix_file : `Union[str, PathLike]`, optional
        Keep the vectors in this new file, float32 without header, not in memory. The result's
        matrix is mapped to the file (`np.memmap`), read-only. The caller deletes the file when the
        result is no longer used.

    # Returns

    `WordVectors`
        Empty if no word of the file is wanted.

    # Raises

    `ConfigurationError`
        If the file is missing, empty, of another format or cut short, if a row has not `dim` finite
        numbers or too many words cannot be decoded. The message names file, line and remedy. A pipe
        is refused, as the beginning is read twice.
    """
    path = os.fspath(path)
    check_at_least_one(max_words=max_words)
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise ConfigurationError(
            f"{path}: word vectors cannot be read from a pipe, as their beginning is read twice. "
            "Write them to a file, and give that (gzipped files are read as they are)."
        )
    _check_encoding(encoding, path)
    try:
        found = format_of(path)
        rows = SelectedRows(
            path,
            row_name="line" if found in (TEXT, NPY) else "row",
            max_words=max_words,
            wanted=wanted,
            lowercase=lowercase,
            encoding=encoding,
            matrix_file=matrix_file,
        )
        if found == NPZ:
            return read_npz(rows, expected_dim=dim)
        if found == NPY:
            return read_npy(rows, expected_dim=dim)
        if found == FASTTEXT_BINARY:
            return read_fasttext_binary(rows, expected_dim=dim)
        read = read_word2vec_binary if found == WORD2VEC_BINARY else read_text
        with open_binary(path) as stream:
            return read(stream, rows, expected_dim=dim)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise ConfigurationError(
            f"{path}: word vectors cannot be read ({error.strerror}). Give the path of a file of "
            "word vectors (.vec, .vec.gz, .txt, .npz, .npy or .bin)."
        ) from error


def _check_encoding(encoding: str, path: str) -> None:
    try:
        is_usable = b"a 1".decode(encoding) == "a 1"
    except UnicodeError:
        is_usable = False
    except (LookupError, ValueError) as error:
        raise ConfigurationError(f"{path}: Python knows no encoding {encoding!r}.") from error
    if not is_usable:
        raise ConfigurationError(
            f"{path}: word vectors cannot be in {encoding!r}, where ASCII characters are not "
            "single bytes. Convert the file to UTF-8."
        )
