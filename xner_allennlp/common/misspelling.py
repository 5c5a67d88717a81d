"""What may have been meant by a name that nobody knows."""

import difflib
from typing import Iterable


def meant_by(name: str, known: Iterable[str], *, prefix: str = "", cutoff: float = 0.6) -> str:
    """
    The known name that is most alike, or all of them if none is so by `cutoff`, in [0, 1] (see
    `difflib.get_close_matches`). `prefix` stands before the one that is told.
    """
    known = list(known)
    alike = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    return f"is {prefix}{alike[0]} meant?" if alike else f"known are {', '.join(known)}"
