"""The bidirectional LSTM of the paper, with one cell or two."""

from typing import Any, List

import numpy as np
import torch

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.common.errors import InputError
from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.fused_lstm import FusedLstm
from xner_allennlp.modules.encoders.packed_lstm import PackedLstm, states_of_rows
from xner_allennlp.modules.encoders.packing import Packing, pack


class BidirectionalLstm(torch.nn.Module):
    """
    A one-layer bidirectional LSTM whose two directions either share ONE cell (`tied`, the paper's
    Cross-Shared, "Source model pretraining through weight sharing") or own one cell each.

    The paper's parameter counts (Table 4) need one bias vector per cell; PyTorch's second,
    redundant one is frozen at zero.

    Sequences are packed. On the CPU they are read by our own recurrence (`PackedLstm`), elsewhere
    by one call of PyTorch's kernel (`FusedLstm`), without waiting for the device.

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
            raise InputError(
                f"an LSTM needs input_size and hidden_size of at least 1, "
                f"got {input_size} and {hidden_size}"
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.tied = tied
        self.cell = _single_bias_lstm(input_size, hidden_size)
        if not tied:
            self.backward_cell = _single_bias_lstm(input_size, hidden_size)

    def forward(self, inputs: EncoderInput) -> torch.Tensor:
        """
        # Returns

        states : `torch.Tensor`
            Shape `(num_tokens, 2 * hidden_size)`: what the first direction knows after reading the
            sequence up to a token, and the second after reading it from its end down to the token.
        """
        packing = pack(inputs.sequences, self.tied)
        if not _is_for_numpy(inputs.parts[0]):
            return self._fused(inputs.tokens(), packing)
        if inputs.row_of is not None and not torch.is_grad_enabled():
            rows = inputs.parts[0] if len(inputs.parts) == 1 else torch.cat(inputs.parts, dim=1)
            return states_of_rows(rows, inputs.row_of, packing, *self._weights())
        parts = inputs.parts_of_tokens()
        if len(parts) > 1 and not parts[0].requires_grad:
            frozen, learned = parts[0], parts[1:]
        else:
            frozen, learned = None, parts
        features = learned[0] if len(learned) == 1 else torch.cat(learned, dim=1)
        return PackedLstm.apply(features, frozen, packing, *self._weights())

    def ends(self, inputs: EncoderInput) -> torch.Tensor:
        """
        What each direction knows after reading a whole sequence, the first one's state at its last
        token and the second one's at its first: `(batch_size, 2 * hidden_size)`, zero for an empty
        sequence.
        """
        states, lengths = self(inputs), inputs.sequences.lengths
        # A row of zeros behind the others, for the empty sequences.
        # shape: (num_tokens + 1, 2 * hidden_size)
        states = torch.nn.functional.pad(states, (0, 0, 0, 1))
        first = np.where(lengths > 0, np.cumsum(lengths) - lengths, len(states) - 1)
        last = np.where(lengths > 0, first + lengths - 1, first)
        # shape (both): (batch_size,)
        first_token, last_token = tensors_on(states.device, [first, last])
        forward_states, backward_states = states.split(self.hidden_size, dim=1)
        return torch.cat(
            [
                forward_states.index_select(0, last_token),
                backward_states.index_select(0, first_token),
            ],
            dim=1,
        )

    def _cells(self) -> List[torch.nn.LSTM]:
        return [self.cell] if self.tied else [self.cell, self.backward_cell]

    def _weights(self) -> List[torch.Tensor]:
        """As `PackedLstm` wants them."""
        weights: List[torch.Tensor] = []
        for cell in self._cells():
            weights += [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0 + cell.bias_hh_l0]
        return weights

    def _kernel_weights(self) -> List[torch.Tensor]:
        """As PyTorch's kernel wants them."""
        weights: List[torch.Tensor] = []
        for cell in self._cells():
            weights += [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_ih_l0, cell.bias_hh_l0]
        return weights

    def _fused(self, tokens: torch.Tensor, packing: Packing) -> torch.Tensor:
        """`(num_tokens, input_size)` to `(num_tokens, 2 * hidden_size)`."""
        if not packing.batch_sizes:
            return tokens.new_zeros(0, 2 * self.hidden_size)
        # One direction over twice as many sequences if tied, else the kernel's own two.
        # shape: (num_packed, input_size)
        packed = tokens.index_select(0, packing.order[0])
        # shape: (num_packed, hidden_size or 2 * hidden_size)
        states = FusedLstm.apply(packed, packing.batch_sizes, *self._kernel_weights())
        if not self.tied:
            return states.index_select(0, packing.forward_position)
        # shape: (2 * num_tokens,)
        positions = torch.stack([packing.forward_position, packing.backward_position], dim=1)
        return states.index_select(0, positions.view(-1)).view(len(tokens), 2 * self.hidden_size)

    def _apply(self, *args: Any, **kwargs: Any) -> "BidirectionalLstm":
        super()._apply(*args, **kwargs)
        if not self.tied:
            # cuDNN wants the weights of both directions in one piece of memory; else it would copy
            # them at each call, with a warning. PyTorch's own two-way LSTM knows how.
            layout = torch.nn.LSTM(
                self.input_size, self.hidden_size, bidirectional=True, device="meta"
            )
            layout._flat_weights = self._kernel_weights()
            layout.flatten_parameters()
        return self


def _is_autocast_enabled() -> bool:
    """On the CPU; torch 2.4 gave the question another name."""
    if hasattr(torch, "get_autocast_dtype"):
        return torch.is_autocast_enabled("cpu")
    return torch.is_autocast_cpu_enabled()


def _is_for_numpy(features: torch.Tensor) -> bool:
    """Whether our own recurrence can read these; NumPy knows no mixed precision."""
    return (
        features.device.type == "cpu"
        and features.dtype in (torch.float32, torch.float64)
        and not _is_autocast_enabled()
    )


def _single_bias_lstm(input_size: int, hidden_size: int) -> torch.nn.LSTM:
    lstm = torch.nn.LSTM(input_size, hidden_size, batch_first=True)
    torch.nn.init.zeros_(lstm.bias_hh_l0)
    lstm.bias_hh_l0.requires_grad_(False)
    return lstm
