"""Whether a device that the user names is there."""

import torch

from xner_allennlp.common.errors import InputError


def usable_device(name: str) -> torch.device:
    """
    # Parameters

    name : `str`
        As in torch, e.g. "cuda".

    # Raises

    `InputError` if torch knows no such device, cannot use it here, or it is neither a CPU nor CUDA.
    """
    try:
        device = torch.device(name)
        if device.type not in ("cpu", "cuda"):
            raise ValueError(f"{device.type} has not all that a tagger computes")
        torch.zeros(1, device=device)
    # Each kind of device has errors of its own.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"the device {name} cannot be used here ({reason}); cpu can, and with a GPU that torch "
            "finds cuda or e.g. cuda:1"
        ) from error
    return device
