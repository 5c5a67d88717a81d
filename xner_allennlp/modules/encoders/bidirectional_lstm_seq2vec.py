import torch
from allennlp.modules import Seq2VecEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.modules.encoders.packing import token_places


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
        places = token_places(mask)
        return self.of_tokens(tokens.flatten(0, 1).index_select(0, places), places, mask)

    def of_tokens(
        self, tokens: torch.Tensor, places: torch.Tensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        `(num_tokens, input_size)`, as in `BidirectionalLstm.of_tokens`, to
        `(batch_size, 2 * hidden_size)`.
        """
        return self._lstm.ends(self._lstm.of_tokens(tokens, places, mask), places, mask)

    def of_forms(
        self,
        forms: torch.Tensor,
        form_of: torch.Tensor,
        places: torch.Tensor,
        mask: torch.BoolTensor,
    ) -> torch.Tensor:
        """As `of_tokens` of `forms[form_of]`; see `BidirectionalLstm.of_forms`."""
        return self._lstm.ends(self._lstm.of_forms(forms, form_of, places, mask), places, mask)
