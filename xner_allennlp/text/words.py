"""Splitting raw text of any script into words, without a model and without AllenNLP."""

from typing import Iterator, List, Tuple

import regex

# Scripts written without spaces between words; U+30FC and U+FF70 lengthen a vowel of two of them.
_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\u30fc\uff70"
)
# What parts tokens and belongs to none: white space and invisible marks (direction marks, byte
# order marks; outside of words also joiners and soft hyphens).
_SEPARATOR = r"[\s\x1c-\x1f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
_LETTER = rf"[\p{{L}}--[{_UNSPACED}]]"
# A letter, mark or digit; joiners and soft hyphens between letters stay inside the word.
_UNIT = (
    rf"(?:[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]"
    rf"(?:[\u00ad\u200c\u200d]+(?=[[\p{{L}}\p{{M}}]--[{_UNSPACED}]]))?)"
)
_APOSTROPHE = "['’＇]"
# What joins two runs of units to one word: best-selling, O'Brien, snake_case, col·lecció; between
# digits 10,000.50, 2:1, 5/6, 1990–91, ١٬٠٠٠; the endings of EU:n and 8:n; AT&T.
_JOINER = (
    rf"(?:[\-‐‑_·]|{_APOSTROPHE}"
    r"|(?<=\p{N})[.,:/٫٬–](?=\p{N})|(?<=[\p{Lu}\p{N}]):(?=\p{Ll})|(?<=\p{Lu})&(?=\p{Lu}))"
)
_WORD = rf"{_UNIT}++(?:{_JOINER}{_UNIT}++)*+"

# The first alternative that matches makes the token; the last one matches anything.
_TOKENS = (
    # Addresses, without the punctuation of the sentence after them.
    r"(?i:https?://|www\.)[^\s<>\"]*[^\s<>\"'’”».,;:!?)\]}]",
    r"[A-Za-z0-9._%+\-]{1,64}+@[\w\-]++(?:\.[\w\-]++)++",
    # EE.UU.
    r"(?:\p{Lu}{2}\.){2,}",
    # U.S., z.B.
    rf"(?:{_LETTER}\p{{M}}*+\.){{2,}}",
    # The W. of George W. Bush.
    r"\p{Lu}\p{M}*+\.(?=\s+\p{Lu})",
    # Dutch 's, 't and 's-Hertogenbosch, but not 'a quotation'.
    rf"{_APOSTROPHE}{_LETTER}\p{{M}}*+(?![\p{{L}}\p{{M}}\p{{N}}'’])(?:-{_WORD})?",
    rf"(?P<word>{_WORD})",
    # Dots, dashes and quotation marks in a row: ... -- ''
    r"(?P<mark>[.\-–—=*_~`'!?])(?P=mark)+",
    # A flag, or half of one, as \X has it, which would count them from the beginning each time.
    r"[\U0001F1E6-\U0001F1FF]{1,2}+[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+",
    # One character as the reader sees it: punctuation, an emoji of several code points, a letter
    # of a script without spaces.
    r"\X",
)
_SCAN = regex.compile(rf"(?V1){_SEPARATOR}+|(?P<token>{'|'.join(_TOKENS)})")

_CLITIC = regex.compile(r"(?i)(?<=[\p{L}\p{M}\p{N}])(?:n['’]t|['’](?:s|m|d|ll|re|ve))$")
_ELISION = regex.compile(
    r"(?i)^(?:\p{L}|qu|jusqu|lorsqu|puisqu|quoiqu|gl|un|all|dall|dell|nell|sull|quell|quest)"
    r"['’](?=\p{L})"
)


def split_words(text: str, split_clitics: bool, split_elisions: bool) -> List[Tuple[int, int]]:
    """
    Where the words of `text` stand, in characters, end exclusive. `unicode_words`
    ([here](../data/tokenizer.md)) says by which rules, and what the options are.
    """
    return [
        span
        for match in _SCAN.finditer(text)
        if match["token"]
        for span in _parts(match, split_clitics, split_elisions)
    ]


def _parts(
    match: "regex.Match[str]", split_clitics: bool, split_elisions: bool
) -> Iterator[Tuple[int, int]]:
    start, end = match.span()
    word = match["word"]
    if word is not None:
        elision = _ELISION.search(word) if split_elisions else None
        if elision is not None:
            yield start, start + elision.end()
            start += elision.end()
        clitic = _CLITIC.search(match.string, start, end) if split_clitics else None
        if clitic is not None:
            yield start, clitic.start()
            start = clitic.start()
    yield start, end
