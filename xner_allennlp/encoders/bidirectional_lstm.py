from typing import List, Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.encoders.packed_lstm import PackedLstm, states_of_forms
from xner_allennlp.encoders.packing import Packing, pack


class BidirectionalLstm(torch.nn.Module):
    """
    A one-layer bidirectional LSTM whose two directions either share ONE cell (`tied`, the paper's
    Cross-Shared, "Source model pretraining through weight sharing") or own one cell each.

    The paper's parameter counts (Table 4) need one bias vector per cell; PyTorch's second,
    redundant one is frozen at zero.

    On the CPU, sequences are packed and both directions advance together (`PackedLstm`). On other
    devices an encoder is one call of the fused cuDNN kernel, without waiting for the device.

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

    def forward(
        self,
        inputs: torch.Tensor,
        mask: torch.BoolTensor,
        fixed: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, input_size)`.
        mask : `torch.BoolTensor`, required.
            Shape `(batch_size, sequence_length)`; true positions come first in every row.
        fixed : `torch.Tensor`, optional (default = `None`)
            Shape `(batch_size, sequence_length, num_fixed)`: the first of the `input_size` features
            of a position, before `inputs`, that need no gradient, such as frozen word vectors.

        # Returns

        states : `torch.Tensor`
            Shape `(batch_size, sequence_length, 2 * hidden_size)`: at position `t`, what the first
            direction knows after reading the sequence up to `t`, and the second after reading it
            from its end down to `t`. Zero where the mask is false.
        """
        if not _packs(inputs):
            if fixed is not None:
                inputs = torch.cat([fixed, inputs], dim=-1)
            return self._fused(inputs, mask)
        states, packing = self._packed(inputs, mask, fixed)
        # shape: (batch_size * sequence_length, 2 * hidden_size)
        padded = states.new_zeros(mask.numel(), states.size(1))
        return padded.index_copy(0, packing.places, states).view(*mask.size(), -1)

    def of_forms(
        self, forms: torch.Tensor, form_of: torch.LongTensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        As `forward` of `forms[form_of]`, faster where forms occur often, but without a gradient.

        # Parameters

        forms : `torch.Tensor`, required.
            Shape `(num_forms, input_size)`.
        form_of : `torch.LongTensor`, required.
            Shape `(batch_size, sequence_length)`.
        mask
            As in `forward`.
        """
        if not _packs(forms):
            return self._fused(forms[form_of], mask)
        directions, packing = self._packed_forms(forms, form_of, mask)
        # shape: (batch_size * sequence_length, 2 * hidden_size)
        padded = forms.new_zeros(mask.numel(), 2 * self.hidden_size)
        for half, states in zip(padded.split(self.hidden_size, dim=1), directions):
            half.index_copy_(0, packing.places, states)
        return padded.view(*mask.size(), -1)

    def final_states(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        What each direction knows after reading the whole sequence: the first one's state at the
        last position of a row and the second one's at the first position, `(batch_size,
        2 * hidden_size)`; zero for an empty row. The parameters are those of `forward`.
        """
        if _packs(inputs):
            states, packing = self._packed(inputs, mask)
            forward_states, backward_states = states.split(self.hidden_size, dim=1)
            return self._ends(forward_states, backward_states, packing, mask)
        states = self._fused(inputs, mask)
        # shape: (batch_size, 1, 1)
        last = (mask.sum(dim=1) - 1).clamp(min=0).view(-1, 1, 1)
        # shape (each): (batch_size, sequence_length, hidden_size)
        forward_states, backward_states = states.split(self.hidden_size, dim=-1)
        # shape: (batch_size, hidden_size); an empty row's states are zero everywhere
        forward_final = forward_states.gather(1, last.expand(-1, 1, self.hidden_size))[:, 0]
        # shape: (batch_size, 2 * hidden_size)
        return torch.cat([forward_final, backward_states[:, 0]], dim=-1)

    def final_states_of_forms(
        self, forms: torch.Tensor, form_of: torch.LongTensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """To `final_states` what `of_forms` is to `forward`."""
        if not _packs(forms):
            return self.final_states(forms[form_of], mask)
        (forward_states, backward_states), packing = self._packed_forms(forms, form_of, mask)
        return self._ends(forward_states, backward_states, packing, mask)

    def _ends(
        self,
        forward_states: torch.Tensor,
        backward_states: torch.Tensor,
        packing: Packing,
        mask: torch.Tensor,
    ) -> torch.Tensor:
        """The final states out of those of all tokens, `(num_tokens, hidden_size)` each."""
        if len(forward_states) == 0:
            return forward_states.new_zeros(mask.size(0), 2 * self.hidden_size)
        # shape: (batch_size, 2 * hidden_size)
        ends = torch.cat(
            [
                forward_states.index_select(0, packing.last),
                backward_states.index_select(0, packing.first),
            ],
            dim=-1,
        )
        return ends.masked_fill(~mask.any(dim=1, keepdim=True), 0.0)

    def _packed_forms(
        self, forms: torch.Tensor, form_of: torch.Tensor, mask: torch.Tensor
    ) -> Tuple[Tuple[torch.Tensor, torch.Tensor], Packing]:
        """The states of each direction at the true positions, `(num_tokens, hidden_size)`."""
        packing = pack(mask, self.tied)
        # shape: (num_tokens,)
        rows = form_of.reshape(-1).index_select(0, packing.places)
        return states_of_forms(forms, rows, packing, *self._weights()), packing

    def _weights(self) -> List[torch.Tensor]:
        """As `PackedLstm` wants them."""
        weights: List[torch.Tensor] = []
        for cell in [self.cell] if self.tied else [self.cell, self.backward_cell]:
            weights += [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0 + cell.bias_hh_l0]
        return weights

    def _packed(
        self,
        inputs: torch.Tensor,
        mask: torch.BoolTensor,
        fixed: Optional[torch.Tensor] = None,
    ) -> Tuple[torch.Tensor, Packing]:
        """The states of the true positions only, `(num_tokens, 2 * hidden_size)`."""
        packing = pack(mask, self.tied)
        # shape (both): (num_tokens, num_features)
        tokens = inputs.flatten(0, 1).index_select(0, packing.places)
        if fixed is not None:
            fixed = fixed.flatten(0, 1).index_select(0, packing.places)
        return PackedLstm.apply(tokens, fixed, packing, *self._weights()), packing

    def _fused(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        As `forward`, in one call of PyTorch's kernel on the padded batch. The second direction
        gets what it reads reversed within each sequence's length, so that padding stands behind
        the end for both and never reaches a position inside.
        """
        batch_size = inputs.size(0)
        # shape: (batch_size, sequence_length)
        reversal = _reversal_within_length(mask)
        # shape: (batch_size, sequence_length, input_size)
        reversed_inputs = _take(inputs, reversal)
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
        states = torch.cat([forward_states, _take(backward_states, reversal)], dim=-1)
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
        return torch.is_autocast_enabled("cpu")  # type: ignore[call-arg]
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


def _reversal_within_length(mask: torch.BoolTensor) -> torch.LongTensor:
    """
    The positions that reverse each row within its length and leave its padding in place; applied
    twice it is the identity. Shape in and out: `(batch_size, sequence_length)`.
    """
    # shape: (1, sequence_length)
    positions = torch.arange(mask.size(1), device=mask.device).unsqueeze(0)
    # shape: (batch_size, 1)
    lengths = mask.sum(dim=1, keepdim=True)
    # shape: (batch_size, sequence_length)
    return torch.where(mask, lengths - 1 - positions, positions)


def _take(states: torch.Tensor, positions: torch.LongTensor) -> torch.Tensor:
    """Row-wise selection along the sequence, shape `(batch_size, sequence_length, size)`."""
    return states.gather(1, positions.unsqueeze(-1).expand(-1, -1, states.size(-1)))
