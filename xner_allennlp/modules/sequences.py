"""Batches of sequences of different lengths, with and without their padding."""

from functools import cached_property
from typing import List
from typing import Sequence as SequenceOf

import numpy as np
import torch

from xner_allennlp.common.device_copies import tensors_on


class Sequences:
    """
    Where the tokens of a padded batch stand, its other positions being padding. "Tokens" are the
    words of sentences, or the characters of words; in a row they come first.

    The host knows the lengths, so that nothing that follows from them has to wait for a device.

    # Parameters

    lengths : `np.ndarray`, required.
        Shape `(batch_size,)`.
    width : `int`, required.
        How many positions a row has.
    device : `torch.device`, required.
    """

    def __init__(self, lengths: np.ndarray, width: int, device: torch.device) -> None:
        self.lengths = lengths
        self.width = width
        self.device = device

    @classmethod
    def of_mask(cls, mask: torch.Tensor) -> "Sequences":
        """From a mask `(batch_size, width)`; waits for its device if that is not the CPU."""
        return cls(mask.cpu().numpy().sum(axis=1), mask.size(1), mask.device)

    @classmethod
    def stack(cls, batches: SequenceOf["Sequences"]) -> "Sequences":
        """The rows of all batches, padded to the longest."""
        if len(batches) == 1:
            return batches[0]
        lengths = np.concatenate([batch.lengths for batch in batches])
        return cls(lengths, max(batch.width for batch in batches), batches[0].device)

    @cached_property
    def _on_device(self) -> List[torch.Tensor]:
        is_token = np.arange(self.width) < self.lengths[:, None]
        return tensors_on(self.device, [np.flatnonzero(is_token), self.lengths])

    @property
    def positions(self) -> torch.Tensor:
        """Where the tokens stand among all `batch_size * width` positions: `(num_tokens,)`."""
        return self._on_device[0]

    @cached_property
    def mask(self) -> torch.BoolTensor:
        """True for tokens, `(batch_size, width)`."""
        # shape: (1, width)
        columns = torch.arange(self.width, device=self.device).unsqueeze(0)
        return columns < self._on_device[1].unsqueeze(1)

    def tokens(self, batch: torch.Tensor) -> torch.Tensor:
        """`(batch_size, width, ...)` without the padding: `(num_tokens, ...)`."""
        return batch.flatten(0, 1).index_select(0, self.positions)

    def padded(self, tokens: torch.Tensor) -> torch.Tensor:
        """`(num_tokens, size)` at their positions, zeros elsewhere: `(batch_size, width, size)`."""
        # shape: (batch_size * width, size)
        batch = tokens.new_zeros(len(self.lengths) * self.width, tokens.size(1))
        batch = batch.index_copy(0, self.positions, tokens)
        return batch.view(len(self.lengths), self.width, tokens.size(1))


def reverse_within_length(mask: torch.Tensor) -> torch.Tensor:
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


def take(states: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Row-wise selection along the sequence, shape `(batch_size, sequence_length, size)`."""
    return states.gather(1, positions.unsqueeze(-1).expand(-1, -1, states.size(-1)))
