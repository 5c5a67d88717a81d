import torch
from allennlp.modules import Seq2VecEncoder

from xner_allennlp.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.encoders.final_states import final_states


@Seq2VecEncoder.register("tied_lstm")
class TiedLstmSeq2VecEncoder(Seq2VecEncoder):
    """
    The bidirectional LSTM of the paper's Cross-Shared systems: ONE cell reads the sequence in both
    directions ("binding the parameters of the forward and backward layers", section "Augmented
    Fine-tuning"), which favours features that do not depend on word order.
    A sequence becomes the last state of each direction.

    Registered as a `Seq2VecEncoder` with name "tied_lstm".

    # Parameters

    input_size : `int`, optional (default = `25`, the paper's character embedding).
    hidden_size : `int`, optional (default = `25`, the paper's character LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int = 25, hidden_size: int = 25) -> None:
        super().__init__()
        self._lstm = BidirectionalLstm(input_size, hidden_size, tied=True)

    def get_input_dim(self) -> int:
        return self._lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self._lstm.hidden_size

    def forward(self, tokens: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to `(batch_size, 2 * hidden_size)`; an empty
        sequence becomes zeros.
        """
        # shape (both): (batch_size, sequence_length, hidden_size)
        forward_states, backward_states = self._lstm(tokens, mask)
        # shape: (batch_size, 2 * hidden_size)
        return final_states(forward_states, backward_states, mask)
