from typing import List, Optional

import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.modules.encoders.packed_lstm import PackedLstm
from xner_allennlp.modules.encoders.packing import pack, padded, token_places
from xner_allennlp.modules.encoders.reversal import reverse_within_length, take
from xner_allennlp.modules.encoders.states_of_forms import states_of_forms


class BidirectionalLstm(torch.nn.Module):
    """
    A one-layer bidirectional LSTM whose two directions either share ONE cell (`tied`, the paper's
    Cross-Shared, "Source model pretraining through weight sharing") or own one cell each.

    The paper's parameter counts (Table 4) need one bias vector per cell; PyTorch's second,
    redundant one is frozen at zero.

    On the CPU, sequences are packed and read by our own recurrence (`PackedLstm`). On other devices
    an encoder is one call of the fused cuDNN kernel, without waiting for the device.

    # Parameters

    input_size : `int`, required.
    hidden_size : `int`, required.
        The size of one direction.
    tied : `bool`, required.
        Whether both directions use the same cell.
    """

    def __init__(self, input_size: int, hidden_size: int, *, tied: bool) -> None:
        super().__init__()
        if input_size < 1 or hidden_size < 1:
            raise ConfigurationError(
                f"an LSTM needs input_size and hidden_size of at least 1, "
                f"got {input_size} and {hidden_size}"
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.tied = tied
        self.cell = _single_bias_lstm(input_size, hidden_size)
        if not tied:
            self.backward_cell = _single_bias_lstm(input_size, hidden_size)

    def forward(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, input_size)`.
        mask : `torch.BoolTensor`, required.
            Shape `(batch_size, sequence_length)`; true positions come first in every row.

        # Returns

        states : `torch.Tensor`
            Shape `(batch_size, sequence_length, 2 * hidden_size)`: at position `t`, what the first
            direction knows after reading the sequence up to `t`, and the second after reading it
            from its end down to `t`. Zero where the mask is false.
        """
        if not _packs(inputs):
            return self._fused(inputs, mask)
        places = token_places(mask)
        states = self.of_tokens(inputs.flatten(0, 1).index_select(0, places), places, mask)
        return padded(states, places, mask)

    def of_tokens(
        self,
        tokens: torch.Tensor,
        places: torch.Tensor,
        mask: torch.BoolTensor,
        fixed: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """
        As `forward`, for the positions that are worth computing only.

        # Parameters

        tokens : `torch.Tensor`, required.
            Shape `(num_tokens, num_features)`.
        places : `torch.Tensor`, required.
            Shape `(num_tokens,)`, where they stand: `token_places(mask)`.
        mask : `torch.BoolTensor`, required.
            As in `forward`.
        fixed : `torch.Tensor`, optional (default = `None`)
            Shape `(num_tokens, input_size - num_features)`: the first of the `input_size` features,
            before those of `tokens`, if they need no gradient, such as frozen word vectors.

        # Returns

        states : `torch.Tensor`
            Shape `(num_tokens, 2 * hidden_size)`.
        """
        if _packs(tokens):
            return PackedLstm.apply(tokens, fixed, pack(mask, self.tied), *self._weights())
        if fixed is not None:
            tokens = torch.cat([fixed, tokens], dim=1)
        states = self._fused(padded(tokens, places, mask), mask)
        return states.flatten(0, 1).index_select(0, places)

    def of_forms(
        self,
        forms: torch.Tensor,
        form_of: torch.Tensor,
        places: torch.Tensor,
        mask: torch.BoolTensor,
    ) -> torch.Tensor:
        """
        As `of_tokens` of `forms[form_of]`, faster where forms occur often, but without a gradient;
        `forms` is `(num_forms, input_size)`, `form_of` `(num_tokens,)`.
        """
        if _packs(forms):
            directions = states_of_forms(forms, form_of, pack(mask, self.tied), *self._weights())
            return torch.cat(directions, dim=1)
        return self.of_tokens(forms.index_select(0, form_of), places, mask)

    def ends(
        self, states: torch.Tensor, places: torch.Tensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        What each direction knows after reading a whole sequence, the first one's state at its last
        position and the second one's at its first, out of the states of all tokens: `(num_tokens,
        2 * hidden_size)` to `(batch_size, 2 * hidden_size)`, zero for an empty sequence.
        """
        # shape: (batch_size,)
        lengths = mask.sum(dim=1)
        if len(states) == mask.numel():
            # Padding is among the tokens.
            first = torch.arange(len(mask), device=mask.device) * mask.size(1)
        else:
            first = lengths.cumsum(0) - lengths
        # A row of zeros behind the others, for the empty sequences.
        # shape: (num_tokens + 1, 2 * hidden_size)
        states = torch.nn.functional.pad(states, (0, 0, 0, 1))
        nothing = torch.full_like(first, len(states) - 1)
        is_empty = lengths == 0
        forward_states, backward_states = states.split(self.hidden_size, dim=1)
        return torch.cat(
            [
                forward_states.index_select(0, nothing.where(is_empty, first + lengths - 1)),
                backward_states.index_select(0, nothing.where(is_empty, first)),
            ],
            dim=1,
        )

    def _weights(self) -> List[torch.Tensor]:
        """As `PackedLstm` wants them."""
        weights: List[torch.Tensor] = []
        for cell in [self.cell] if self.tied else [self.cell, self.backward_cell]:
            weights += [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0 + cell.bias_hh_l0]
        return weights

    def _fused(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        As `forward`, in one call of PyTorch's kernel on the padded batch. The second direction
        gets what it reads reversed within each sequence's length, so that padding stands behind
        the end for both and never reaches a position inside.
        """
        batch_size = inputs.size(0)
        # shape: (batch_size, sequence_length)
        reversal = reverse_within_length(mask)
        # shape: (batch_size, sequence_length, input_size)
        reversed_inputs = take(inputs, reversal)
        if self.tied:
            # One direction over a batch of twice the size.
            # shape: (2 * batch_size, sequence_length, hidden_size)
            states, _ = self.cell(torch.cat([inputs, reversed_inputs], dim=0))
            # shape (both): (batch_size, sequence_length, hidden_size)
            forward_states, backward_states = states.split(batch_size, dim=0)
        else:
            # The kernel's own second direction reads from the last column to the first, so it gets
            # the reversed sequences turned round, and each direction weighs only its own half.
            # shape: (batch_size, sequence_length, 2 * input_size)
            both = torch.cat([inputs, reversed_inputs.flip(1)], dim=-1)
            # shape (both): (batch_size, sequence_length, hidden_size)
            forward_states, backward_states = self._bidirectional_kernel(both).split(
                self.hidden_size, dim=-1
            )
            backward_states = backward_states.flip(1)
        # shape: (batch_size, sequence_length, 2 * hidden_size)
        states = torch.cat([forward_states, take(backward_states, reversal)], dim=-1)
        return states.masked_fill(~mask.unsqueeze(-1), 0.0)

    def _bidirectional_kernel(self, both: torch.Tensor) -> torch.Tensor:
        """`(batch_size, length, 2 * input_size)` to `(batch_size, length, 2 * hidden_size)`."""
        # shape: (4 * hidden_size, input_size)
        nothing = torch.zeros_like(self.cell.weight_ih_l0)
        weights = [
            torch.cat([self.cell.weight_ih_l0, nothing], dim=1),
            self.cell.weight_hh_l0,
            self.cell.bias_ih_l0,
            self.cell.bias_hh_l0,
            torch.cat([nothing, self.backward_cell.weight_ih_l0], dim=1),
            self.backward_cell.weight_hh_l0,
            self.backward_cell.bias_ih_l0,
            self.backward_cell.bias_hh_l0,
        ]
        # shape: (2, batch_size, hidden_size)
        start = both.new_zeros(2, both.size(0), self.hidden_size)
        return torch.lstm(
            both,
            [start, start],
            weights,
            has_biases=True,
            num_layers=1,
            dropout=0.0,
            train=self.training,
            bidirectional=True,
            batch_first=True,
        )[0]


def _is_autocast_enabled() -> bool:
    """On the CPU; torch 2.4 gave the question another name."""
    if hasattr(torch, "get_autocast_dtype"):
        return torch.is_autocast_enabled("cpu")
    return torch.is_autocast_cpu_enabled()


def _packs(inputs: torch.Tensor) -> bool:
    """Whether our own recurrence can read these inputs; NumPy knows no mixed precision."""
    return (
        inputs.device.type == "cpu"
        and inputs.dtype in (torch.float32, torch.float64)
        and not _is_autocast_enabled()
    )


def _single_bias_lstm(input_size: int, hidden_size: int) -> torch.nn.LSTM:
    lstm = torch.nn.LSTM(input_size, hidden_size, batch_first=True)
    torch.nn.init.zeros_(lstm.bias_hh_l0)
    lstm.bias_hh_l0.requires_grad_(False)
    return lstm
