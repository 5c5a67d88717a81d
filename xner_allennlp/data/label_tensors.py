"""Labels of sentences as one small tensor, as a checkpoint has them."""

from typing import Dict, List

import numpy as np
import torch


def joined(labels: Dict[int, np.ndarray], positions: List[int]) -> torch.Tensor:
    """The labels of these sentences, one after the other, `(num_words of all,)`."""
    parts = [torch.from_numpy(labels[position]).to(torch.int16) for position in positions]
    # shape: (num_words of all these sentences,)
    return torch.cat([torch.zeros(0, dtype=torch.int16), *parts])


def parted(tensor: torch.Tensor, positions: List[int], counts: List[int]) -> Dict[int, np.ndarray]:
    """What `joined` was given; `counts` are the numbers of words."""
    parts = tensor.cpu().long().split(counts)
    return {position: part.numpy() for position, part in zip(positions, parts)}
