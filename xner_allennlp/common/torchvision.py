"""
AllenNLP and transformers import torchvision, which warns of a part that it misses and that nothing
here uses.
"""

import warnings
from contextlib import contextmanager
from typing import Iterator


@contextmanager
def without_torchvisions_warning() -> Iterator[None]:
    """For the first import of either."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Failed to load image Python extension")
        yield
