"""Loading the arrays of an `.npz` file that nobody vouches for."""

import os
import zipfile
from typing import Dict, Union

import numpy as np

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.vectors.numpy_files import NUMPY_DAMAGE

LARGEST_FILE = 4 * 2**30
"""
Bytes, decompressed. Mappings and checkpoints hold some matrices of a word vector's size; more than
this is a mistake, or meant to fill the memory.
"""


class DamagedFile(Exception):
    """The file is not an `.npz` file as numpy writes it."""


def load_arrays(path: Union[str, "os.PathLike[str]"]) -> Dict[str, np.ndarray]:
    """
    The arrays of an `.npz` file by name. No pickle is loaded, whatever the file holds.

    # Raises

    `DamagedFile`
        If anything in it is cut off, changed, too large or a pickle.
    `FileNotFoundError`, `IsADirectoryError`, `PermissionError`
        If it cannot be opened.
    """
    try:
        with open(path, "rb") as stream:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
            if size > LARGEST_FILE:
                raise DamagedFile(f"it holds {size} bytes, more than {LARGEST_FILE}")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as content:
                arrays = {name: content[name] for name in content.files}
        for array in arrays.values():
            if isinstance(array, np.ndarray) and array.dtype.kind == "U":
                array.tolist()  # which fails for numbers that are no characters
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except NUMPY_DAMAGE as error:
        raise DamagedFile(excerpt(str(error)) or type(error).__name__) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # of a member in another format numpy gives the bytes
            raise DamagedFile(f"{excerpt(name)} is no array")
    return arrays
