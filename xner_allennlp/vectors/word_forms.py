"""
In which form a word is looked up among known words: as it is written, else in lower case. Files of
word vectors rarely have every spelling, and "AMSTERDAM" means what "amsterdam" does.
"""

from typing import Container, Iterable, Optional, Set


def known_form(word: str, known: Container[str]) -> Optional[str]:
    """The word if it is known, else its lower case if that is known, else `None`."""
    if word in known:
        return word
    lower = word.lower()
    return lower if lower in known else None


def forms_of(words: Iterable[str]) -> Set[str]:
    """Every form in which [`known_form`](#known_form) may look the words up."""
    return {form for word in words for form in (word, word.lower())}
