from typing import List

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.vectors.decimal_text import rows_as_text

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SMALL = st.floats(-1, 1, width=32)


def read(rows: List[bytes]) -> np.ndarray:
    return np.array([row.split(b" ") for row in rows], dtype=np.float32)


@given(st.lists(st.one_of(SMALL, SMALL, FLOATS), min_size=1, max_size=40), st.integers(1, 3))
@settings(max_examples=500, deadline=None)
def test_exact(numbers: List[float], dim: int) -> None:
    matrix = np.array([numbers] * dim, dtype=np.float32).T.copy()
    assert read(rows_as_text(matrix, decimals=None)).tobytes() == matrix.tobytes()


@given(st.lists(st.one_of(SMALL, FLOATS), min_size=1, max_size=20), st.integers(1, 12))
@settings(max_examples=500, deadline=None)
def test_number_of_decimals(numbers: List[float], decimals: int) -> None:
    matrix = np.array([numbers], dtype=np.float32)
    (row,) = rows_as_text(matrix, decimals=decimals)
    for text, number in zip(row.split(b" "), matrix[0].tolist()):
        whole, _, digits = text.partition(b".")
        assert len(digits) == decimals
        assert whole.lstrip(b"-") == b"0" or not whole.lstrip(b"-").startswith(b"0")
        assert abs(float(text) - number) <= 0.5 * 10**-decimals * (1 + 1e-9) + abs(number) * 1e-15


def test_looks() -> None:
    matrix = np.array([[0.5, -0.25, 12.125], [0, -0.0, 1e-9]], dtype=np.float32)
    assert rows_as_text(matrix, decimals=3) == [b"0.500 -0.250 12.125", b"0.000 -0.000 0.000"]
    matrix = np.array([[0.1, 1.2345678e-7]] * 10, dtype=np.float32)
    matrix[1:, 1] = 0.1
    exact = rows_as_text(matrix, decimals=None)
    assert exact[0] == b"0.100000001490 1.23456786e-07"


@pytest.mark.parametrize("decimals", [6, None])
def test_carry_and_large_numbers(decimals: "int | None") -> None:
    matrix = np.array([[0.99999999, 9.9999999, 3e38], [1, 10, 123456.79]], dtype=np.float32)
    for part in (matrix, matrix[:, :2].copy(), matrix[1:]):
        np.testing.assert_allclose(
            read(rows_as_text(part, decimals=decimals)), part, rtol=1e-7, atol=5e-7
        )
    assert rows_as_text(np.empty((2, 0), np.float32), decimals=decimals) == [b"", b""]
