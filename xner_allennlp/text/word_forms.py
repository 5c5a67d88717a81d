"""
In which form a word is looked up among known words: as it is written, else in another Unicode
normal form, else in lower case. Files of word vectors rarely have every spelling: "AMSTERDAM" means
what "amsterdam" does, and "é" is the same letter whether it is one character (NFC) or two (NFD).
"""

import unicodedata
from typing import Container, Iterable, Iterator, Optional, Set


def known_form(word: str, known: Container[str]) -> Optional[str]:
    """
    The first form of the word that is known: as it is written, in NFC, in NFD, then the same three
    in lower case. `None` if none of them is.
    """
    if word in known:
        return word
    return next((form for form in _forms(word) if form in known), None)


def forms_of(words: Iterable[str]) -> Set[str]:
    """Every form in which [`known_form`](#known_form) may look the words up."""
    return {form for word in words for form in (word, *_forms(word))}


def _forms(word: str) -> Iterator[str]:
    if word.isascii():  # which is all normal forms
        yield word.lower()
        return
    for cased in (word, word.lower()):
        yield cased
        yield unicodedata.normalize("NFC", cased)
        yield unicodedata.normalize("NFD", cased)
