"""The LSTM recurrence on the CPU where equal inputs may be treated as one: without dropout."""

from typing import List, Tuple

import numpy as np
import torch

from xner_allennlp.modules.encoders.gate_activation import GateActivation
from xner_allennlp.modules.encoders.packing import Packing


@torch.no_grad()
def states_of_forms(
    forms: torch.Tensor, form_of: torch.Tensor, packing: Packing, *weights: torch.Tensor
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    The states of both directions for tokens of which many are equal, without a gradient. The input
    projection, most of the work, is made once for each distinct form, and nothing of a step is kept
    but its states, so that all else stays in the cache.

    # Parameters

    forms : `torch.Tensor`, required.
        Shape `(num_forms, input_size)`.
    form_of : `torch.Tensor`, required.
        Shape `(num_tokens,)`, which form each token is.
    packing, weights
        As for `PackedLstm`.

    # Returns

    The states of either direction, each of shape `(num_tokens, hidden_size)`.
    """
    states = []
    for index, order in enumerate(packing.order):
        weight_ih, weight_hh, bias = weights[3 * index : 3 * index + 3]
        activation = GateActivation(weight_hh)
        # shape: (num_forms, 4 * hidden_size)
        projected = torch.addmm(bias, forms, weight_ih.t()).mul_(activation.scale_tensor)
        rows = form_of.index_select(0, order)
        states.append(_hidden_of_forms(projected, rows, packing.batch_sizes, activation))
    return (
        states[0].index_select(0, packing.forward_position),
        states[-1].index_select(0, packing.backward_position),
    )


def _hidden_of_forms(
    projected: torch.Tensor,
    rows: torch.Tensor,
    batch_sizes: List[int],
    activation: GateActivation,
) -> torch.Tensor:
    """The hidden states at all packed positions, `(num_packed, hidden_size)`."""
    size = projected.size(1) // 4
    most = batch_sizes[0] if batch_sizes else 0
    # shape: (num_packed, hidden_size)
    hidden_tensor = projected.new_empty(len(rows), size)
    # shape: (most, 4 * hidden_size)
    gate_tensor = projected.new_empty(most, 4 * size)
    hidden, gates, form_rows = hidden_tensor.numpy(), gate_tensor.numpy(), rows.numpy()
    source = projected.numpy()
    # shape (both): (most, hidden_size)
    cells, squashed = np.zeros((2, most, size), dtype=hidden.dtype)
    before, start = 0, 0
    for step, running in enumerate(batch_sizes):
        # shape: (running, 4 * hidden_size)
        gate = gates[:running]
        # Without "clip" NumPy would copy through a buffer.
        np.take(source, form_rows[start : start + running], axis=0, out=gate, mode="clip")
        if step:
            gate_tensor[:running].addmm_(
                hidden_tensor[before : before + running], activation.recurrent
            )
        activation.apply(gate)
        # shape (both): (running, hidden_size)
        cell, squash = cells[:running], squashed[:running]
        cell *= gate[:, size : 2 * size]
        np.multiply(gate[:, :size], gate[:, 2 * size : 3 * size], out=squash)
        cell += squash
        np.tanh(cell, out=squash)
        np.multiply(gate[:, 3 * size :], squash, out=hidden[start : start + running])
        before, start = start, start + running
    return hidden_tensor
