"""Words from their characters, without AllenNLP; `shared_char_lstm.py` registers it."""

from typing import Optional

import torch

from xner_allennlp.modules.encoders import EncoderInput, encode
from xner_allennlp.modules.sequences import Sequences


class CharacterReader(torch.nn.Module):
    """
    Has `embedding`, a module whose `weight` is the one character matrix, `(num_characters,
    embedding_dim)`, and `encoders`, the character LSTM of each path that reads characters.
    """

    embedding: torch.nn.Module
    encoders: torch.nn.ModuleDict

    def serves(self, path: str) -> bool:
        """Whether the encoder of `path` ("source" or "target") reads characters."""
        return path in self.encoders

    def get_output_dim(self, path: Optional[str] = None) -> int:
        """
        How long the vector of a word is for the encoder of `path`, which reads characters; by
        default for the first that does.
        """
        encoders = self.encoders.values() if path is None else [self.encoders[path]]
        return next(iter(encoders)).get_output_dim()

    def encode_forms(
        self, spellings: Sequences, characters: torch.Tensor, path: str
    ) -> torch.Tensor:
        """
        The vectors of word forms by the character LSTM of `path`, `(num_forms, output_dim)`, zero
        for an empty form; `characters`, `(num_characters,)`, stand where `spellings` says.
        """
        # Equal characters share a row, the embedding's.
        inputs = EncoderInput(spellings, (self.embedding.weight,), characters)
        return encode(self.encoders[path], inputs)
