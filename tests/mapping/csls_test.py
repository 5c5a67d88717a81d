import numpy as np
import pytest

from xner_allennlp.mapping import csls
from xner_allennlp.mapping.csls import (
    csls_nearest,
    csls_translations,
    mean_similarity,
    nearest,
)
from xner_allennlp.mapping.normalization import unit_length


def brute_force_csls(queries: np.ndarray, keys: np.ndarray, k: int) -> np.ndarray:
    """CSLS of every pair by its formula, shape: (n, m)."""
    result = np.zeros((len(queries), len(keys)))
    cosines = [
        [float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)) for y in keys] for x in queries
    ]
    for i in range(len(queries)):
        for j in range(len(keys)):
            r_query = np.mean(sorted(cosines[i], reverse=True)[:k])
            r_key = np.mean(sorted((row[j] for row in cosines), reverse=True)[:k])
            result[i, j] = 2 * cosines[i][j] - r_query - r_key
    return result


@pytest.fixture
def vectors() -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(7)
    queries = rng.normal(size=(37, 6)).astype(np.float32)
    keys = rng.normal(size=(29, 6)).astype(np.float32) + 0.5
    return queries, keys.astype(np.float32)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_translations_equal_the_definition(vectors, k: int) -> None:
    queries, keys = vectors
    expected = brute_force_csls(queries, keys, k)
    values, rows = csls_translations(queries, keys, neighbours=k)
    np.testing.assert_array_equal(rows, expected.argmax(axis=1))
    np.testing.assert_allclose(values, expected.max(axis=1), atol=1e-5)


def test_k_best_are_in_order(vectors) -> None:
    queries, keys = map(unit_length, vectors)
    expected = brute_force_csls(queries, keys, 5)
    values, rows = csls_nearest(
        queries,
        keys,
        key_similarity=mean_similarity(keys, queries, 5),
        query_similarity=mean_similarity(queries, keys, 5),
        k=4,
    )
    np.testing.assert_array_equal(rows, np.argsort(-expected, axis=1)[:, :4])
    np.testing.assert_allclose(values, -np.sort(-expected, axis=1)[:, :4], atol=1e-5)


def test_csls_demotes_a_hub() -> None:
    # The first key is the nearest to both queries by cosine, but to too many of them.
    queries = unit_length(np.array([[1, 0.9], [1, -0.9], [1, 0.1], [1, -0.1]], dtype=np.float32))
    keys = unit_length(np.array([[1, 0], [0, 1], [0, -1]], dtype=np.float32))
    assert nearest(queries, keys, 1)[1][:2, 0].tolist() == [0, 0]
    assert csls_translations(queries, keys, neighbours=2)[1][:2].tolist() == [1, 2]


def test_blocks_change_nothing(vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = nearest(*vectors, 3)
    monkeypatch.setattr(csls, "_BLOCK", 5)
    blocked = nearest(*vectors, 3)
    np.testing.assert_array_equal(whole[1], blocked[1])
    np.testing.assert_allclose(whole[0], blocked[0], atol=1e-6)


def test_fewer_words_than_neighbours() -> None:
    vectors = unit_length(np.eye(3, dtype=np.float32))
    assert mean_similarity(vectors, vectors, 10).tolist() == pytest.approx([1 / 3] * 3)
