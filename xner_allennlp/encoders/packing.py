"""The order in which a recurrence reads the sequences of a batch, without their padding."""

from typing import List, NamedTuple

import numpy
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
    places : where a token stands in the padded batch, as index into `(batch_size * length)`.
    first, last : the first and the last token of each row, `(batch_size,)`; of empty rows any.
    """

    batch_sizes: List[int]
    order: List[torch.Tensor]
    forward_position: torch.Tensor
    backward_position: torch.Tensor
    places: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor


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
    starts = numpy.cumsum(lengths) - lengths
    num_tokens = int(lengths.sum())
    longest_first = numpy.argsort(-lengths, kind="stable")
    # shape: (1, batch_size)
    length, start = lengths[longest_first][None], starts[longest_first][None]
    # shape: (num_steps, 1)
    step = numpy.arange(int(lengths.max(initial=0)))[:, None]
    # shape: (num_steps, batch_size)
    running = step < length
    # shape: (num_tokens,)
    forward = (start + step)[running]
    backward = (start + length - 1 - step)[running]
    forward_position, backward_position = numpy.empty((2, num_tokens), dtype=numpy.int64)
    positions = numpy.arange(num_tokens)
    forward_position[forward] = positions
    backward_position[backward] = positions
    batch_sizes = running.sum(axis=1)
    order = [forward, backward]
    if tied:
        # The two readings of a sequence are neighbours, so they also end at the same step.
        # shape: (2 * num_tokens,)
        order = [numpy.stack(order, axis=1).reshape(-1)]
        forward_position, backward_position = 2 * forward_position, 2 * backward_position + 1
        batch_sizes = 2 * batch_sizes
    ends = numpy.clip(starts + lengths - 1, 0, None)
    return Packing(
        batch_sizes.tolist(),
        [torch.from_numpy(tokens) for tokens in order],
        torch.from_numpy(forward_position),
        torch.from_numpy(backward_position),
        torch.from_numpy(numpy.flatnonzero(true)),
        torch.from_numpy(numpy.clip(starts, 0, max(num_tokens - 1, 0))),
        torch.from_numpy(ends),
    )
