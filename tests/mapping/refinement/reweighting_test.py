import numpy as np
import pytest

from xner_allennlp.mapping.refinement.procrustes import procrustes, reweight


@pytest.fixture
def pairs() -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(3)
    mixing = rng.normal(size=(6, 6))
    fixed = rng.normal(size=(80, 6))
    mapped = fixed @ mixing + rng.normal(scale=0.3, size=(80, 6))
    return mapped.astype(np.float32), fixed.astype(np.float32)


def test_power_0_is_procrustes(pairs) -> None:
    W, fixed_W = reweight(*pairs, 0.0)
    np.testing.assert_allclose(W, procrustes(*pairs), atol=1e-6)
    np.testing.assert_allclose(fixed_W, np.eye(6), atol=1e-6)
    assert W.dtype == fixed_W.dtype == np.float32


def test_a_known_example() -> None:
    """Two directions, of which one is swapped with the other and counts four times as much."""
    mapped = np.array([[0, 2], [1, 0]], dtype=np.float32)
    fixed = np.array([[4, 0], [0, 2]], dtype=np.float32)
    # X^T Y = [[0, 8], [2, 0]]: strengths 8 and 2, mean 5, of the axes x1 <- y2 and x2 <- y1.
    W, fixed_W = reweight(mapped, fixed, 1.0)
    np.testing.assert_allclose(W, [[0, 1.6], [0.4, 0]], atol=1e-6)
    np.testing.assert_allclose(fixed_W, [[1.6, 0], [0, 0.4]], atol=1e-6)
    W, fixed_W = reweight(mapped, fixed, 0.5)
    np.testing.assert_allclose(W, [[0, 1.6**0.5], [0.4**0.5, 0]], atol=1e-6)
    np.testing.assert_allclose(fixed_W, [[1.6**0.5, 0], [0, 0.4**0.5]], atol=1e-6)


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
def test_dot_products_of_the_common_space(pairs, power: float) -> None:
    """<W y, W' x> = y^T V S^2p U^T x, with S relative to its mean."""
    mapped, fixed = pairs
    left, strengths, right = np.linalg.svd(fixed.T.astype(np.float64) @ mapped)
    between = right.T @ np.diag((strengths / strengths.mean()) ** (2 * power)) @ left.T
    W, fixed_W = reweight(mapped, fixed, power)
    np.testing.assert_allclose(
        (mapped @ W.T) @ (fixed @ fixed_W.T).T, mapped @ between @ fixed.T, rtol=1e-3, atol=1e-3
    )
    # Half of it on either side: the same directions are stretched alike, and none is turned.
    np.testing.assert_allclose(W @ procrustes(*pairs).T, fixed_W, atol=1e-5)
    np.testing.assert_allclose(fixed_W, fixed_W.T, atol=1e-5)
    assert np.linalg.eigvalsh(fixed_W.astype(np.float64)).min() > 0


def test_scale_of_the_vectors_does_not_matter(pairs) -> None:
    mapped, fixed = pairs
    for got, expected in zip(reweight(10 * mapped, 0.1 * fixed, 0.5), reweight(*pairs, 0.5)):
        np.testing.assert_allclose(got, expected, atol=1e-5)


def whitened(vectors: np.ndarray) -> "tuple[np.ndarray, np.ndarray]":
    """The symmetric matrix that makes the covariance the identity, and its inverse."""
    variances, axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return axes @ np.diag(variances**-0.5) @ axes.T, axes @ np.diag(variances**0.5) @ axes.T


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0])
def test_full_whitening_by_its_definition(pairs, power: float) -> None:
    """<W y, W' x> = y^T K_y V S^p V^T K_y^-1 V U^T K_x^-1 U S^p U^T K_x x."""
    mapped, fixed = pairs
    (away_y, back_y), (away_x, back_x) = whitened(mapped), whitened(fixed)
    left, strengths, right = np.linalg.svd((fixed @ away_x).T @ (mapped @ away_y))
    assert strengths.min() > 0 and strengths.max() <= 1 + 1e-9  # canonical correlations
    stretch = np.diag((strengths / strengths.mean()) ** power)
    between = away_y @ right.T @ stretch @ right @ back_y @ right.T
    between = between @ left.T @ back_x @ left @ stretch @ left.T @ away_x
    W, fixed_W = reweight(mapped, fixed, power, 1.0)
    np.testing.assert_allclose(
        (mapped @ W.T) @ (fixed @ fixed_W.T).T, mapped @ between @ fixed.T, rtol=1e-3, atol=1e-3
    )
    # The common space has the axes of the language that stays.
    np.testing.assert_allclose(fixed_W, back_x @ left @ stretch @ left.T @ away_x, atol=1e-4)


@pytest.mark.parametrize("whitening", [0.3, 1.0])
def test_power_0_of_whitened_vectors_is_orthogonal(pairs, whitening: float) -> None:
    W, fixed_W = reweight(*pairs, 0.0, whitening)
    np.testing.assert_allclose(fixed_W, np.eye(6), atol=1e-5)
    np.testing.assert_allclose(W @ W.T, np.eye(6), atol=1e-5)


def test_whitening_does_not_mind_how_much_directions_vary() -> None:
    """Both languages' second axis is a hundred times shorter: the mapping is the same rotation."""
    rng = np.random.default_rng(8)
    round_words = rng.normal(size=(500, 2))
    noisy = round_words + rng.normal(scale=0.05, size=(500, 2))
    stretch = np.diag([1.0, 0.01])
    mapped, fixed = round_words[:, ::-1] @ stretch[::-1, ::-1], noisy @ stretch
    W, fixed_W = reweight(mapped, fixed, 0.5, 1.0)
    np.testing.assert_allclose(W, [[0, 1], [1, 0]], atol=0.02)
    np.testing.assert_allclose(fixed_W, np.eye(2), atol=0.02)
    without, _ = reweight(mapped, fixed, 0.5)
    assert without[0, 1] > 50 * without[1, 0]


def test_weak_whitening_is_next_to_none(pairs) -> None:
    for got, expected in zip(reweight(*pairs, 0.5, 1e-7), reweight(*pairs, 0.5)):
        np.testing.assert_allclose(got, expected, atol=1e-4)


def test_whitening_scale_of_the_vectors_does_not_matter(pairs) -> None:
    mapped, fixed = pairs
    scaled = reweight(10 * mapped, 0.1 * fixed, 0.5, 0.6)
    for got, expected in zip(scaled, reweight(*pairs, 0.5, 0.6)):
        np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("whitening", [0.0, 0.6, 1.0])
def test_fewer_pairs_than_dimensions(pairs, whitening: float) -> None:
    """A direction in which no word of the dictionary varies is not divided by nothing."""
    for matrix in reweight(pairs[0][:3], pairs[1][:3], 0.5, whitening):
        assert np.isfinite(matrix).all() and np.abs(matrix).max() < 100
