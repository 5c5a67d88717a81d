"""Words from their characters, by one character matrix for both languages."""

from typing import Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import Embedding, Seq2VecEncoder, TokenEmbedder

from xner_allennlp.modules.encoders import EncoderInput, encode
from xner_allennlp.modules.sequences import Sequences


@TokenEmbedder.register("shared_char_lstm")
class SharedCharLstm(TokenEmbedder):
    """
    Words from their characters (paper, "Target Encoder with Shared Character Embedding"): ONE
    character matrix for both languages and both encoders, and one character LSTM for each encoder
    that reads characters.

    Registered as a `TokenEmbedder` with name "shared_char_lstm".

    # Parameters

    vocab : `Vocabulary`, required.
    encoder : `Seq2VecEncoder`, optional (default = `None`).
        The character LSTM of the source encoder, `tied_lstm` or `untied_lstm`. `None` where the
        source encoder reads words only (the paper's base systems for German and Arabic).
    target_encoder : `Seq2VecEncoder`, optional (default = `None`).
        The character LSTM of the target encoder; only Cross-Augmented has one.
    embedding_dim : `int`, optional (default = `25`, the paper's).
    vocab_namespace : `str`, optional (default = `"characters"`).

    # Raises

    `ConfigurationError` if neither encoder is given or an input size is not `embedding_dim`.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        encoder: Optional[Seq2VecEncoder] = None,
        target_encoder: Optional[Seq2VecEncoder] = None,
        embedding_dim: int = 25,
        vocab_namespace: str = "characters",
    ) -> None:
        super().__init__()
        encoders = {"source": encoder, "target": target_encoder}
        self.encoders = torch.nn.ModuleDict(
            {path: module for path, module in encoders.items() if module is not None}
        )
        if not self.encoders:
            raise ConfigurationError(
                "shared_char_lstm without `encoder` and `target_encoder` embeds nothing: "
                "leave `character_embedder` out of the model instead"
            )
        for path, module in self.encoders.items():
            if module.get_input_dim() != embedding_dim:
                raise ConfigurationError(
                    f"the character LSTM of the {path} encoder has input_size "
                    f"{module.get_input_dim()}, but characters have {embedding_dim} dimensions"
                )
        self.embedding = Embedding(
            embedding_dim=embedding_dim, vocab_namespace=vocab_namespace, vocab=vocab
        )

    def serves(self, path: str) -> bool:
        """Whether the encoder of `path` ("source" or "target") reads characters."""
        return path in self.encoders

    def get_output_dim(self) -> int:
        return next(iter(self.encoders.values())).get_output_dim()

    def forward(
        self,
        token_characters: torch.LongTensor,
        form_of: Optional[torch.LongTensor] = None,
        path: str = "source",
    ) -> torch.Tensor:
        """
        # Parameters

        token_characters : `torch.LongTensor`, required.
            The characters of the distinct word forms of a batch, shape `(num_forms,
            num_characters)`, 0 is padding; without `form_of` the characters of all words, shape
            `(batch_size, num_words, num_characters)`.
        form_of : `torch.LongTensor`, optional (default = `None`)
            Shape `(batch_size, num_words)`: which form a word is.
        path : `str`, optional (default = `"source"`).
            Whose character LSTM to use.

        # Returns

        `torch.Tensor` of shape `(batch_size, num_words, output_dim)`; zero for padding words.
        """
        if form_of is None:
            # shape: (num_forms, num_characters), (batch_size, num_words)
            token_characters, form_of = distinct_forms(token_characters)
        spellings = Sequences.of_mask(token_characters != 0)
        # shape: (num_forms, output_dim)
        encoded = self.encode_forms(spellings, spellings.tokens(token_characters), path)
        # shape: (batch_size, num_words, output_dim)
        return encoded.index_select(0, form_of.reshape(-1)).view(*form_of.size(), -1)

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


def distinct_forms(
    token_characters: torch.LongTensor,
) -> Tuple[torch.LongTensor, torch.LongTensor]:
    """
    A word's characters decide its vector, so each distinct form is to be encoded once. Batches of
    the loader `cross_lingual` come with the forms found already; others do not.
    """
    batch_size, num_words, num_characters = token_characters.size()
    # shape: (num_forms, num_characters), (batch_size * num_words,)
    forms, form_of = torch.unique(
        token_characters.reshape(-1, num_characters), dim=0, return_inverse=True
    )
    return forms, form_of.view(batch_size, num_words)
