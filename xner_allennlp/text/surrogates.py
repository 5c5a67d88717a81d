"""Halves of surrogate pairs, as broken JSON escapes make them: they cannot be written to a file."""

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(text: str) -> str:
    """`text` with U+FFFD for each half of a surrogate pair that has lost the other half."""
    return _LONE_SURROGATE.sub("\ufffd", text)
