import numpy as np
import pytest

from xner_allennlp.mapping.verdict.isometry import departure_from_isometry


def test_rotation() -> None:
    W = np.linalg.qr(np.random.default_rng(0).normal(size=(7, 7)))[0].astype(np.float32)
    departure = departure_from_isometry(W)
    assert departure["max_deviation"] < 1e-6
    assert departure["smallest_singular_value"] == pytest.approx(1, abs=1e-6)
    assert departure["largest_singular_value"] == pytest.approx(1, abs=1e-6)


def test_stretched() -> None:
    assert departure_from_isometry(np.diag([0.5, 1.0, 2.0]).astype(np.float32)) == {
        "max_deviation": 3.0,
        "smallest_singular_value": 0.5,
        "largest_singular_value": 2.0,
    }


def test_rows_that_are_not_orthogonal() -> None:
    # Both rows have length 1; only what is beside the diagonal tells.
    W = np.array([[1, 0], [0.6, 0.8]])
    assert departure_from_isometry(W)["max_deviation"] == pytest.approx(0.6)
