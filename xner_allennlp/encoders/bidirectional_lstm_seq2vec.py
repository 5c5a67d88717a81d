import torch
from allennlp.modules import Seq2VecEncoder

from xner_allennlp.encoders.bidirectional_lstm import BidirectionalLstm


class BidirectionalLstmSeq2VecEncoder(Seq2VecEncoder):
    """
    What `tied_lstm` and `untied_lstm` share as encoders of a sequence into a vector.

    # Parameters

    input_size, hidden_size, tied
        See `BidirectionalLstm`.
    """

    def __init__(self, input_size: int, hidden_size: int, *, tied: bool) -> None:
        super().__init__()
        self._lstm = BidirectionalLstm(input_size, hidden_size, tied=tied)

    def get_input_dim(self) -> int:
        return self._lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self._lstm.hidden_size

    def forward(self, tokens: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to `(batch_size, 2 * hidden_size)`; an empty
        sequence becomes zeros.
        """
        # shape: (batch_size, 2 * hidden_size)
        return self._lstm.final_states(tokens, mask)

    def of_forms(
        self, forms: torch.Tensor, form_of: torch.LongTensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        What `forward` returns for the inputs `forms[form_of]`, faster, but without a gradient:
        `(num_forms, input_size)` and `(batch_size, sequence_length)` to
        `(batch_size, 2 * hidden_size)`.
        """
        return self._lstm.final_states_of_forms(forms, form_of, mask)
