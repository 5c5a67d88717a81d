"""Reading padded sequences from their ends."""

import torch


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
