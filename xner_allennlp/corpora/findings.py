"""The findings of a check, and what to do about them."""

from dataclasses import dataclass
from typing import Optional

ERROR = "error"
WARNING = "warning"
NOTE = "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Finding:
    """
    # Parameters

    severity : `str`
        "error": the data cannot be used, or what comes out of it is worthless; "warning": it works,
        but somebody should look; "note": worth knowing, nothing to do.
    code : `str`
        A short name that never changes, for programs.
    message : `str`
        What was found.
    remedy : `str`, optional (default = `""`)
        What to do.
    count : `int`, optional (default = `1`)
        How often.
    line : `int`, optional
        Where it is seen first, from 1.
    """

    severity: str
    code: str
    message: str
    remedy: str = ""
    count: int = 1
    line: Optional[int] = None


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 sentence`, `2 sentences`; `plural` is for nouns that take more than an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
