"""The order in which a recurrence reads the sequences of a batch, without their padding."""

from typing import List, NamedTuple

import numpy as np
import torch

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.sequences import Sequences


class Packing(NamedTuple):
    """
    A recurrence takes the tokens of a batch step by step, longest sequence first, so that the
    sequences still running are always the first ones and no step computes padding.

    batch_sizes : how many sequences are running at each step.
    order : for each recurrence, the token read at each packed position, `(num_tokens,)`; one tensor
        of `(2 * num_tokens,)` where one recurrence reads both directions.
    forward_position, backward_position : where a token stands in the packed order of its
        left-to-right and of its right-to-left reading, `(num_tokens,)`.
    """

    batch_sizes: List[int]
    order: List[torch.Tensor]
    forward_position: torch.Tensor
    backward_position: torch.Tensor


def pack(sequences: Sequences, tied: bool) -> Packing:
    """
    # Parameters

    sequences : `Sequences`, required.
    tied : `bool`, required.
        Whether one recurrence reads both directions (as twice as many sequences) or one each.
    """
    # shape: (batch_size,)
    lengths = sequences.lengths
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
    *orders, forward_tensor, backward_tensor = tensors_on(
        sequences.device, [*order, forward_position, backward_position]
    )
    return Packing(batch_sizes.tolist(), orders, forward_tensor, backward_tensor)
