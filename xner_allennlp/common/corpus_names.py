"""
What the name of a file tells: of a corpus `nl.testa`, `ned.testa`, `en.dev.conll`, ..., of vectors
`nl.vec.gz` and fastText's own `cc.nl.300.vec.gz`, `wiki.nl.vec`.
"""

import os
from typing import Optional, Tuple

SPLITS = ("train", "testa", "testb")
"""Training, development and test, as CoNLL's files are named."""

_LANGUAGES_OF_CONLL = {"eng": "en", "esp": "es", "ned": "nl", "deu": "de", "arb": "ar"}
_SPLIT_NAMES = {"dev": "testa", "valid": "testa", "val": "testa", "test": "testb"}
# What the language stands behind in the names of fastText's and MUSE's vectors.
_BEFORE_LANGUAGE = frozenset({"cc", "wiki", "multi"})


def language_and_split(path: str) -> Tuple[Optional[str], Optional[str]]:
    """The language's code of two letters and one of `SPLITS`; `None` for what is not told."""
    parts = os.path.basename(path).lower().split(".")
    while parts[0] in _BEFORE_LANGUAGE and len(parts) > 1:
        parts = parts[1:]
    names = (_SPLIT_NAMES.get(part, part) for part in parts)
    split = next((name for name in names if name in SPLITS), None)
    stem = _LANGUAGES_OF_CONLL.get(parts[0], parts[0])
    is_language = len(stem) == 2 and stem.isalpha() and len(parts) > 1
    return stem if is_language else None, split
