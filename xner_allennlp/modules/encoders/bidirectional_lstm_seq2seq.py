from typing import Optional

import torch
from allennlp.modules import Seq2SeqEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm


class BidirectionalLstmSeq2SeqEncoder(Seq2SeqEncoder):
    """
    What `tied_lstm` and `untied_lstm` share as encoders of a sequence into a sequence.

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

    def is_bidirectional(self) -> bool:
        return True

    def forward(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to
        `(batch_size, sequence_length, 2 * hidden_size)`, zero where the mask is false.
        """
        return self._lstm(inputs, mask)

    def of_tokens(
        self,
        tokens: torch.Tensor,
        places: torch.Tensor,
        mask: torch.BoolTensor,
        fixed: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """See `BidirectionalLstm.of_tokens`."""
        return self._lstm.of_tokens(tokens, places, mask, fixed)

    def of_forms(
        self,
        forms: torch.Tensor,
        form_of: torch.Tensor,
        places: torch.Tensor,
        mask: torch.BoolTensor,
    ) -> torch.Tensor:
        """See `BidirectionalLstm.of_forms`."""
        return self._lstm.of_forms(forms, form_of, places, mask)
