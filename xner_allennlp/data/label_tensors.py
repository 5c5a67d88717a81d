"""Labels of sentences as one tensor, as a checkpoint has them."""

from typing import Dict, List

import numpy as np
import torch


def joined(labels: Dict[int, np.ndarray], positions: List[int]) -> torch.Tensor:
    """The labels of these sentences, one after the other, `(num_words of all,)`."""
    parts = [torch.from_numpy(labels[position]) for position in positions]
    return torch.cat([torch.zeros(0, dtype=torch.long), *parts])


def parted(joined: torch.Tensor, positions: List[int], counts: List[int]) -> Dict[int, np.ndarray]:
    """What `joined` was given; `counts` are the numbers of words."""
    return {position: part.numpy() for position, part in zip(positions, joined.cpu().split(counts))}
