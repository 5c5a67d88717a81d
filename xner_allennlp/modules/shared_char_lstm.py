"""Words from their characters, by one character matrix for both languages."""

from typing import Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import Embedding, Seq2VecEncoder, TokenEmbedder

from xner_allennlp.modules.character_reader import CharacterReader
from xner_allennlp.modules.sentences import distinct_forms
from xner_allennlp.modules.sequences import Sequences


@TokenEmbedder.register("shared_char_lstm")
class SharedCharLstm(CharacterReader, TokenEmbedder):
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
