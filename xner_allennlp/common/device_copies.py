"""Arrays of the host as tensors of a device, and back, with as few waits as possible."""

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


def arrays_of(tensors: Sequence[torch.Tensor]) -> List[np.ndarray]:
    """
    Tensors of one device as arrays on the host, numbers in half precision as single precision. The
    host waits once for all of them; on the CPU they share the tensors' memory.
    """
    copies = []
    for tensor in tensors:
        if tensor.is_floating_point():
            tensor = tensor.to(torch.promote_types(tensor.dtype, torch.float32))
        copies.append(tensor.detach().to("cpu", non_blocking=True))
    if tensors[0].is_cuda:
        torch.cuda.current_stream(tensors[0].device).synchronize()
    return [copy.numpy() for copy in copies]
