import numpy as np
import pytest

from tests.mapping.csls_test import brute_force_csls
from xner_allennlp.mapping import MeanCslsCosine


@pytest.fixture
def vectors() -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    rng = np.random.default_rng(2)
    W = np.linalg.qr(rng.normal(size=(5, 5)))[0].astype(np.float32)
    return (
        rng.normal(size=(30, 5)).astype(np.float32),
        rng.normal(size=(25, 5)).astype(np.float32),
        W,
    )


def brute_force(moved: np.ndarray, fixed: np.ndarray, words: int) -> float:
    best = brute_force_csls(moved, fixed, 3).argmax(axis=1)
    pairs = list(zip(moved, fixed[best]))[:words]
    return float(np.mean([x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x, y in pairs]))


@pytest.mark.parametrize("words", [7, 30, 10_000])
def test_is_the_mean_cosine_of_csls_translations(vectors, words: int) -> None:
    mapped, fixed, W = vectors
    criterion = MeanCslsCosine(mapped, fixed, neighbours=3, num_words=words)
    assert criterion(W) == pytest.approx(brute_force(mapped @ W.T, fixed, words), abs=1e-5)


def test_vocabulary_limits_both_languages(vectors) -> None:
    mapped, fixed, W = vectors
    criterion = MeanCslsCosine(mapped, fixed, neighbours=3, vocabulary=12)
    assert criterion(W) == pytest.approx(brute_force(mapped[:12] @ W.T, fixed[:12], 12), abs=1e-5)


def test_prefers_the_right_rotation() -> None:
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0].astype(np.float32)
    mapped = rng.normal(size=(300, 10)).astype(np.float32)
    fixed = mapped @ rotation.T + rng.normal(scale=0.1, size=(300, 10)).astype(np.float32)
    criterion = MeanCslsCosine(mapped, fixed)
    assert criterion(rotation) > 0.95
    assert criterion(np.eye(10, dtype=np.float32)) < 0.85
