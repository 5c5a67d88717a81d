from typing import Any, Optional, Tuple

import numpy as np
import pytest
import torch

from tests.mapping.retrieval.csls_test import brute_force_csls
from xner_allennlp.mapping.retrieval.nearest import Dropout
from xner_allennlp.mapping.retrieval.search import TranslationSearch

Vectors = Tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture
def vectors() -> Vectors:
    rng = np.random.default_rng(2)
    W = np.linalg.qr(rng.normal(size=(5, 5)))[0].astype(np.float32)
    return (
        rng.normal(size=(30, 5)).astype(np.float32),
        rng.normal(size=(25, 5)).astype(np.float32),
        W,
    )


def mean_cosine(moved: np.ndarray, fixed: np.ndarray, words: int, k: int = 3) -> float:
    best = brute_force_csls(moved, fixed, k).argmax(axis=1)
    pairs = list(zip(moved, fixed[best]))[:words]
    return float(np.mean([x @ y / np.linalg.norm(x) / np.linalg.norm(y) for x, y in pairs]))


@pytest.mark.parametrize("words", [7, 30, 10_000])
def test_criterion_is_the_mean_cosine_of_csls_translations(vectors: Vectors, words: int) -> None:
    mapped, fixed, W = vectors
    search = TranslationSearch(mapped, fixed, neighbours=3, criterion_words=words)
    expected = pytest.approx(mean_cosine(mapped @ W.T, fixed, words), abs=1e-5)
    assert search.criterion(W) == expected
    assert search.criterion_of(search.translate(W)) == expected


def test_the_method_of_translation_does_not_change_the_criterion(vectors: Vectors) -> None:
    mapped, fixed, W = vectors
    by_cosine = TranslationSearch(mapped, fixed, neighbours=3, method="nn")
    assert by_cosine.criterion(W) == TranslationSearch(mapped, fixed, neighbours=3).criterion(W)


def test_criterion_prefers_the_right_rotation() -> None:
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(10, 10)))[0].astype(np.float32)
    mapped = rng.normal(size=(300, 10)).astype(np.float32)
    fixed = mapped @ rotation.T + rng.normal(scale=0.1, size=(300, 10)).astype(np.float32)
    search = TranslationSearch(mapped, fixed)
    assert search.criterion(rotation) > 0.95
    assert search.criterion(np.eye(10, dtype=np.float32)) < 0.85


@pytest.mark.parametrize("vocabulary", [None, 12, 1000])
@pytest.mark.parametrize("second_matrix", [False, True])
def test_translations_equal_the_definition(
    vectors: Vectors, vocabulary: Optional[int], second_matrix: bool
) -> None:
    mapped, fixed, W = vectors
    # No orthogonal one, so the lengths change.
    fixed_W = np.random.default_rng(8).normal(size=(5, 5)) if second_matrix else np.eye(5)
    moved, still = (mapped @ W.T)[:vocabulary], (fixed @ fixed_W.T)[:vocabulary]
    expected = brute_force_csls(moved, still, 3)
    search = TranslationSearch(mapped, fixed, neighbours=3)
    found = search.translate(W, fixed_W if second_matrix else None, vocabulary=vocabulary)
    assert found.of_fixed is not None
    np.testing.assert_array_equal(found.of_mapped.rows[:, 0], expected.argmax(axis=1))
    np.testing.assert_array_equal(found.of_fixed.rows[:, 0], expected.argmax(axis=0))
    np.testing.assert_allclose(found.of_fixed.products[:, 0], expected.max(axis=0), atol=1e-5)


def test_first_words_only(vectors: Vectors) -> None:
    mapped, fixed, W = vectors
    expected = brute_force_csls(mapped @ W.T, fixed, 3).argmax(axis=1)
    search = TranslationSearch(mapped, fixed, neighbours=3, criterion_words=9)
    for found, words in (
        (search.translate(W, queries=4), 4),
        (search.translations_of_mapped(W, words=6), 6),
        (search.translations_of_mapped(W), 9),
    ):
        assert found.of_fixed is None
        np.testing.assert_array_equal(found.of_mapped.rows[:, 0], expected[:words])


def test_method_and_dropout_are_passed_on(vectors: Vectors, monkeypatch: Any) -> None:
    mapped, fixed, W = vectors
    moved = mapped @ W.T / np.linalg.norm(mapped, axis=1, keepdims=True)
    cosines = moved @ (fixed / np.linalg.norm(fixed, axis=1, keepdims=True)).T
    search = TranslationSearch(mapped, fixed, method="nn")
    plain = search.translate(W)
    np.testing.assert_array_equal(plain.of_mapped.rows[:, 0], cosines.argmax(axis=1))
    dropout = Dropout(0.3, torch.Generator().manual_seed(0))
    dropped = search.translate(W, dropout=dropout)
    assert not torch.equal(dropped.of_mapped.rows, plain.of_mapped.rows)


def test_null_vectors_do_not_break_it(vectors: Vectors) -> None:
    mapped, fixed, W = vectors
    mapped[3], fixed[4] = 0, 0
    found = TranslationSearch(mapped, fixed, neighbours=3).translate(W)
    assert found.of_fixed is not None
    assert torch.isfinite(found.of_mapped.products).all()
    assert torch.isfinite(found.of_fixed.products).all()
