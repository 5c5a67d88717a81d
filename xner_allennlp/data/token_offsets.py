"""Where the words of a sentence stand in its text."""

from typing import List, Sequence, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import Token


def spaced_offsets(words: Sequence[str]) -> List[Tuple[int, int]]:
    """Where each word stands in the text that has a space between them."""
    offsets, start = [], 0
    for word in words:
        offsets.append((start, start + len(word)))
        start += len(word) + 1
    return offsets


def token_offsets(tokens: Sequence[Token], sentence: str) -> List[Tuple[int, int]]:
    """
    The `(start, end)` of each token: its own `idx` and `idx_end`, or else where its text is found
    after the token before it. Raises `ConfigurationError` if it is not there.
    """
    offsets: List[Tuple[int, int]] = []
    end = 0
    for token in tokens:
        word = token.ensure_text()
        start = sentence.find(word, end) if token.idx is None else token.idx
        end = start + len(word) if token.idx_end is None else token.idx_end
        if start < 0:
            raise ConfigurationError(
                f"the word '{word}' is not in the sentence '{sentence}' after the word before it; "
                "give words and sentence that agree, or one of them"
            )
        offsets.append((start, end))
    return offsets
