"""The words of sentences as the pieces of a pretrained encoder."""

from hashlib import blake2b
from typing import List, NamedTuple

import numpy as np
import torch

from xner_allennlp.modules.sequences import Sequences


class SpelledWords(NamedTuple):
    """
    The words of some sentences, one after the other, each spelled with its pieces.

    num_pieces : `(num_words,)`, of each word.
    places : `(total number of pieces,)`, where each stands among the pieces of all forms.
    sentence_lengths : `(num_sentences,)`, in words.
    """

    num_pieces: np.ndarray
    places: np.ndarray
    sentence_lengths: np.ndarray

    @classmethod
    def of_forms(
        cls, words: Sequences, form_of: torch.Tensor, spellings: Sequences
    ) -> "SpelledWords":
        """The parameters are those of `SentenceEmbedder.embed_words`."""
        # shape (each): (num_words,)
        forms = form_of.cpu().numpy()
        num_pieces = spellings.lengths[forms]
        first_pieces = np.cumsum(num_pieces) - num_pieces
        first_of_form = np.cumsum(spellings.lengths) - spellings.lengths
        # shape: (total number of pieces,)
        shifts = np.repeat(first_of_form[forms] - first_pieces, num_pieces)
        return cls(num_pieces, np.arange(num_pieces.sum()) + shifts, words.lengths)

    @property
    def first_pieces(self) -> np.ndarray:
        """Where each word begins among the pieces of all words, `(num_words,)`."""
        return np.cumsum(self.num_pieces) - self.num_pieces

    def pieces_of_sentences(self) -> np.ndarray:
        """How many pieces each sentence has, `(num_sentences,)`."""
        sentence_of = np.repeat(np.arange(len(self.sentence_lengths)), self.sentence_lengths)
        numbers = np.bincount(sentence_of, self.num_pieces, len(self.sentence_lengths))
        return numbers.astype(np.int64)

    def keys(self, pieces: np.ndarray) -> List[bytes]:
        """
        Of each sentence 16 bytes that follow from its words and their pieces.

        # Parameters

        pieces : `np.ndarray`
            Shape `(num_pieces of all forms,)`, which pieces stand at `places`.
        """
        spelled = pieces[self.places].astype("<i8")
        lengths = self.num_pieces.astype("<i8")
        word_ends = np.cumsum(self.sentence_lengths)
        piece_ends = np.cumsum(self.pieces_of_sentences())
        of_sentences = zip(np.split(lengths, word_ends[:-1]), np.split(spelled, piece_ends[:-1]))
        return [
            blake2b(np.concatenate(sentence).tobytes(), digest_size=16).digest()
            for sentence in of_sentences
        ]
