"""TF32, in which NVIDIA's GPUs multiply matrices faster, to three digits: allowed or not."""

import contextlib
import threading
from typing import Any, Iterator, Tuple

import torch

_lock = threading.Lock()
# How many threads are within `lstms_without_tf32`, and what the setting was before.
_within = 0
_before: Any = None


def tf32_products(allowed: bool) -> contextlib.AbstractContextManager[None]:
    """Whether products of float32 matrices may be made in TF32, for a while; for one thread."""
    return _set_for_a_while(torch.backends.cuda.matmul, "allow_tf32", allowed)


@contextlib.contextmanager
def lstms_without_tf32() -> Iterator[None]:
    """
    Within it cuDNN's LSTMs compute in the precision of their inputs. The setting is that of all
    threads: the last that leaves puts it back.
    """
    global _within, _before
    owner, name, value = _of_lstms()
    with _lock:
        if not _within:
            _before = getattr(owner, name)
            setattr(owner, name, value)
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if not _within:
                setattr(owner, name, _before)


def _of_lstms() -> Tuple[Any, str, Any]:
    """Whose setting it is, its name, and its value without TF32."""
    cudnn: Any = torch.backends.cudnn
    # Since torch 2.9 an LSTM has a setting of its own.
    of_lstms = getattr(cudnn, "rnn", None)
    if hasattr(of_lstms, "fp32_precision"):
        return of_lstms, "fp32_precision", "ieee"
    return cudnn, "allow_tf32", False


@contextlib.contextmanager
def _set_for_a_while(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
