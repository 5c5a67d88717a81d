import numpy as np
import pytest

from xner_allennlp.mapping.retrieval import approximate as module
from xner_allennlp.mapping.retrieval.approximate import approximate_nearest
from xner_allennlp.mapping.retrieval.nearest import nearest


def clusters(seed: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(60, 16)), 50, axis=0)
    noise = np.random.default_rng(seed).normal(size=centres.shape)
    vectors = centres + 0.3 * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_finds_nearly_all() -> None:
    queries, keys = clusters(1), clusters(2)
    products, rows = approximate_nearest(queries, keys, 5)
    expected_products, expected_rows = nearest(queries, keys, 5)
    assert products.dtype == np.float32 and rows.dtype == np.int64
    assert (rows[:, 0] == expected_rows[:, 0]).mean() > 0.98
    assert (np.diff(products, axis=1) <= 0).all()
    # Each product is that of its row, and none is better than the best there is.
    np.testing.assert_allclose(products, (queries[:, None] * keys[rows]).sum(axis=2), atol=1e-5)
    assert (products <= expected_products + 1e-5).all()


def test_all_lists_make_it_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PROBED", 1.0)
    queries, keys = clusters(1), clusters(2)
    for found, expected in zip(approximate_nearest(queries, keys, 3), nearest(queries, keys, 3)):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_repeatable() -> None:
    queries, keys = clusters(1), clusters(2)
    for one, other in zip(*(approximate_nearest(queries, keys, 3) for _ in range(2))):
        np.testing.assert_array_equal(one, other)


def test_where_too_few_keys_are_seen_the_last_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_PROBES", 1)
    products, rows = approximate_nearest(clusters(1), clusters(2), 3000)
    assert np.isfinite(products).all() and (rows >= 0).all()
    assert (products[:, -1] == products.min(axis=1)).all()


def test_one_key() -> None:
    products, rows = approximate_nearest(clusters(1)[:4], clusters(2)[:1], 1)
    assert rows.tolist() == [[0]] * 4
