"""What the name of a corpus file tells: `nl.testa`, `ned.testa`, `en.dev.conll`, ..."""

import os
from typing import Optional, Tuple

SPLITS = ("train", "testa", "testb")
"""Training, development and test, as CoNLL's files are named."""

_LANGUAGES_OF_CONLL = {"eng": "en", "esp": "es", "ned": "nl", "deu": "de", "arb": "ar"}
_SPLIT_NAMES = {"dev": "testa", "valid": "testa", "val": "testa", "test": "testb"}


def language_and_split(path: str) -> Tuple[Optional[str], Optional[str]]:
    """The language's code of two letters and one of `SPLITS`; `None` for what is not told."""
    parts = os.path.basename(path).lower().split(".")
    names = (_SPLIT_NAMES.get(part, part) for part in parts)
    split = next((name for name in names if name in SPLITS), None)
    stem = _LANGUAGES_OF_CONLL.get(parts[0], parts[0])
    is_language = len(stem) == 2 and stem.isalpha() and len(parts) > 1
    return stem if is_language else None, split
