"""TF32, in which NVIDIA's GPUs multiply matrices faster, to three digits: allowed or not."""

import contextlib
from typing import Iterator

import torch


@contextlib.contextmanager
def tf32_products(allowed: bool) -> Iterator[None]:
    """Whether products of float32 matrices may be made in TF32, for a while."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
