"""Where the words of a sentence stand in its text."""

from typing import List, Sequence, Tuple


class WordNotFound(ValueError):
    """The `word` is not in the text after the word before it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def spaced_offsets(words: Sequence[str]) -> List[Tuple[int, int]]:
    """Where each word stands in the text that has a space between them."""
    offsets, start = [], 0
    for word in words:
        offsets.append((start, start + len(word)))
        start += len(word) + 1
    return offsets


def found_offsets(words: Sequence[str], text: str) -> List[Tuple[int, int]]:
    """Where each word is found in `text` after the word before it. Raises `WordNotFound`."""
    offsets, end = [], 0
    for word in words:
        start = text.find(word, end)
        if start < 0:
            raise WordNotFound(word)
        end = start + len(word)
        offsets.append((start, end))
    return offsets
