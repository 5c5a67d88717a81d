from typing import Any, Optional, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.profiler import ProfilerActivity, profile

from xner_allennlp.mapping.retrieval import nearest as module
from xner_allennlp.mapping.retrieval.nearest import Dropout, Neighbours, nearest, neighbours_of_both


def random_vectors(n: int, m: int, seed: int = 0) -> Tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 6, generator=generator), torch.randn(m, 6, generator=generator)


def set_tiles(patch: Any, rows: int, columns: int) -> None:
    patch.setattr(module, "_TILE_ROWS", rows)
    patch.setattr(module, "_TILE_COLUMNS", columns)


def check(found: Optional[Neighbours], products: torch.Tensor, k: int) -> None:
    """`found` are the k best of each row of float64 `products`."""
    assert found is not None
    k = min(k, products.shape[1])
    assert found.products.shape == found.rows.shape == (len(products), k)
    assert found.products.dtype == torch.float32 and found.rows.dtype == torch.int64
    expected = products.topk(k, dim=1).values
    np.testing.assert_allclose(found.products, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(products.gather(1, found.rows), found.products, rtol=1e-4, atol=1e-5)
    for row, known in zip(found.rows, torch.isfinite(found.products)):
        assert len(row[known].unique()) == known.sum()


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(9, 60),
    st.integers(9, 60),
    st.integers(0, 9999),
)
@settings(max_examples=100, deadline=None)
def test_equals_brute_force(
    n: int, m: int, k_left: int, k_right: int, tile_rows: int, tile_columns: int, seed: int
) -> None:
    left, right = random_vectors(n, m, seed)
    with pytest.MonkeyPatch.context() as patch:
        set_tiles(patch, tile_rows, tile_columns)
        of_left, of_right = neighbours_of_both(left, right, k_left, k_right)
    products = left.double() @ right.double().T
    check(of_left, products, k_left)
    check(of_right, products.T, k_right)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("tiles", [(16, 16), (128, 96), (1024, 4096)])
def test_sorted_by_similarity(
    order: int, tiles: Tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best come first, so no later tile changes anything; or last, so all of them do."""
    left, right = random_vectors(300, 500, seed=3)
    left, right = left.abs(), right.abs()
    left = left[(order * left.sum(dim=1)).argsort()]
    right = right[(order * right.sum(dim=1)).argsort()]
    set_tiles(monkeypatch, *tiles)
    of_left, of_right = neighbours_of_both(left, right, 10, 3)
    products = left.double() @ right.double().T
    check(of_left, products, 10)
    check(of_right, products.T, 3)


def test_equal_vectors_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    set_tiles(monkeypatch, 8, 32)
    left = torch.eye(4).repeat(10, 1)
    of_left, of_right = neighbours_of_both(left, torch.eye(4).repeat(25, 1), 25, 10)
    assert of_left is not None and of_right is not None
    assert of_left.products.eq(1).all() and of_right.products.eq(1).all()
    for row, found in enumerate(of_left.rows.tolist()):
        assert sorted(found) == list(range(row % 4, 100, 4))
    for row, found in enumerate(of_right.rows.tolist()):
        assert sorted(found) == list(range(row % 4, 40, 4))


def test_only_what_is_wanted() -> None:
    left, right = random_vectors(5, 7)
    assert neighbours_of_both(left, right, None, 3)[0] is None
    assert neighbours_of_both(left, right, 3, None)[1] is None


def test_of_one_side_in_numpy() -> None:
    left, right = (vectors.numpy() for vectors in random_vectors(30, 20))
    products, rows = nearest(left, right, 4)
    order = np.argsort(-(left @ right.T), axis=1)[:, :4]
    np.testing.assert_array_equal(rows, order)
    expected = np.take_along_axis(left @ right.T, order, axis=1)
    np.testing.assert_allclose(products, expected, atol=1e-5)
    assert products.dtype == np.float32 and rows.dtype == np.int64


def test_no_gradient_and_no_change_of_the_vectors() -> None:
    left, right = random_vectors(40, 30)
    kept = left.clone(), right.clone()
    left.requires_grad_()
    of_left, _ = neighbours_of_both(left, right, 2, 2)
    assert of_left is not None and not of_left.products.requires_grad
    assert torch.equal(left, kept[0]) and torch.equal(right, kept[1])


def largest_allocation(left: torch.Tensor, right: torch.Tensor) -> int:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        neighbours_of_both(left, right, 10, 10)
    return max(event.cpu_memory_usage for event in recorded.events())


def test_the_products_of_all_pairs_are_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = random_vectors(2000, 1000)
    everything = 2000 * 1000 * 4
    assert largest_allocation(left, right) > everything // 3  # so that is how it would show
    set_tiles(monkeypatch, 200, 200)
    assert largest_allocation(left, right) < everything // 10


class TestDropout:
    KEEP = 0.3

    @staticmethod
    def run(
        left: torch.Tensor, right: torch.Tensor, k: int, keep: float = KEEP, seed: int = 5
    ) -> Tuple[Neighbours, Neighbours]:
        dropout = Dropout(keep, torch.Generator().manual_seed(seed))
        of_left, of_right = neighbours_of_both(left, right, k, k, dropout=dropout)
        assert of_left is not None and of_right is not None
        return of_left, of_right

    def seen(self, left: torch.Tensor, right: torch.Tensor, **options: Any) -> torch.Tensor:
        """Which pairs are not hidden, shape: (n, m): all neighbours are asked for."""
        found, _ = self.run(left, right, len(right), **options)
        seen = torch.zeros(len(left), len(right), dtype=torch.bool)
        for row, (products, rows) in enumerate(zip(*found)):
            seen[row, rows[torch.isfinite(products)]] = True
        return seen

    def test_each_block_of_words_has_its_own_candidates(self) -> None:
        seen = self.seen(*random_vectors(600, 500))
        blocks = seen.split(256)
        assert [len(block) for block in blocks] == [256, 256, 88]
        for block in blocks:
            assert (block == block[0]).all()
            assert 0.2 < block[0].float().mean() < 0.4
        assert (blocks[0][0] != blocks[1][0]).any() and (blocks[1][0] != blocks[2][0]).any()

    @pytest.mark.parametrize("tile_columns", [64, 100, 4096])
    @pytest.mark.parametrize("tile_rows", [256, 512, 1024])
    def test_the_best_of_those_left_whatever_the_tiles(
        self, tile_rows: int, tile_columns: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        left, right = random_vectors(600, 500)
        products = left.double() @ right.double().T
        products[~self.seen(left, right)] = -torch.inf
        set_tiles(monkeypatch, tile_rows, tile_columns)
        of_left, of_right = self.run(left, right, 2)
        check(of_left, products, 2)
        check(of_right, products.T, 2)

    def test_the_seed_decides(self) -> None:
        vectors = random_vectors(300, 200)
        assert torch.equal(self.seen(*vectors, seed=1), self.seen(*vectors, seed=1))
        assert not torch.equal(self.seen(*vectors, seed=1), self.seen(*vectors, seed=2))

    def test_the_generator_goes_on(self) -> None:
        left, right = random_vectors(300, 200)
        dropout = Dropout(0.5, torch.Generator().manual_seed(1))
        first, second = (
            neighbours_of_both(left, right, 1, None, dropout=dropout)[0] for _ in range(2)
        )
        assert first is not None and second is not None
        assert not torch.equal(first.rows, second.rows)

    def test_keeping_all_changes_nothing(self) -> None:
        left, right = random_vectors(300, 200)
        for found, plain in zip(
            self.run(left, right, 3, keep=1.0), neighbours_of_both(left, right, 3, 3)
        ):
            assert plain is not None
            assert torch.equal(found.products, plain.products)
            assert torch.equal(found.rows, plain.rows)

    def test_keeping_none_finds_nothing(self) -> None:
        left, right = random_vectors(30, 20)
        for found in self.run(left, right, 3, keep=0.0):
            assert found.products.eq(-torch.inf).all()
            assert found.rows.ge(0).all() and found.rows.lt(20).all()
