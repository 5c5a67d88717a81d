"""Vectors of words that have none, from their character n-grams."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from xner_allennlp.common.device_copies import arrays_of, tensors_on
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.text.ngrams import NUM_NGRAMS, ngrams

if TYPE_CHECKING:
    # It needs scipy, which an exported tagger does without.
    from xner_allennlp.vectors.subwords import NgramVectors

_WORDS_AT_ONCE = 4096


class SubwordVectors(torch.nn.Module):
    """
    Has as buffers what `NgramVectors` has, zero until they are filled or loaded. Vectors of n-grams
    are in half precision: they take as much room as those of words.

    # Parameters

    dim : `int`, required.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        # shape: (NUM_NGRAMS, dim)
        self.register_buffer("vectors", torch.zeros(NUM_NGRAMS, dim, dtype=torch.float16))
        # shape: (NUM_NGRAMS,)
        self.register_buffer("squared_weights", torch.zeros(NUM_NGRAMS))
        # shape: (dim,)
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("length", torch.zeros(()))

    def fill(self, learned: "NgramVectors") -> None:
        """With what was learned from words of the same space."""
        for name, value in learned._asdict().items():
            getattr(self, name).copy_(torch.as_tensor(value))

    def forward(self, spellings: Sequences, characters: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        spellings : `Sequences`
            Where the characters of the words stand, one word after the other.
        characters : `torch.Tensor`
            Shape `(num_characters,)`, of all words.

        # Returns

        `torch.Tensor`
            Shape `(num_words, dim)`.
        """
        lengths = spellings.lengths
        # The vectors of all n-grams of a vocabulary would need gigabytes.
        parts = []
        end = 0
        for first in range(0, max(len(lengths), 1), _WORDS_AT_ONCE):
            of_part = lengths[first : first + _WORDS_AT_ONCE]
            begin, end = end, end + int(of_part.sum())
            parts.append(self._of_words(of_part, characters[begin:end]))
        return torch.cat(parts)

    def _of_words(self, lengths: np.ndarray, characters: torch.Tensor) -> torch.Tensor:
        of_word, number = tensors_on(self.mean.device, ngrams(lengths, arrays_of([characters])[0]))
        num_words = len(lengths)
        # shape: (num_words, dim)
        sums = self.mean.new_zeros(num_words, len(self.mean))
        sums = sums.index_add(0, of_word, self.vectors[number].to(sums.dtype))
        # shape: (num_words,)
        squared_norms = sums.new_zeros(num_words)
        squared_norms = squared_norms.index_add(0, of_word, self.squared_weights[number])
        # A word without a character has no n-gram, and so the mean.
        # shape: (num_words, dim)
        directions = self.mean + sums / squared_norms.clamp(min=1e-9).sqrt().unsqueeze(1)
        return self.length * torch.nn.functional.normalize(directions, dim=1)

    def complete(
        self, vectors: torch.Tensor, spellings: Sequences, characters: torch.Tensor
    ) -> torch.Tensor:
        """`vectors`, `(num_words, dim)`, with those of the words in place of zero rows."""
        # shape: (num_words,)
        is_missing = (vectors == 0).all(dim=1)
        [missing] = arrays_of([is_missing])
        if not missing.any():
            return vectors
        lengths = spellings.lengths
        # shape: (num_characters,)
        is_of_missing = torch.from_numpy(missing.repeat(lengths)).to(characters.device)
        # shape: (num_missing, dim)
        found = self(
            Sequences(lengths[missing], spellings.width, spellings.device),
            characters[is_of_missing],
        )
        return vectors.index_put((is_missing,), found.to(vectors.dtype))
