"""The one entry to all files of word vectors."""

import os
from functools import partial
from os import PathLike
from typing import AbstractSet, Callable, Optional, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors import file_content
from xner_allennlp.vectors.fasttext_binary import read_fasttext_binary
from xner_allennlp.vectors.numpy_files import read_npy, read_npz
from xner_allennlp.vectors.rows_on_disk import RowsOnDisk
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
    Reads a file of word vectors, part by part: little more memory is used than the rows that are
    kept need. The content decides how it is read, whatever the file's name:

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
        Keep only the first `max_words` distinct words (of those wanted).
    wanted : `AbstractSet[str]`, optional
        Keep only these words, compared exactly (with `lowercase`: to the word in lower case). The
        other rows' numbers are not even parsed.
    dim : `int`, optional
        The dimension the vectors must have. Without it the header says the dimension or, in a text
        file without header, the usual length of the first 100 lines.
    encoding : `str`, optional (default = `"utf-8"`)
        The encoding of the words: any in which ASCII characters are single bytes. A word which is
        not in this encoding is left out and counted; if many are not, that is an error.
    lowercase : `bool`, optional (default = `False`)
        Change words to lower case. Of words that become equal the first, in the order of the file,
        wins.
    matrix_file : `Union[str, PathLike]`, optional
        Keep the vectors in this new file, not in memory (see [`RowsOnDisk`](./rows_on_disk.md)).

    # Returns

    `WordVectors`
        It may be empty where no word of the file is wanted.

    # Raises

    `ConfigurationError`
        If the file is missing, empty, of another format or cut short, if a row has not `dim` finite
        numbers or too many words cannot be decoded. The message names file, line and remedy.
    """
    path = os.fspath(path)
    if max_words is not None and max_words < 1:
        raise ConfigurationError(f"max_words must be at least 1, not {max_words}.")
    _check_encoding(encoding, path)
    try:
        return _read(path, max_words, wanted, dim, encoding, lowercase, matrix_file)
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


def _read(
    path: str,
    max_words: Optional[int],
    wanted: Optional[AbstractSet[str]],
    dim: Optional[int],
    encoding: str,
    lowercase: bool,
    matrix_file: Optional[Union[str, PathLike[str]]],
) -> WordVectors:
    found = file_content.format_of(path)
    make_rows: Callable[..., SelectedRows] = SelectedRows
    if matrix_file is not None:
        make_rows = partial(RowsOnDisk, matrix_file=matrix_file)
    rows = make_rows(
        path,
        row_name="line" if found in (file_content.TEXT, file_content.NPY) else "row",
        max_words=max_words,
        wanted=wanted,
        lowercase=lowercase,
        encoding=encoding,
    )
    if found == file_content.NPZ:
        return read_npz(rows, expected_dim=dim)
    if found == file_content.NPY:
        return read_npy(rows, expected_dim=dim)
    if found == file_content.FASTTEXT_BINARY:
        return read_fasttext_binary(rows, expected_dim=dim)
    with file_content.open_binary(path) as stream:
        if found == file_content.WORD2VEC_BINARY:
            return read_word2vec_binary(stream, rows, expected_dim=dim)
        return read_text(stream, rows, expected_dim=dim)
