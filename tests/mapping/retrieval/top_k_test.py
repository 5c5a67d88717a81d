from typing import List, Tuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xner_allennlp.mapping.retrieval import top_k as module
from xner_allennlp.mapping.retrieval.top_k import above, top_k

SHAPES = [(1, 1), (7, 5), (3, 200), (200, 3), (33, 65), (64, 64), (100, 333), (250, 47)]


def random_block(shape: Tuple[int, int], seed: int, ties: bool = False) -> torch.Tensor:
    """Numbers of which some are -inf; with `ties`, only a handful of different ones."""
    generator = torch.Generator().manual_seed(seed)
    block = torch.randn(shape, generator=generator)
    if ties:
        block = block.round()
    block[torch.rand(shape, generator=generator) < 0.1] = -torch.inf
    return block


def as_rows(block: torch.Tensor, dim: int) -> torch.Tensor:
    return block if dim == 1 else block.T


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("k", [1, 2, 5, 40])
def test_equals_torch(shape: Tuple[int, int], dim: int, k: int) -> None:
    block = random_block(shape, seed=k)
    k = min(k, shape[dim])
    values, places = top_k(block, k, dim)
    expected = as_rows(block, dim).topk(k, dim=1)
    assert torch.equal(values, expected.values)
    finite = torch.isfinite(values)
    assert torch.equal(places[finite], expected.indices[finite])


@st.composite
def blocks(draw: st.DrawFn) -> Tuple[torch.Tensor, int, int]:
    shape = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
    dim = draw(st.integers(0, 1))
    k = draw(st.integers(1, min(shape[dim], 12)))
    return random_block(shape, draw(st.integers(0, 9999)), draw(st.booleans())), k, dim


@given(blocks(), st.sampled_from([1, 2, 3, 16]))
@settings(max_examples=150, deadline=None)
def test_places_are_those_of_the_numbers(case: Tuple[torch.Tensor, int, int], group: int) -> None:
    block, k, dim = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_GROUP", group)
        values, places = top_k(block, k, dim)
    rows = as_rows(block, dim)
    assert torch.equal(values, rows.topk(k, dim=1).values)
    assert torch.equal(rows.gather(1, places), values)
    assert all(len(set(line)) == k for line in places.tolist())


def numbers_above(line: torch.Tensor, threshold: float) -> List[Tuple[float, int]]:
    return [(number, place) for place, number in enumerate(line.tolist()) if number > threshold]


@given(blocks(), st.sampled_from([1, 2, 16]), st.sampled_from([0, 1, 3, 10**9]), st.data())
@settings(max_examples=250, deadline=None)
def test_above_finds_all_that_can_matter(
    case: Tuple[torch.Tensor, int, int], group: int, many: int, data: st.DataObject
) -> None:
    block, k, dim = case
    lines = as_rows(block, dim)
    choices = [-float("inf"), -1.0, 0.0, 0.9, 2.0, float("inf")]
    threshold = torch.tensor([data.draw(st.sampled_from(choices)) for _ in lines])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_GROUP", group)
        patch.setattr(module, "_MANY", many)
        found = above(block, k, dim, threshold=threshold)
    rows = found.rows.tolist()
    assert rows == sorted(set(rows))
    for row, (line, limit) in enumerate(zip(lines, threshold.tolist())):
        expected = numbers_above(line, limit)
        if row not in rows:
            assert not expected
            continue
        values = found.values[rows.index(row)].tolist()
        places = found.columns[rows.index(row)].tolist()
        pairs = [pair for pair in zip(values, places) if pair[0] > limit]
        assert set(pairs) <= set(expected)  # no number that is not there, or elsewhere
        assert len(set(pairs)) == len(pairs)
        best = sorted((number for number, _ in pairs), reverse=True)[:k]
        assert best == sorted((number for number, _ in expected), reverse=True)[:k]


@pytest.mark.parametrize("dim", [0, 1])
def test_few_numbers_are_not_sorted_out_by_topk(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes later blocks cheap: only lines with a number above the threshold come back."""
    block = random_block((160, 160), seed=1)
    block[20, 130] = 9.0
    block[150, 3] = 8.0
    monkeypatch.setattr(module, "_top_k", lambda *_: pytest.fail("looked at everything"))
    found = above(block, 2, dim, threshold=torch.full((160,), 7.0))
    assert found.rows.tolist() == ([20, 150] if dim == 1 else [3, 130])
    assert found.values.tolist() == ([[9.0], [8.0]] if dim == 1 else [[8.0], [9.0]])
    assert found.columns.tolist() == ([[130], [3]] if dim == 1 else [[150], [20]])
