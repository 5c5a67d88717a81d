"""Checksums of files."""

import hashlib
from os import PathLike
from typing import Union


def sha256_of(path: Union[str, "PathLike[str]"]) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(2**20):
            digest.update(block)
    return digest.hexdigest()
