"""Vectors of two languages, for starts."""

import numpy as np
import pytest


@pytest.fixture
def vectors() -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=(60, 5)).astype(np.float32),
        rng.normal(size=(50, 5)).astype(np.float32),
    )
