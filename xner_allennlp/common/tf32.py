"""TF32, in which NVIDIA's GPUs multiply matrices faster, to three digits: allowed or not."""

import contextlib
from typing import Any, Iterator

import torch


def tf32_products(allowed: bool) -> contextlib.AbstractContextManager[None]:
    """Whether products of float32 matrices may be made in TF32, for a while."""
    return _set_for_a_while(torch.backends.cuda.matmul, "allow_tf32", allowed)


def lstms_without_tf32() -> contextlib.AbstractContextManager[None]:
    """Within it cuDNN's LSTMs compute in the precision of their inputs."""
    cudnn: Any = torch.backends.cudnn
    # Since torch 2.9 an LSTM has a setting of its own.
    of_lstms = getattr(cudnn, "rnn", None)
    if hasattr(of_lstms, "fp32_precision"):
        return _set_for_a_while(of_lstms, "fp32_precision", "ieee")
    return _set_for_a_while(cudnn, "allow_tf32", False)


@contextlib.contextmanager
def _set_for_a_while(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
