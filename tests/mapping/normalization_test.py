import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.normalization import (
    apply_normalization,
    check_steps,
    fit_normalization,
)


@pytest.fixture
def vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(loc=1.0, size=(50, 4)).astype(np.float32)


def test_renorm_center_renorm(vectors: np.ndarray) -> None:
    steps = ("renorm", "center", "renorm")
    means = fit_normalization(vectors, steps)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(means, unit.mean(axis=0, keepdims=True), atol=1e-6)
    centered = unit - unit.mean(axis=0)
    expected = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    np.testing.assert_allclose(apply_normalization(vectors, steps, means), expected, atol=1e-5)


def test_new_words_are_treated_as_those_it_was_fitted_on(vectors: np.ndarray) -> None:
    steps = ("center", "renorm", "center")
    means = fit_normalization(vectors, steps)
    whole = apply_normalization(vectors, steps, means)
    np.testing.assert_allclose(apply_normalization(vectors[7:9], steps, means), whole[7:9])


def test_null_vectors_stay_null_and_move_no_mean(vectors: np.ndarray) -> None:
    steps = ("renorm", "center", "renorm")
    with_null = np.vstack([vectors, np.zeros((9, 4), dtype=np.float32)])
    means = fit_normalization(with_null, steps)
    np.testing.assert_allclose(means, fit_normalization(vectors, steps), atol=1e-7)
    assert not apply_normalization(with_null, steps, means)[50:].any()


def test_no_steps_change_nothing(vectors: np.ndarray) -> None:
    means = fit_normalization(vectors, ())
    assert means.shape == (0, 4)
    np.testing.assert_array_equal(apply_normalization(vectors, (), means), vectors)


def test_unknown_step() -> None:
    with pytest.raises(ConfigurationError, match="unknown step 'whiten'"):
        check_steps(["renorm", "whiten"])
