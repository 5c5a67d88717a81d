"""The tokenizer `unicode_words`, for raw text of any script."""

from typing import Any, Dict, List

from allennlp.data import Token, Tokenizer

from xner_allennlp.text.words import split_words


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
            for start, end in split_words(text, self._split_clitics, self._split_elisions)
        ]

    def _to_params(self) -> Dict[str, Any]:
        return {
            "type": "unicode_words",
            "split_clitics": self._split_clitics,
            "split_elisions": self._split_elisions,
        }
