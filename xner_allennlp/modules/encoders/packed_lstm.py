"""
The LSTM recurrence on the CPU.

PyTorch's own spends most of its time between its many small operations, in the backward pass above
all. Here a step is one matrix product and a few NumPy operations on arrays that fit the cache, both
directions of a tied cell advance together, padding costs nothing, and whatever does not depend on
the step before (input projection, gradients of the weights) is one product over all tokens.
"""

import itertools
from typing import Any, List, Optional, Tuple

import numpy as np
import torch

from xner_allennlp.modules.encoders.packing import Packing


class _GateActivation:
    """
    The nonlinearity of all four gates as one tanh: sigmoid(x) = (1 + tanh(x / 2)) / 2. The half
    inside is put on the input projection (`scale_tensor`) and on the recurrent weights.
    """

    def __init__(self, weight_hh: torch.Tensor) -> None:
        size = weight_hh.size(1)
        # shape: (4 * hidden_size,)
        self.scale_tensor = weight_hh.new_full((4 * size,), 0.5)
        self.scale_tensor[2 * size : 3 * size] = 1.0
        self._scale = self.scale_tensor.numpy()
        self._shift = 1.0 - self._scale
        # A third faster as right factor of many small products than the transposed view.
        # shape: (hidden_size, 4 * hidden_size)
        self.recurrent = (weight_hh.t() * self.scale_tensor).contiguous()

    def apply(self, gate: np.ndarray) -> None:
        """In place, shape `(running, 4 * hidden_size)`."""
        np.tanh(gate, out=gate)
        gate *= self._scale
        gate += self._shift


class PackedLstm(torch.autograd.Function):
    """
    A one-layer bidirectional LSTM over packed sequences, equal to `torch.nn.LSTM` up to rounding.

    `PackedLstm.apply(tokens, frozen, packing, *weights)` takes

    tokens : `torch.Tensor`
        Shape `(num_tokens, num_features)`, float32 or float64 on the CPU.
    frozen : `torch.Tensor`, or `None`
        Shape `(num_tokens, input_size - num_features)`: the first features, frozen word vectors,
        for which no gradient is computed.
    packing : `Packing`
        With one recurrence (tied) or two.
    weights : `torch.Tensor`
        For each recurrence `weight_ih` `(4 * hidden_size, input_size)`, `weight_hh`
        `(4 * hidden_size, hidden_size)` and the bias `(4 * hidden_size,)`; gates in PyTorch's
        order: input, forget, cell, output.

    and returns the states of both directions, shape `(num_tokens, 2 * hidden_size)`.
    """

    @staticmethod
    def forward(
        ctx: Any,
        tokens: torch.Tensor,
        frozen: Optional[torch.Tensor],
        packing: Packing,
        *weights: torch.Tensor,
    ) -> torch.Tensor:
        runs = [
            _Run(tokens, frozen, order, packing.batch_sizes, *weights[3 * index : 3 * index + 3])
            for index, order in enumerate(packing.order)
        ]
        for run in runs:
            run.advance()
        ctx.packing = packing
        ctx.tensors_per_run = len(runs[0].saved())
        saved = itertools.chain.from_iterable(run.saved() for run in runs)
        ctx.save_for_backward(tokens, frozen, *weights, *saved)
        return _both_directions([run.hidden for run in runs], packing)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, d_states: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        packing: Packing = ctx.packing
        num_runs = len(packing.order)
        tokens, frozen, *others = ctx.saved_tensors
        weights, saved = others[: 3 * num_runs], others[3 * num_runs :]
        hidden_size = d_states.size(1) // 2
        positions = (packing.forward_position, packing.backward_position)
        # shape (each): (num_tokens, hidden_size)
        d_directions = d_states.split(hidden_size, dim=1)
        d_tokens: Optional[torch.Tensor] = None
        d_weights: List[torch.Tensor] = []
        for index in range(num_runs):
            # Both directions if tied.
            read_here = slice(None) if num_runs == 1 else slice(index, index + 1)
            # shape: (num_packed, hidden_size)
            d_hidden = d_states.new_empty(len(packing.order[index]), hidden_size)
            for position, d_direction in zip(positions[read_here], d_directions[read_here]):
                d_hidden.index_copy_(0, position, d_direction)
            weight_ih, weight_hh, _ = weights[3 * index : 3 * index + 3]
            per_run = ctx.tensors_per_run
            gates, hidden, cell, squashed = saved[per_run * index : per_run * (index + 1)]
            # shape: (num_packed, 4 * hidden_size)
            d_gates = _d_gates(
                d_hidden, weight_hh, gates, cell, squashed, batch_sizes=packing.batch_sizes
            )
            # shape: (num_packed, hidden_size)
            previous = _states_before(hidden, packing.batch_sizes)
            # shape: (num_tokens, 4 * hidden_size)
            d_projected = d_gates.index_select(0, positions[read_here][0])
            for position in positions[read_here][1:]:
                d_projected += d_gates.index_select(0, position)
            # shape: (4 * hidden_size, num_features)
            d_weight_ih = torch.mm(d_projected.t(), tokens)
            if frozen is not None:
                # shape: (4 * hidden_size, input_size)
                d_weight_ih = torch.cat([torch.mm(d_projected.t(), frozen), d_weight_ih], dim=1)
            d_weights += [
                d_weight_ih,
                torch.mm(d_gates.t(), previous),
                d_projected.sum(dim=0),
            ]
            if ctx.needs_input_grad[0]:
                # shape: (num_tokens, num_features)
                d_read = torch.mm(d_projected, weight_ih[:, -tokens.size(1) :])
                d_tokens = d_read if d_tokens is None else d_tokens.add_(d_read)
        return (d_tokens, None, None, *d_weights)


def _both_directions(states: List[torch.Tensor], packing: Packing) -> torch.Tensor:
    """The states of all tokens, first direction first, from the packed ones of each recurrence."""
    return torch.cat(
        [
            states[0].index_select(0, packing.forward_position),
            states[-1].index_select(0, packing.backward_position),
        ],
        dim=1,
    )


def _states_before(hidden: torch.Tensor, batch_sizes: List[int]) -> torch.Tensor:
    """The state that each packed position has read, zero at the first step; shape as `hidden`."""
    previous = torch.zeros_like(hidden)
    states, read = hidden.numpy(), previous.numpy()
    before, start = 0, batch_sizes[0] if batch_sizes else 0
    for last, running in zip(batch_sizes, batch_sizes[1:]):
        read[start : start + running] = states[before : before + running]
        before, start = before + last, start + running
    return previous


class _Run:
    """One recurrence over the packed tokens, with everything its backward pass needs."""

    def __init__(
        self,
        tokens: torch.Tensor,
        frozen: Optional[torch.Tensor],
        order: torch.Tensor,
        batch_sizes: List[int],
        weight_ih: torch.Tensor,
        weight_hh: torch.Tensor,
        bias: torch.Tensor,
    ) -> None:
        self.batch_sizes = batch_sizes
        self.hidden_size = weight_hh.size(1)
        self.activation = _GateActivation(weight_hh)
        # shape: (num_tokens, 4 * hidden_size)
        projected = torch.addmm(bias, tokens, weight_ih[:, -tokens.size(1) :].t())
        if frozen is not None:
            projected.addmm_(frozen, weight_ih[:, : frozen.size(1)].t())
        projected.mul_(self.activation.scale_tensor)
        # The gates before, later after their nonlinearity.
        # shape: (num_packed, 4 * hidden_size)
        self.gates = projected.index_select(0, order)
        # shape (each): (num_packed, hidden_size)
        self.hidden = self.gates.new_empty(len(order), self.hidden_size)
        self.cell = torch.empty_like(self.hidden)
        self.squashed = torch.empty_like(self.hidden)  # tanh(cell)

    def saved(self) -> Tuple[torch.Tensor, ...]:
        return self.gates, self.hidden, self.cell, self.squashed

    def advance(self) -> None:
        size, sizes = self.hidden_size, self.batch_sizes
        gates, hidden = self.gates.numpy(), self.hidden.numpy()
        cell, squashed = self.cell.numpy(), self.squashed.numpy()
        gates_at, hidden_at = self.gates.split(sizes), self.hidden.split(sizes)
        before, start = 0, 0
        for step, running in enumerate(sizes):
            end = start + running
            if step:
                gates_at[step].addmm_(hidden_at[step - 1][:running], self.activation.recurrent)
            # shape: (running, 4 * hidden_size)
            gate = gates[start:end]
            self.activation.apply(gate)
            # shape (all below): (running, hidden_size)
            new_cell = cell[start:end]
            np.multiply(gate[:, :size], gate[:, 2 * size : 3 * size], out=new_cell)
            if step:
                new_cell += gate[:, size : 2 * size] * cell[before : before + running]
            np.tanh(new_cell, out=squashed[start:end])
            np.multiply(gate[:, 3 * size :], squashed[start:end], out=hidden[start:end])
            before, start = start, end


def _d_gates(
    d_hidden: torch.Tensor,
    weight_hh: torch.Tensor,
    gates: torch.Tensor,
    cell: torch.Tensor,
    squashed: torch.Tensor,
    batch_sizes: List[int],
) -> torch.Tensor:
    """
    The gradient of the gates before their nonlinearity, `(num_packed, 4 * hidden_size)`, from that
    of the hidden states, `(num_packed, hidden_size)`, which is overwritten.
    """
    size = d_hidden.size(1)
    d_gates = torch.empty_like(gates)
    d_gates_at, d_hidden_at = d_gates.split(batch_sizes), d_hidden.split(batch_sizes)
    # shape of every element: (num_packed, hidden_size), in PyTorch's order of gates
    all_gates = [gate.numpy() for gate in gates.split(size, dim=1)]
    all_d_gates = [d_gate.numpy() for d_gate in d_gates.split(size, dim=1)]
    # shape (each): (num_packed, hidden_size)
    all_d_hidden, all_cells, all_squashed = d_hidden.numpy(), cell.numpy(), squashed.numpy()
    starts = [0, *itertools.accumulate(batch_sizes)]
    most = batch_sizes[0] if batch_sizes else 0
    # shape (each): (most, hidden_size)
    spaces = np.empty((4, most, size), dtype=all_cells.dtype)
    carried, goes_on = spaces[0], 0  # The cell's gradient out of the step after, and its rows.
    for step in range(len(batch_sizes) - 1, -1, -1):
        start, running = starts[step], batch_sizes[step]
        here = slice(start, start + running)
        # shape: (running, hidden_size)
        d_now, squash = all_d_hidden[here], all_squashed[here]
        # shape (each): (running, hidden_size)
        enter, forget, candidate, out = [gate[here] for gate in all_gates]
        d_enter, d_forget, d_candidate, d_out = [d_gate[here] for d_gate in all_d_gates]
        if goes_on:
            d_hidden_at[step][:goes_on].addmm_(d_gates_at[step + 1], weight_hh)
        d_cell, product, other = (space[:running] for space in spaces[1:])
        # The derivative of a sigmoid s is s (1 - s), of tanh t it is 1 - t^2; every product below
        # is used again by the next.
        np.multiply(d_now, out, out=d_cell)
        np.multiply(d_cell, squash, out=product)
        np.multiply(product, out, out=d_out)
        np.subtract(product, d_out, out=d_out)
        product *= squash
        d_cell -= product
        if goes_on:
            d_cell[:goes_on] += carried[:goes_on]
        np.multiply(d_cell, enter, out=d_candidate)
        np.multiply(d_candidate, candidate, out=product)
        np.multiply(product, enter, out=d_enter)
        np.subtract(product, d_enter, out=d_enter)
        product *= candidate
        d_candidate -= product
        np.multiply(d_cell, forget, out=carried[:running])
        if step:
            before = starts[step - 1]
            np.multiply(carried[:running], all_cells[before : before + running], out=other)
            np.multiply(other, forget, out=d_forget)
            np.subtract(other, d_forget, out=d_forget)
        else:
            d_forget[...] = 0.0  # There is no cell to forget.
        goes_on = running
    return d_gates


@torch.no_grad()
def states_of_rows(
    rows: torch.Tensor, row_of: torch.Tensor, packing: Packing, *weights: torch.Tensor
) -> torch.Tensor:
    """
    As `PackedLstm` of `rows[row_of]`, for tokens of which many are equal, without a gradient. The
    input projection, most of the work, is made once for each distinct row, and nothing of a step is
    kept but its states, so that all else stays in the cache.

    # Parameters

    rows : `torch.Tensor`, required.
        Shape `(num_rows, input_size)`.
    row_of : `torch.Tensor`, required.
        Shape `(num_tokens,)`, which row each token has.
    packing, weights
        As for `PackedLstm`.

    # Returns

    The states of both directions, `(num_tokens, 2 * hidden_size)`.
    """
    states = []
    for index, order in enumerate(packing.order):
        weight_ih, weight_hh, bias = weights[3 * index : 3 * index + 3]
        activation = _GateActivation(weight_hh)
        # shape: (num_rows, 4 * hidden_size)
        projected = torch.addmm(bias, rows, weight_ih.t()).mul_(activation.scale_tensor)
        packed_rows = row_of.index_select(0, order)
        states.append(_hidden_of_rows(projected, packed_rows, packing.batch_sizes, activation))
    return _both_directions(states, packing)


def _hidden_of_rows(
    projected: torch.Tensor,
    packed_rows: torch.Tensor,
    batch_sizes: List[int],
    activation: _GateActivation,
) -> torch.Tensor:
    """The hidden states at all packed positions, `(num_packed, hidden_size)`."""
    size = projected.size(1) // 4
    most = batch_sizes[0] if batch_sizes else 0
    # shape: (num_packed, hidden_size)
    hidden_tensor = projected.new_empty(len(packed_rows), size)
    # shape: (most, 4 * hidden_size)
    gate_tensor = projected.new_empty(most, 4 * size)
    hidden, gates, rows = hidden_tensor.numpy(), gate_tensor.numpy(), packed_rows.numpy()
    source = projected.numpy()
    # shape (both): (most, hidden_size)
    cells, squashed = np.zeros((2, most, size), dtype=hidden.dtype)
    before, start = 0, 0
    for step, running in enumerate(batch_sizes):
        # shape: (running, 4 * hidden_size)
        gate = gates[:running]
        # Without "clip" NumPy would copy through a buffer.
        np.take(source, rows[start : start + running], axis=0, out=gate, mode="clip")
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
