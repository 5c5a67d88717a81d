import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """
    For making millions of objects that all stay: Python's cyclic garbage collector would look
    through all of them again and again, and take more time than reading itself.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
