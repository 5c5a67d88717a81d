import numpy as np
import pytest

from xner_allennlp.mapping.refinement.procrustes import procrustes


def random_orthogonal(dim: int, rng: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(dim, dim)))[0]


@pytest.mark.parametrize("seed", range(5))
def test_recovers_a_known_rotation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rotation = random_orthogonal(12, rng)
    mapped = rng.normal(size=(200, 12))
    np.testing.assert_allclose(procrustes(mapped, mapped @ rotation.T), rotation, atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_recovers_it_from_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rotation = random_orthogonal(12, rng)
    mapped = rng.normal(size=(2000, 12))
    fixed = mapped @ rotation.T + rng.normal(scale=0.5, size=(2000, 12))
    W = procrustes(mapped, fixed)
    assert np.abs(W - rotation).max() < 0.05
    np.testing.assert_allclose(W @ W.T, np.eye(12), atol=1e-5)


def test_no_orthogonal_matrix_is_better() -> None:
    rng = np.random.default_rng(3)
    mapped, fixed = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    W = procrustes(mapped, fixed)
    best = np.square(mapped @ W.T - fixed).sum()
    for _ in range(300):
        other = random_orthogonal(4, rng)
        assert np.square(mapped @ other.T - fixed).sum() >= best - 1e-4
