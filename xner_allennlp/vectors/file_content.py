"""Opening a file of word vectors, and recognising its format by its first bytes."""

import gzip
import re
import zlib
from typing import BinaryIO, Optional, Tuple

from allennlp.common.checks import ConfigurationError

TEXT, NPZ, NPY = "text", "npz", "npy"
WORD2VEC_BINARY, FASTTEXT_BINARY = "word2vec binary", "fastText binary"

DAMAGED_GZIP = (EOFError, zlib.error, gzip.BadGzipFile)
"""The exceptions that a damaged or unfinished gzip file raises."""

BEST_COMPRESSION = 1032
"""The highest ratio of gzip: it limits how many rows a file of some size can hold."""

_HEAD_BYTES = 1 << 16
_FIRST_LINES = 10
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_NPY_MAGIC = b"\x93NUMPY"
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
_HEADER = re.compile(rb"\s*(\d{1,18}) (\d{1,18})[ \r]*\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_REMEDIES = {
    b"BZh": "It is compressed with bzip2: decompress it, or compress it with gzip.",
    b"\xfd7zXZ": "It is compressed with xz: decompress it, or compress it with gzip.",
    b"\x89HDF": "It is an HDF5 file: write its words and vectors as text or as .npz.",
    b"\x80\x02": "It is a pickle: load it with the program that wrote it, and save it as text.",
    b"\x80\x03": "It is a pickle: load it with the program that wrote it, and save it as text.",
    b"\x80\x04": "It is a pickle: load it with the program that wrote it, and save it as text.",
    b"\x80\x05": "It is a pickle: load it with the program that wrote it, and save it as text.",
}


def open_binary(path: str) -> BinaryIO:
    """
    The file's bytes, decompressed if it is gzipped, whatever its name.

    # Raises

    `OSError`
        If the file cannot be opened.
    """
    stream = open(path, "rb")
    magic = stream.read(len(_GZIP_MAGIC))
    if magic != _GZIP_MAGIC:
        stream.seek(0)
        return stream
    stream.close()
    return gzip.open(path, "rb")  # type: ignore[return-value]


def format_of(path: str) -> str:
    """
    One of `TEXT`, `NPZ`, `NPY`, `WORD2VEC_BINARY` and `FASTTEXT_BINARY`, by the content.

    # Raises

    `ConfigurationError`
        If the content has another format. Damaged files count as text, whose reader names the line.
    `OSError`
        If the file cannot be opened.
    """
    with open_binary(path) as stream:
        try:
            head = stream.read(_HEAD_BYTES)
        except DAMAGED_GZIP:
            return TEXT  # whose reader says what is wrong
    if head.startswith(_ZIP_MAGIC):
        return NPZ
    if head.startswith(_NPY_MAGIC):
        return NPY
    if head.startswith(_FASTTEXT_MAGIC):
        return FASTTEXT_BINARY
    header = find_header(head)
    if header is not None and _is_binary_after(head, header[1], header[2]):
        return WORD2VEC_BINARY
    for magic, remedy in _REMEDIES.items():
        if head.startswith(magic):
            raise ConfigurationError(f"{path}: this is no file of word vectors. {remedy}")
    if b"\0" in head.partition(b"\n")[0]:
        raise ConfigurationError(
            f"{path}: this is not a text file, nor one of the binary files that can be read. Give "
            "the word vectors as text (.vec, .txt, .vec.gz), as .npz, or as the .bin file of "
            "fastText or word2vec."
        )
    return TEXT


def find_header(head: bytes) -> Optional[Tuple[int, int, int]]:
    """
    The number of words, the dimension and the length of the header line, if a file starts with one.
    """
    found = _HEADER.match(head)
    return None if found is None else (int(found[1]), int(found[2]), found.end())


def _is_binary_after(head: bytes, dim: int, start: int) -> bool:
    """
    Whether what follows a header is not text: it has control characters, which words of a text file
    may have too, and none of its first lines ends in `dim` numbers.
    """
    if not _CONTROL.search(head, start):
        return False
    lines = head[start:].split(b"\n", _FIRST_LINES)[:_FIRST_LINES]
    return not any(_ends_in_numbers(line.rstrip(b"\r \t"), dim) for line in lines)


def _ends_in_numbers(line: bytes, dim: int) -> bool:
    fields = line.split(b" ")
    if len(fields) <= dim:
        return False
    try:
        for field in fields[-dim:]:
            float(field)
    except ValueError:
        return False
    return True
