"""The order in which a recurrence reads the sequences of a batch, without their padding."""

from typing import List, NamedTuple

import numpy as np
import torch


class Packing(NamedTuple):
    """
    "Tokens" are the true positions of a batch, row after row. A recurrence takes them step by step,
    longest sequence first, so that the sequences still running are always the first ones and no
    step computes padding.

    batch_sizes : how many sequences are running at each step.
    order : for each recurrence, the token read at each packed position, `(num_tokens,)`; one array
        of `(2 * num_tokens,)` where one recurrence reads both directions.
    forward_position, backward_position : where a token stands in the packed order of its
        left-to-right and of its right-to-left reading, `(num_tokens,)`.
    """

    batch_sizes: List[int]
    order: List[torch.Tensor]
    forward_position: torch.Tensor
    backward_position: torch.Tensor


def pack(mask: torch.Tensor, tied: bool) -> Packing:
    """
    # Parameters

    mask : `torch.BoolTensor`, required.
        Shape `(batch_size, length)`, on the CPU; true positions come first in every row.
    tied : `bool`, required.
        Whether one recurrence reads both directions (as twice as many sequences) or one each.
    """
    true = mask.numpy()
    # shape: (batch_size,)
    lengths = true.sum(axis=1)
    starts = np.cumsum(lengths) - lengths
    num_tokens = int(lengths.sum())
    longest_first = np.argsort(-lengths, kind="stable")
    # shape: (1, batch_size)
    length, start = lengths[longest_first][None], starts[longest_first][None]
    # shape: (num_steps, 1)
    step = np.arange(int(lengths.max(initial=0)))[:, None]
    # shape: (num_steps, batch_size)
    running = step < length
    # shape: (num_tokens,)
    forward = (start + step)[running]
    backward = (start + length - 1 - step)[running]
    forward_position, backward_position = np.empty((2, num_tokens), dtype=np.int64)
    positions = np.arange(num_tokens)
    forward_position[forward] = positions
    backward_position[backward] = positions
    batch_sizes = running.sum(axis=1)
    order = [forward, backward]
    if tied:
        # The two readings of a sequence are neighbours, so they also end at the same step.
        # shape: (2 * num_tokens,)
        order = [np.stack(order, axis=1).reshape(-1)]
        forward_position, backward_position = 2 * forward_position, 2 * backward_position + 1
        batch_sizes = 2 * batch_sizes
    return Packing(
        batch_sizes.tolist(),
        [torch.from_numpy(tokens) for tokens in order],
        torch.from_numpy(forward_position),
        torch.from_numpy(backward_position),
    )


def token_places(mask: torch.Tensor) -> torch.Tensor:
    """
    Which positions of a padded batch `(batch_size, length)` are worth computing, as indices into
    its `batch_size * length` positions: on the CPU the true ones; elsewhere all, because to count
    them the host would have to wait for the device.
    """
    if mask.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(mask.numpy()))
    return torch.arange(mask.numel(), device=mask.device)


def padded(tokens: torch.Tensor, places: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """`(num_tokens, size)` in their places, zeros elsewhere: `(batch_size, length, size)`."""
    # shape: (batch_size * length, size)
    batch = tokens.new_zeros(mask.numel(), tokens.size(1)).index_copy(0, places, tokens)
    return batch.view(*mask.size(), tokens.size(1))
