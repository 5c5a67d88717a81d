"""Splitting raw text of any script into words, without a model."""

from typing import Any, Dict, Iterator, List, Tuple

import regex
from allennlp.data import Token, Tokenizer

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


@Tokenizer.register("unicode_words")
class UnicodeWordsTokenizer(Tokenizer):
    """
    Splits text of any script into words, numbers and punctuation by the characters' Unicode
    properties, near to how the CoNLL corpora are split. It downloads nothing and knows no
    language.

    * Words are runs of letters, marks and digits. Hyphens and apostrophes inside keep them
      together (`best-selling`, `O'Brien`, `zo'n`), as do separators inside numbers (`10,000.50`).
    * Punctuation stands alone, except rows of dots, dashes and quotation marks (`...`), initials
      and dotted abbreviations (`W.` before a capital, `U.S.`), and addresses.
    * Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan, which put no spaces between words,
      are split into characters (grapheme clusters), as their NER corpora commonly are. Everything
      else that is neither letter nor digit is too: an emoji is one token.
    * Nothing is lost but white space and invisible marks (direction marks, zero-width spaces), and
      nothing is changed: `text[token.idx : token.idx_end] == token.text`.

    Registered as a `Tokenizer` with name "unicode_words".

    # Parameters

    split_clitics : `bool`, optional (default = `True`)
        Split English endings off as the English corpora have it: `Germany 's`, `do n't`.
        (Those endings are also split in the other languages of WikiNEuRal.)
    split_elisions : `bool`, optional (default = `False`)
        Split French and Italian elided articles off: `l' Espagne`. Dutch and Irish names
        (`D'Hondt`, `O'Brien`) would be split too.
    """

    def __init__(self, split_clitics: bool = True, split_elisions: bool = False) -> None:
        self._split_clitics = split_clitics
        self._split_elisions = split_elisions

    def tokenize(self, text: str) -> List[Token]:
        """
        The tokens of `text` with `idx` and `idx_end`, their character offsets (end exclusive).
        """
        return [
            Token(text[start:end], idx=start, idx_end=end)
            for match in _SCAN.finditer(text)
            if match["token"]
            for start, end in self._parts(match)
        ]

    def _parts(self, match: "regex.Match[str]") -> Iterator[Tuple[int, int]]:
        start, end = match.span()
        word = match["word"]
        if word is not None:
            elision = _ELISION.search(word) if self._split_elisions else None
            if elision is not None:
                yield start, start + elision.end()
                start += elision.end()
            clitic = _CLITIC.search(match.string, start, end) if self._split_clitics else None
            if clitic is not None:
                yield start, clitic.start()
                start = clitic.start()
        yield start, end

    def _to_params(self) -> Dict[str, Any]:
        return {
            "type": "unicode_words",
            "split_clitics": self._split_clitics,
            "split_elisions": self._split_elisions,
        }
