"""Arrays that the host has made, as tensors on the device that needs them."""

from typing import List, Sequence

import numpy as np
import torch


def tensors_on(device: torch.device, arrays: Sequence[np.ndarray]) -> List[torch.Tensor]:
    """
    Arrays of one type as tensors on `device`: on the CPU they share the arrays' memory, elsewhere
    one copy moves all of them, and the host does not wait for it.
    """
    if device.type == "cpu":
        return [torch.from_numpy(array) for array in arrays]
    together = torch.from_numpy(np.concatenate([array.reshape(-1) for array in arrays]))
    if device.type == "cuda":
        together = together.pin_memory()
    pieces = together.to(device, non_blocking=True).split([array.size for array in arrays])
    return [piece.view(array.shape) for piece, array in zip(pieces, arrays)]
