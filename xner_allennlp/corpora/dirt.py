"""What does not belong into tokens, and letters that a wrong conversion has spoilt."""

import re
import unicodedata
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from xner_allennlp.corpora.findings import ERROR, WARNING, Finding, counted

_SPOILT_SHARE = 0.0005
_SPOILT_MINIMUM = 5
"""From so many spoilt tokens on, it was not single tokens that were spoilt, but the file."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]")
_JOINERS = "\u200c\u200d"  # letters of Arabic and Indic scripts need them


class TokenUse(NamedTuple):
    """How often a token occurs, and in which line first."""

    times: int
    line: int


def dirt_in(tokens: Dict[str, TokenUse]) -> List[Finding]:
    """What is wrong with the tokens of a file."""
    total = sum(use.times for use in tokens.values())
    findings = []
    for code, is_dirty, what, remedy, spoils in _KINDS:
        dirty = {token: use for token, use in tokens.items() if is_dirty(token)}
        count = sum(use.times for use in dirty.values())
        if not count:
            continue
        line, example = min((use.line, token) for token, use in dirty.items())
        is_error = code == "replacement_character" or (
            spoils and count >= max(_SPOILT_MINIMUM, _SPOILT_SHARE * total)
        )
        message = f"{counted(count, 'token')} with {what}, e.g. {_shown(example)}"
        severity = ERROR if is_error else WARNING
        findings.append(Finding(severity, code, message, remedy, count, line))
    return findings


def as_meant(token: str) -> Optional[str]:
    """
    The token as it was before a file in one encoding was read in another: UTF-8 read as latin-1 or
    cp1252 ("MÃ¼nchen"), or latin-1 read as cp1251 ("Mьnchen"). None if it looks right.
    """
    if token.isascii():
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            return token.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    if _LATIN.search(token) and _CYRILLIC.search(token):
        try:
            return token.encode("cp1251").decode("latin-1")
        except UnicodeError:
            return None
    return None


def _has_odd_space(token: str) -> bool:
    return any(letter.isspace() for letter in token)


def _has_control(token: str) -> bool:
    return any(unicodedata.category(letter) == "Cc" and not letter.isspace() for letter in token)


def _has_invisible(token: str) -> bool:
    return not _is_empty(token) and any(
        unicodedata.category(letter) == "Cf" and letter not in _JOINERS for letter in token
    )


def _is_empty(token: str) -> bool:
    return all(letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf") for letter in token)


def _shown(token: str) -> str:
    meant = as_meant(token)
    return ascii_of(token) + (f", which was {meant}" if meant else "")


def ascii_of(token: str) -> str:
    """`token` between quotes, with what cannot be seen written as an escape."""
    return repr(token[:40])


_Kind = Tuple[str, Callable[[str], bool], str, str, bool]

# code, what is dirty, its name, the remedy, whether many of them mean that the file is spoilt
_KINDS: List[_Kind] = [
    (
        "odd_space",
        _has_odd_space,
        "a no-break or other odd space inside",
        "Replace it if vectors write the word otherwise; such a token has no vector.",
        False,
    ),
    (
        "control_character",
        _has_control,
        "a control character",
        "Remove it; it comes from a broken conversion (cp1252 read as latin-1, or binary data).",
        True,
    ),
    (
        "invisible_character",
        _has_invisible,
        "an invisible character (soft hyphen, zero-width space, direction mark)",
        "Remove them; such a token has no vector.",
        False,
    ),
    (
        "empty_token",
        _is_empty,
        "invisible characters alone",
        "Remove these lines; such a token has no vector.",
        False,
    ),
    (
        "replacement_character",
        lambda token: "\ufffd" in token,
        "U+FFFD, which stands where a letter was lost",
        "Get the file again and convert it from its own encoding; the letters are not in this one.",
        True,
    ),
    (
        "mojibake",
        lambda token: as_meant(token) is not None,
        "letters of a wrong encoding",
        "Convert the original again, from its own encoding: xner-data convert, with --encoding.",
        True,
    ),
    (
        "lost_letter",
        lambda token: bool(_LOST_LETTER.search(token)) and "/" not in token,
        "a question mark between letters, where perhaps a letter was lost",
        "Look at them; if they were accented letters, get the file again.",
        True,
    ),
]
