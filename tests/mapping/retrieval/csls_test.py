from typing import Tuple

import numpy as np
import pytest
import torch

from tests.mapping.worlds import best_translations
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.retrieval import nearest as tiles
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.retrieval.nearest import Dropout, as_tensor, nearest
from xner_allennlp.mapping.use.common_space import CommonSpace


def brute_force_csls(queries: np.ndarray, keys: np.ndarray, k: int) -> np.ndarray:
    """CSLS of every pair by its formula, float64, shape: (n, m)."""
    queries, keys = queries.astype(np.float64), keys.astype(np.float64)
    result = np.zeros((len(queries), len(keys)))
    cosines = [
        [float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)) for y in keys] for x in queries
    ]
    r_queries = [np.mean(sorted(row, reverse=True)[:k]) for row in cosines]
    r_keys = [np.mean(sorted(column, reverse=True)[:k]) for column in zip(*cosines)]
    for i in range(len(queries)):
        for j in range(len(keys)):
            result[i, j] = 2 * cosines[i][j] - r_queries[i] - r_keys[j]
    return result


@pytest.fixture
def vectors() -> Tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    queries = rng.normal(size=(37, 6)).astype(np.float32)
    keys = rng.normal(size=(29, 6)).astype(np.float32) + 0.5
    return queries, keys.astype(np.float32)


def check_best_two(values: torch.Tensor, rows: torch.Tensor, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(rows, np.argsort(-expected, axis=1)[:, :2])
    np.testing.assert_allclose(values, -np.sort(-expected, axis=1)[:, :2], atol=1e-5)


class TestTranslateBoth:
    @pytest.fixture(autouse=True, params=[(8, 16), (1024, 4096)])
    def tile(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tiles, "_TILE_ROWS", request.param[0])
        monkeypatch.setattr(tiles, "_TILE_COLUMNS", request.param[1])

    @pytest.fixture
    def sides(self, vectors: Tuple[np.ndarray, np.ndarray]) -> Tuple[torch.Tensor, torch.Tensor]:
        return as_tensor(unit_length(vectors[0])), as_tensor(unit_length(vectors[1]))

    @pytest.mark.parametrize("k", [1, 3, 10, 29, 100])
    def test_both_directions_equal_the_definition(self, vectors, sides, k: int) -> None:
        expected = brute_force_csls(*vectors, k)
        found = translate_both(*sides, neighbours=k)
        assert found.of_fixed is not None
        check_best_two(*found.of_mapped, expected)
        check_best_two(*found.of_fixed, expected.T)

    def test_cosines_are_those_of_the_best_translations(self, vectors, sides) -> None:
        best = brute_force_csls(*vectors, 4).argmax(axis=1)
        expected = (sides[0].double() * sides[1][best].double()).sum(dim=1)
        np.testing.assert_allclose(
            translate_both(*sides, neighbours=4).cosines, expected, atol=1e-6
        )

    def test_nearest_by_cosine(self, sides) -> None:
        expected = (sides[0].double() @ sides[1].double().T).numpy()
        found = translate_both(*sides, method="nn")
        assert found.of_fixed is not None
        check_best_two(*found.of_mapped, expected)
        check_best_two(*found.of_fixed, expected.T)
        np.testing.assert_allclose(found.cosines, expected.max(axis=1), atol=1e-6)

    @pytest.mark.parametrize("method", ["csls", "nn"])
    @pytest.mark.parametrize("queries", [1, 10, 37, 1000])
    def test_first_words_only(self, sides, queries: int, method: str) -> None:
        """The neighbourhoods are still those among all words."""
        everything = translate_both(*sides, neighbours=3, method=method)
        found = translate_both(*sides, neighbours=3, method=method, queries=queries, backward=False)
        assert found.of_fixed is None
        assert torch.equal(found.of_mapped.rows, everything.of_mapped.rows[:queries])
        np.testing.assert_allclose(found.cosines, everything.cosines[:queries], atol=1e-6)
        # Without r(x), the values are shifted, but not how far ahead the best is.
        for got, wanted in zip(found.of_mapped.products, everything.of_mapped.products):
            assert float(got[0] - got[1]) == pytest.approx(float(wanted[0] - wanted[1]), abs=1e-5)

    def test_backward_needs_all_queries(self, sides) -> None:
        with pytest.raises(ValueError, match="need all words"):
            translate_both(*sides, queries=36)
        translate_both(*sides, queries=37)

    def test_one_word(self, sides) -> None:
        mapped, fixed = sides
        found = translate_both(mapped, fixed[:1], neighbours=10)
        assert found.of_fixed is not None
        assert found.of_mapped.rows.tolist() == [[0]] * 37
        assert found.of_fixed.rows.shape == (1, 2)


def test_dropout_hides_translations_but_not_neighbourhoods(vectors) -> None:
    expected = brute_force_csls(*vectors, 3)
    sides = as_tensor(unit_length(vectors[0])), as_tensor(unit_length(vectors[1]))
    dropout = Dropout(0.4, torch.Generator().manual_seed(2))
    found = translate_both(*sides, neighbours=3, dropout=dropout)
    left = found.of_mapped.rows.unique().tolist()  # one block: the same for all words
    assert found.of_fixed is not None
    hidden = [row for row in range(29) if not found.of_fixed.products[row].isfinite().any()]
    assert hidden and not set(hidden) & set(left)
    expected[:, hidden] = -np.inf
    check_best_two(*found.of_mapped, expected)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_translations_equal_the_definition(vectors, k: int) -> None:
    queries, keys = vectors
    expected = brute_force_csls(queries, keys, k)
    values, rows = best_translations(queries, keys, neighbours=k)
    np.testing.assert_array_equal(rows, expected.argmax(axis=1))
    np.testing.assert_allclose(values, expected.max(axis=1), atol=1e-5)


def test_k_best_are_in_order(vectors) -> None:
    queries, keys = map(unit_length, vectors)
    expected = brute_force_csls(queries, keys, 5)
    space = CommonSpace(queries, keys, neighbours=5)
    values, rows = space.nearest(np.arange(len(queries)), k=4)
    np.testing.assert_array_equal(rows, np.argsort(-expected, axis=1)[:, :4])
    np.testing.assert_allclose(values, -np.sort(-expected, axis=1)[:, :4], atol=1e-5)


def test_csls_demotes_a_hub() -> None:
    # The first key is the nearest to both queries by cosine, but to too many of them.
    queries = unit_length(np.array([[1, 0.9], [1, -0.9], [1, 0.1], [1, -0.1]], dtype=np.float32))
    keys = unit_length(np.array([[1, 0], [0, 1], [0, -1]], dtype=np.float32))
    assert nearest(queries, keys, 1)[1][:2, 0].tolist() == [0, 0]
    assert best_translations(queries, keys, neighbours=2)[1][:2].tolist() == [1, 2]


def test_fewer_words_than_neighbours() -> None:
    vectors = unit_length(np.eye(3, dtype=np.float32))
    space = CommonSpace(vectors, vectors, neighbours=10)
    # CSLS of a word and itself: 2 - 1/3 - 1/3.
    values, found = space.nearest(np.arange(3))
    assert found[:, 0].tolist() == [0, 1, 2]
    assert values[:, 0].tolist() == pytest.approx([4 / 3] * 3)
