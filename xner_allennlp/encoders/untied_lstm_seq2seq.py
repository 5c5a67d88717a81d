import torch
from allennlp.modules import Seq2SeqEncoder

from xner_allennlp.encoders.bidirectional_lstm import BidirectionalLstm


@Seq2SeqEncoder.register("untied_lstm")
class UntiedLstmSeq2SeqEncoder(Seq2SeqEncoder):
    """
    The bidirectional LSTM of the paper's Source-Mono, Cross-Word and target encoders: one cell a
    direction, each with a single bias vector, as the parameter counts of Table 4 demand.

    Registered as a `Seq2SeqEncoder` with name "untied_lstm".

    # Parameters

    input_size : `int`, required.
    hidden_size : `int`, optional (default = `100`, the paper's word LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int, hidden_size: int = 100) -> None:
        super().__init__()
        self._lstm = BidirectionalLstm(input_size, hidden_size, tied=False)

    def get_input_dim(self) -> int:
        return self._lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self._lstm.hidden_size

    def is_bidirectional(self) -> bool:
        return True

    def forward(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to
        `(batch_size, sequence_length, 2 * hidden_size)`, zero where the mask is false.
        """
        # shape: (batch_size, sequence_length, 2 * hidden_size)
        return torch.cat(self._lstm(inputs, mask), dim=-1)
