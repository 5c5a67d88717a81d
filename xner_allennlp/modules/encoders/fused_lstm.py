"""The LSTM recurrence on a GPU: PyTorch's kernel, which is cuDNN's, in full single precision."""

from typing import Any, List, Optional, Tuple

import torch

from xner_allennlp.common.tf32 import lstms_without_tf32


class FusedLstm(torch.autograd.Function):
    """
    `torch.lstm` over packed sequences with float32 products that are not rounded to TF32, forward
    and backward: cuDNN rounds them by default, and its states are then off by 5e-4. Elsewhere in
    the program TF32 stays what the user has set.

    `FusedLstm.apply(packed, batch_sizes, *weights)` takes the tokens in packed order, `(num_packed,
    input_size)`, how many sequences are running at each step, and PyTorch's four weights of each
    direction; it returns `(num_packed, num_directions * hidden_size)`.
    """

    @staticmethod
    def forward(
        ctx: Any, packed: torch.Tensor, batch_sizes: List[int], *weights: torch.Tensor
    ) -> torch.Tensor:
        needs_gradient = [ctx.needs_input_grad[0], *ctx.needs_input_grad[2:]]
        # Leaves of a graph of their own, so that the backward pass runs where we call it.
        leaves = [
            tensor.detach().requires_grad_(needed)
            for tensor, needed in zip((packed, *weights), needs_gradient)
        ]
        with torch.set_grad_enabled(any(needs_gradient)), lstms_without_tf32():
            states = _lstm(leaves[0], batch_sizes, leaves[1:], train=any(needs_gradient))
        ctx.leaves, ctx.states = leaves, states
        return states.detach()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, d_states: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        learned = [leaf for leaf in ctx.leaves if leaf.requires_grad]
        with lstms_without_tf32():
            gradients = iter(torch.autograd.grad(ctx.states, learned, d_states))
        d_packed, *d_weights = [
            next(gradients) if leaf.requires_grad else None for leaf in ctx.leaves
        ]
        return (d_packed, None, *d_weights)


def _lstm(
    packed: torch.Tensor, batch_sizes: List[int], weights: List[torch.Tensor], train: bool
) -> torch.Tensor:
    num_directions = len(weights) // 4
    # shape: (num_directions, batch_size, hidden_size)
    start = packed.new_zeros(num_directions, batch_sizes[0], weights[1].size(1))
    return torch.lstm(
        packed,
        torch.tensor(batch_sizes),
        [start, start],
        weights,
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=train,
        bidirectional=num_directions == 2,
    )[0]
