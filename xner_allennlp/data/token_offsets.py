"""Where the tokens of a sentence stand in its text."""

from typing import List, Sequence, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import Token

from xner_allennlp.text.word_offsets import WordNotFound, found_offsets


def token_offsets(tokens: Sequence[Token], sentence: str) -> List[Tuple[int, int]]:
    """
    The `(start, end)` of each token, by what the tokens say (`idx`, `idx_end`), or else where their
    texts are found one after the other. Raises `ConfigurationError` if one is not there.
    """
    words = [token.ensure_text() for token in tokens]
    if any(token.idx is None for token in tokens):
        try:
            return found_offsets(words, sentence)
        except WordNotFound as error:
            raise ConfigurationError(
                f"the word '{error.word}' is not in the sentence '{sentence}' after the word "
                "before it; give words and sentence that agree, or one of them"
            ) from None
    return [
        (token.idx or 0, (token.idx or 0) + len(word) if token.idx_end is None else token.idx_end)
        for token, word in zip(tokens, words)
    ]
