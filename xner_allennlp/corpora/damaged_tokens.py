"""Tokens with characters that no token should have, or with letters that a conversion damaged."""

import re
import unicodedata
from typing import Callable, Dict, List, NamedTuple, Optional

from xner_allennlp.corpora.findings import ERROR, WARNING, Finding, counted
from xner_allennlp.data.conll_file import is_invisible

_DAMAGED_SHARE = 0.0005
_DAMAGED_MINIMUM = 5
"""With more damaged tokens than these the whole file is damaged, not single tokens."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_CYRILLIC_RUN = re.compile(r"[\u0400-\u04ff]+")
# What joins words of two scripts: IT-компания, ru:Иван.
_NO_LETTERS = re.compile(r"[\W\d_]+")
# Cyrillic letters that look like Latin ones stand in words by a slip of the keyboard.
_LOOK_LATIN = frozenset("аеорсухіјѕАВЕКМНОРСТХІЈЅ")
_LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]")
_JOINERS = "\u200c\u200d"  # letters of Arabic and Indic scripts need them
_LONGEST_EXAMPLE = 40


class TokenUse(NamedTuple):
    """How many `times` a token occurs in a file, and in which `line` first."""

    times: int
    line: int


class _Kind(NamedTuple):
    """
    A kind of damage: the `code` and `remedy` of its finding, the test whether a token `is_damaged`,
    and what a damaged token `contains`. `many_are_error` says that a file with many such tokens was
    converted wrongly as a whole.
    """

    code: str
    is_damaged: Callable[[str], bool]
    contains: str
    remedy: str
    many_are_error: bool


def findings_in_tokens(tokens: Dict[str, TokenUse]) -> List[Finding]:
    """A finding for each kind of damage in the tokens of a file."""
    total = sum(use.times for use in tokens.values())
    findings = []
    for kind in _KINDS:
        damaged = {token: use for token, use in tokens.items() if kind.is_damaged(token)}
        count = sum(use.times for use in damaged.values())
        if not count:
            continue
        line, example = min((use.line, token) for token, use in damaged.items())
        original = undo_wrong_encoding(example)
        shown = quoted(example) + (f", which was {original}" if original else "")
        is_error = kind.many_are_error and count >= max(_DAMAGED_MINIMUM, _DAMAGED_SHARE * total)
        message = f"{counted(count, 'token')} with {kind.contains}, e.g. {shown}"
        severity = ERROR if is_error else WARNING
        findings.append(Finding(severity, kind.code, message, kind.remedy, count, line))
    return findings


def undo_wrong_encoding(token: str) -> Optional[str]:
    """
    The original of a token that was read in a wrong encoding: UTF-8 as latin-1 or cp1252
    ("MÃ¼nchen"), or latin-1 as cp1251 ("Mьnchen"). `None` if the token looks right.
    """
    if token.isascii():
        return None
    for encoding in ("latin-1", "cp1252"):
        try:
            return token.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    if not any(map(_is_latin_as_cyrillic, _NO_LETTERS.split(token))):
        return None
    try:
        return token.encode("cp1251").decode("latin-1")
    except UnicodeError:
        return None


def _is_latin_as_cyrillic(word: str) -> bool:
    """
    Whether a word has single Cyrillic letters among its Latin ones, where accented letters stand.
    More of them in a row are an ending ("SMSка"), but for those of "öß".
    """
    cyrillic = _CYRILLIC_RUN.findall(word)
    return (
        0 < len(cyrillic) <= len(_LATIN.findall(word))
        and all(len(run) == 1 or "Я" in run for run in cyrillic)
        and not _LOOK_LATIN.issuperset("".join(cyrillic))
    )


def quoted(token: str) -> str:
    """The beginning of `token` between quotes, with escapes for what cannot be seen."""
    return repr(token[:_LONGEST_EXAMPLE])


def _has_odd_space(token: str) -> bool:
    return any(letter.isspace() for letter in token)


def _has_control(token: str) -> bool:
    return any(unicodedata.category(letter) == "Cc" and not letter.isspace() for letter in token)


def _has_invisible(token: str) -> bool:
    return not is_invisible(token) and any(
        unicodedata.category(letter) == "Cf" and letter not in _JOINERS for letter in token
    )


_KINDS = (
    _Kind(
        "odd_space",
        _has_odd_space,
        "a no-break or other odd space inside",
        "Replace it if vectors write the word otherwise; such a token has no vector.",
        False,
    ),
    _Kind(
        "control_character",
        _has_control,
        "a control character",
        "Remove it; it comes from a broken conversion (cp1252 read as latin-1, or binary data).",
        True,
    ),
    _Kind(
        "invisible_character",
        _has_invisible,
        "an invisible character (soft hyphen, zero-width space, direction mark)",
        "Remove them; such a token has no vector.",
        False,
    ),
    _Kind(
        "empty_token",
        is_invisible,
        "invisible characters alone",
        "Nothing: the reader keeps them, or drops them if its blank_tokens says so.",
        False,
    ),
    _Kind(
        "replacement_character",
        lambda token: "\ufffd" in token,
        "U+FFFD, which stands where a letter was lost",
        "Get the file again and convert it from its own encoding; the letters are not in this one.",
        True,
    ),
    _Kind(
        "mojibake",
        lambda token: undo_wrong_encoding(token) is not None,
        "letters of a wrong encoding",
        "Convert the original again, from its own encoding: xner-data convert, with --encoding.",
        True,
    ),
    _Kind(
        "lost_letter",
        lambda token: bool(_LOST_LETTER.search(token)) and "/" not in token,
        "a question mark between letters, where perhaps a letter was lost",
        "Look at them; if they were accented letters, get the file again.",
        True,
    ),
)
