"""On the CPU, with bfloat16 in the place of float16: what is coarser has more to mend."""

from typing import Any, Optional, Tuple

import pytest
import torch
from allennlp.common.testing import requires_gpu

from tests.mapping.retrieval.nearest_test import check, random_vectors
from xner_allennlp.mapping.retrieval import rescoring as module
from xner_allennlp.mapping.retrieval.nearest import Dropout, Neighbours, _by_candidates
from xner_allennlp.mapping.retrieval.nearest import neighbours_of_both as by_tiles
from xner_allennlp.mapping.retrieval.rescoring import rescored_nearest


@pytest.fixture(autouse=True)
def few_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MORE_CANDIDATES", 8)
    monkeypatch.setattr(module, "_PRODUCTS", 20_000)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> "list[int]":
    """How many queries were searched with exact products only."""
    numbers = []
    search = module._search

    def noting(wanted: torch.Tensor, *others: Any) -> None:
        numbers.append(len(wanted))
        search(wanted, *others)

    monkeypatch.setattr(module, "_search", noting)
    return numbers


def found_of(queries: torch.Tensor, keys: torch.Tensor, k: int) -> Neighbours:
    return Neighbours(*rescored_nearest(queries, keys, k, dtype=torch.bfloat16))


@pytest.mark.parametrize("scale", [1.0, 1e-12, 1e12])
@pytest.mark.parametrize("k", [1, 2, 10])
def test_equals_brute_force(k: int, scale: float, searched: "list[int]") -> None:
    queries, keys = random_vectors(300, 700)
    found = found_of(queries * scale, keys, k)
    check(Neighbours(found.products / scale, found.rows), queries.double() @ keys.double().T, k)
    assert searched[0] < 300


def test_where_all_is_in_doubt_all_is_searched_again(searched: "list[int]") -> None:
    """Keys that differ by less than half precision can tell."""
    queries, _ = random_vectors(40, 1)
    keys = torch.ones(500, 6) + 1e-4 * random_vectors(500, 1, seed=1)[0]
    queries = queries.abs()
    found = found_of(queries, keys, 3)
    assert searched == [40]
    products = queries.double() @ keys.double().T
    expected = products.topk(3, dim=1)
    torch.testing.assert_close(found.products.double(), expected.values, rtol=1e-6, atol=0)
    assert (found.rows == expected.indices).float().mean() > 0.95  # but for float32's own rounding


@pytest.mark.parametrize("error", [0.9, 8.0])
def test_the_bound_is_what_makes_it_exact(error: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst error that is allowed changes nothing; an error beyond it would be seen here."""
    queries, keys = random_vectors(200, 600, seed=2)
    queries, keys = (v / v.norm(dim=1, keepdim=True) for v in (queries, keys))
    products = queries @ keys.T
    tolerance = 2 * torch.finfo(torch.bfloat16).eps
    best = products.topk(30, dim=1).indices
    worst = torch.full_like(products, error * tolerance / 2)
    worst.scatter_(1, best[:, :5], -error * tolerance / 2)  # the best look worse, the others better
    blocks = iter((products + worst).split(module._block_size(600)))

    class Rounded:
        """In the place of the reduced vectors: their product is what it is told to be."""

        T = property(lambda self: self)

        def __matmul__(self, other: Any) -> torch.Tensor:
            return next(blocks)

    monkeypatch.setattr(module, "_reduced", lambda vectors, dtype: Rounded())
    found = found_of(queries, keys, 3)
    is_right = bool((found.rows == best[:, :3]).all())
    assert is_right == (error < 1)


def test_few_keys(searched: "list[int]") -> None:
    queries, keys = random_vectors(50, 9)
    check(found_of(queries, keys, 9), queries.double() @ keys.double().T, 9)
    assert searched == [50]


def test_null_vectors() -> None:
    queries, keys = random_vectors(50, 300)
    queries[3], keys[7] = 0, 0
    check(found_of(queries, keys, 4), queries.double() @ keys.double().T, 4)
    assert found_of(queries, 0 * keys, 4).products.eq(0).all()


@pytest.mark.parametrize("keep", [None, 0.3, 0.0])
def test_both_directions_are_those_of_tiles(keep: Optional[float]) -> None:
    left, right = random_vectors(600, 500)

    def dropout() -> Optional[Dropout]:
        return None if keep is None else Dropout(keep, torch.Generator().manual_seed(5))

    expected = by_tiles(left, right, 2, 5, dropout=dropout())
    found = _by_candidates(left, right, 2, 5, dropout(), torch.bfloat16)
    for one, other in zip(found, expected):
        assert one is not None and other is not None
        torch.testing.assert_close(one.products, other.products)
        known = torch.isfinite(one.products)
        assert torch.equal(one.rows[known], other.rows[known])
    assert _by_candidates(left, right, None, 1, None, torch.bfloat16)[0] is None
    assert _by_candidates(left, right, 1, None, None, torch.bfloat16)[1] is None


@requires_gpu
@pytest.mark.parametrize("sizes", [(3000, 5000), (20, 7)])
def test_on_cuda(sizes: Tuple[int, int]) -> None:
    left, right = random_vectors(*sizes)
    for one, other in zip(by_tiles(left.cuda(), right.cuda(), 10, 2), by_tiles(left, right, 10, 2)):
        assert one is not None and other is not None
        torch.testing.assert_close(one.products.cpu(), other.products)
