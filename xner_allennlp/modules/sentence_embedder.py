"""Token embedders that read a word in its sentence."""

import torch

from xner_allennlp.modules.sequences import Sequences


class SentenceEmbedder(torch.nn.Module):
    """
    An embedder for which the same word is not the same in every sentence, so that each word of a
    batch has a vector of its own.
    """

    def get_output_dim(self) -> int:
        """How long the vector of a word is."""
        raise NotImplementedError

    def embed_words(
        self,
        words: Sequences,
        form_of: torch.Tensor,
        spellings: Sequences,
        characters: torch.Tensor,
    ) -> torch.Tensor:
        """
        # Parameters

        words : `Sequences`
            Where the words stand in their sentences.
        form_of : `torch.Tensor`
            Shape `(num_words,)`, which form a word is.
        spellings : `Sequences`
            Where the characters of the forms stand, one form after the other.
        characters : `torch.Tensor`
            Shape `(num_characters,)`, those of all forms, or what the reader spells words with in
            their place.

        # Returns

        `torch.Tensor`
            Shape `(num_words, output_dim)`.
        """
        raise NotImplementedError
