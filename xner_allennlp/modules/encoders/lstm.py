"""Bidirectional LSTMs as encoders, without AllenNLP; `lstm_encoders.py` registers them with it."""

import torch

from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.modules.encoders.encoder_input import EncoderInput


class _Lstm(torch.nn.Module):
    """
    # Parameters

    input_size, hidden_size : `int`, required.
    tied : `bool`, required.
        See [`BidirectionalLstm`](./bidirectional_lstm.md#BidirectionalLstm).
    """

    def __init__(self, input_size: int, hidden_size: int, *, tied: bool) -> None:
        super().__init__()
        self._lstm = BidirectionalLstm(input_size, hidden_size, tied=tied)

    @property
    def is_tied(self) -> bool:
        """Whether one cell reads both directions."""
        return self._lstm.tied

    def get_input_dim(self) -> int:
        return self._lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self._lstm.hidden_size


class LstmStates(_Lstm):
    """An encoder of words in their sentence."""

    def encode(self, inputs: EncoderInput) -> torch.Tensor:
        """The states of all tokens, `(num_tokens, 2 * hidden_size)`."""
        return self._lstm(inputs)


class LstmEnds(_Lstm):
    """An encoder of words by their characters."""

    def encode(self, inputs: EncoderInput) -> torch.Tensor:
        """The last states of all sequences, `(batch_size, 2 * hidden_size)`."""
        return self._lstm.ends(inputs)
