"""The character n-grams of words."""

from typing import Tuple

import numpy as np

NUM_NGRAMS = 2**16
"""How many are told apart; n-grams whose hashes are equal are one."""

# As fastText.
_SHORTEST, _LONGEST = 3, 6
# Products of the factor and numbers below the prime fit in 64 bits.
_PRIME = 2**31 - 1
_FACTOR = 1_000_003
# In front of a word and behind it: no character has the index of padding.
_EDGE = 0


def ngrams(num_characters: np.ndarray, characters: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """
    # Parameters

    num_characters : `np.ndarray`
        Shape `(num_words,)`.
    characters : `np.ndarray`
        Shape `(total number of characters,)`, the indices of those of all words, one word after
        the other.

    # Returns

    Two arrays of shape `(total number of n-grams,)`: which word each n-gram is of, and its number,
    below `NUM_NGRAMS`.
    """
    word_of_character = np.repeat(np.arange(len(num_characters)), num_characters)
    # Each word before it has two edges, and it has one in front.
    with_edges = np.full(len(characters) + 2 * len(num_characters), _EDGE, dtype=np.int64)
    with_edges[np.arange(len(characters)) + 2 * word_of_character + 1] = characters
    lengths = num_characters + 2
    # shape (each): (total number of characters and edges,)
    word_of = np.repeat(np.arange(len(lengths)), lengths)
    end_of_word = np.cumsum(lengths)[word_of]
    positions = np.arange(len(with_edges))
    words, numbers = [], []
    for n in range(_SHORTEST, _LONGEST + 1):
        starts = positions[positions + n <= end_of_word]
        hashes = np.full(len(starts), n, dtype=np.int64)
        for offset in range(n):
            hashes = (hashes * _FACTOR + with_edges[starts + offset]) % _PRIME
        words.append(word_of[starts])
        numbers.append(hashes % NUM_NGRAMS)
    return np.concatenate(words), np.concatenate(numbers)
