from typing import Tuple

import torch
from allennlp.common.checks import ConfigurationError


class BidirectionalLstm(torch.nn.Module):
    """
    A one-layer bidirectional LSTM whose two directions either share ONE cell (`tied`, the paper's
    Cross-Shared, "Source model pretraining through weight sharing") or own one cell each.

    Sequences are reversed by an index, each within its own length, so both directions run over
    the padded batch as a left-to-right LSTM: what stands behind a sequence's end can never reach
    a position inside it, and a tied encoder is one call on a batch of twice the size.

    The paper's parameter counts (Table 4) need one bias vector per cell; PyTorch's second,
    redundant one is frozen at zero.

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
        self, inputs: torch.Tensor, mask: torch.BoolTensor
    ) -> Tuple[torch.Tensor, torch.Tensor]:
        """
        # Parameters

        inputs : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, input_size)`.
        mask : `torch.BoolTensor`, required.
            Shape `(batch_size, sequence_length)`; true positions come first in every row.

        # Returns

        forward_states, backward_states : `Tuple[torch.Tensor, torch.Tensor]`
            Each of shape `(batch_size, sequence_length, hidden_size)`; position `t` of the second
            has read the sequence from its end down to `t`. Zero where the mask is false.
        """
        batch_size = inputs.size(0)
        # shape: (batch_size, sequence_length)
        reversal = _reversal_within_length(mask)
        # shape: (batch_size, sequence_length, input_size)
        reversed_inputs = _take(inputs, reversal)
        if self.tied:
            # shape: (2 * batch_size, sequence_length, hidden_size)
            states, _ = self.cell(torch.cat([inputs, reversed_inputs], dim=0))
            # shape (both): (batch_size, sequence_length, hidden_size)
            forward_states, backward_states = states.split(batch_size, dim=0)
        else:
            # shape (both): (batch_size, sequence_length, hidden_size)
            forward_states, _ = self.cell(inputs)
            backward_states, _ = self.backward_cell(reversed_inputs)
        # shape: (batch_size, sequence_length, 1)
        inside = mask.unsqueeze(-1)
        return (
            forward_states.masked_fill(~inside, 0.0),
            _take(backward_states, reversal).masked_fill(~inside, 0.0),
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
