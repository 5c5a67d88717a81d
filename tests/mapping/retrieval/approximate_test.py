import numpy as np
import pytest

from xner_allennlp.mapping.retrieval import approximate as module
from xner_allennlp.mapping.retrieval.approximate import ApproximateIndex, index_bytes
from xner_allennlp.mapping.retrieval.nearest import nearest


def clusters(seed: int, *, number: int = 60, size: int = 50, dim: int = 16) -> np.ndarray:
    """Of length 1; the clusters are the same for all seeds."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(number, dim)), size, axis=0)
    noise = np.random.default_rng(seed).normal(size=centres.shape)
    vectors = centres + 0.3 * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("dim", [16, 17])
def test_finds_nearly_all(dim: int) -> None:
    queries, keys = clusters(1, dim=dim), clusters(2, dim=dim)
    products, rows = ApproximateIndex(keys).search(queries, 64)
    assert products.dtype == np.float32 and rows.dtype == np.int32
    expected_products, expected_rows = nearest(queries, keys, 64)
    assert (rows[:, 0] == expected_rows[:, 0]).mean() > 0.98
    assert (np.diff(products, axis=1) <= 0).all()
    # Each product is that of its row, and none is better than the best there is.
    np.testing.assert_allclose(products, (queries[:, None] * keys[rows]).sum(axis=2), atol=1e-5)
    assert (products <= expected_products + 1e-5).all()


def test_repeatable_and_input_is_not_changed() -> None:
    queries, keys = clusters(1), clusters(2)
    before = queries.copy(), keys.copy()
    for one, other in zip(*(ApproximateIndex(keys).search(queries, 3) for _ in range(2))):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(before, (queries, keys)):
        np.testing.assert_array_equal(one, other)


def test_a_row_for_which_too_few_were_seen_is_searched_exactly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PROBES", 0.01)
    queries, keys = clusters(1), clusters(2)
    rows = ApproximateIndex(keys).search(queries, 300)[1]
    assert (rows[:, 0] >= 0).all()
    lost = rows[:, -1] < 0
    assert lost.any()
    products, rows = ApproximateIndex(keys).search(queries, 300, least=300)
    assert (rows >= 0).all()
    np.testing.assert_allclose(products[lost], nearest(queries[lost], keys, 300)[0], atol=1e-5)


def test_few_keys_are_searched_exactly() -> None:
    queries, keys = clusters(1)[::7], clusters(2)[::7]
    for found, expected in zip(
        ApproximateIndex(keys).search(queries, 5), nearest(queries, keys, 5)
    ):
        np.testing.assert_array_equal(found, expected)
    assert ApproximateIndex(keys[:1]).search(queries[:4], 5).rows.tolist() == [[0]] * 4


def test_equal_keys_and_null_vectors() -> None:
    """All keys of a cluster are one vector, many are null, and there are fewer kinds than lists."""
    keys = np.repeat(clusters(1)[::50], 50, axis=0)
    keys[:1000] = 0
    queries = keys[::25].copy()
    products, rows = ApproximateIndex(keys).search(queries, 8, least=8)
    assert (rows >= 0).all()
    np.testing.assert_allclose(products, nearest(queries, keys, 8)[0], atol=1e-5)


def test_half_precision() -> None:
    halves = [clusters(seed).astype(np.float16) for seed in (1, 2)]
    found, expected = (
        ApproximateIndex(keys).search(queries, 3)
        for queries, keys in (halves, [half.astype(np.float32) for half in halves])
    )
    np.testing.assert_array_equal(found.rows, expected.rows)


def test_memory_grows_with_keys() -> None:
    # 150 bytes a vector of 300 numbers in 75 codes of two, with as many again for growth.
    assert 1.5e8 < index_bytes(1_000_000, 300) - index_bytes(1000, 300) < 1e9
