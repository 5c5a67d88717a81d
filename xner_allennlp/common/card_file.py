"""
The card that is in an archive, a run's folder or the folder of an exported tagger, read without
AllenNLP.
"""

import os
import tarfile
import zlib

from xner_allennlp.common.errors import InputError

CARD_NAME = "README.md"

# A longer one is no card.
_LONGEST = 2**20


def read_card(path: str) -> str:
    """Raises `InputError` if there is no card, or no archive."""
    try:
        if os.path.isdir(path):
            with open(os.path.join(path, CARD_NAME), "rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace")
        with tarfile.open(path, "r:gz") as archive:
            content = archive.extractfile(CARD_NAME)
            assert content is not None  # a folder of this name
            return content.read(_LONGEST).decode("utf-8", "replace")
    except (FileNotFoundError, KeyError, AssertionError):
        missing = "" if os.path.exists(path) else "no such file or folder, so "
        raise InputError(
            f"{path}: {missing}there is no {CARD_NAME} in it. Give an archive or a run of a "
            "tagger; one of an earlier version has none until it is made anew "
            "(`allennlp archive-selection`)."
        ) from None
    except (EOFError, tarfile.TarError, zlib.error, OSError) as error:
        raise InputError(f"{path}: cannot be read as an archive ({error}).") from None
