from typing import Any, Dict, List, Optional, Set, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mapping.retrieval.csls_test import brute_force_csls
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.refinement.induction import BUILDS, build_dictionary
from xner_allennlp.mapping.retrieval.csls import Translations, translate_both
from xner_allennlp.mapping.retrieval.nearest import Dropout, Neighbours, as_tensor

Pair = Tuple[int, int]


def best_two(scores: torch.Tensor) -> Neighbours:
    return Neighbours(*scores.topk(min(2, scores.shape[1]), dim=1))


def translations(scores: torch.Tensor, backward: bool = True) -> Translations:
    """Those that a matrix of scores, shape: (n, m), decides."""
    of_fixed = best_two(scores.T) if backward else None
    return Translations(best_two(scores), of_fixed, torch.zeros(len(scores)))


def of_one_direction(
    found: Neighbours,
    max_rank: Optional[int],
    min_size: int,
    max_size: Optional[int],
    threshold: float,
) -> List[Pair]:
    """(word, translation) by the documentation, one step after the other."""
    candidates = []
    for word, (values, rows) in enumerate(zip(found.products.tolist(), found.rows.tolist())):
        if values[0] == -float("inf"):
            continue
        lead = values[0] - values[1] if len(values) > 1 else float("inf")
        if max_rank is None or max(word, rows[0]) < max_rank:
            candidates.append((-lead, word, rows[0]))
    candidates.sort()
    if max_size is not None:
        candidates = candidates[:max_size]
    return [
        (word, row)
        for place, (minus_lead, word, row) in enumerate(candidates)
        if place < min_size or -minus_lead >= threshold
    ]


def naive(given: Translations, build: str, **limits: Any) -> Set[Pair]:
    source = set(of_one_direction(given.of_mapped, **limits))
    if build == "S2T":
        return source
    assert given.of_fixed is not None
    target = {(s, t) for t, s in of_one_direction(given.of_fixed, **limits)}
    return {"T2S": target, "S2T|T2S": source | target, "S2T&T2S": source & target}[build]


@st.composite
def score_matrices(draw: st.DrawFn) -> torch.Tensor:
    """Small whole numbers, so that leads are often equal, often 0; some words have no candidate."""
    shape = draw(st.tuples(st.integers(1, 14), st.integers(1, 14)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 9999)))
    scores = torch.randint(0, 6, shape, generator=generator).float()
    scores[torch.rand(shape, generator=generator) < draw(st.sampled_from([0, 0.5]))] = -torch.inf
    return scores


@given(
    score_matrices(),
    st.sampled_from(BUILDS),
    st.none() | st.integers(0, 15),
    st.integers(0, 15),
    st.none() | st.integers(0, 15),
    st.sampled_from([0.0, 1.0, 1.5, 3.0]),
)
@settings(max_examples=400, deadline=None)
def test_equals_the_construction_by_sets(
    scores: torch.Tensor,
    build: str,
    max_rank: Optional[int],
    min_size: int,
    max_size: Optional[int],
    threshold: float,
) -> None:
    limits: Dict[str, Any] = {
        "max_rank": max_rank,
        "min_size": min_size,
        "max_size": max_size,
        "threshold": threshold,
    }
    given_translations = translations(scores)
    pairs = build_dictionary(given_translations, build=build, **limits)
    assert pairs.dtype == torch.int64 and pairs.shape[1:] == (2,)
    expected = sorted(naive(given_translations, build, **limits))
    assert [tuple(pair) for pair in pairs.tolist()] == expected


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 40), (40, 3)])
def test_one_direction_needs_no_other(shape: Tuple[int, int]) -> None:
    """More words on either side than on the other, the last of them among the translations."""
    scores = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    scores[-1, -1] = 2
    expected = [[word, int(row)] for word, row in enumerate(scores.argmax(dim=1))]
    assert [shape[0] - 1, shape[1] - 1] in expected
    assert build_dictionary(translations(scores, backward=False)).tolist() == expected
    assert build_dictionary(translations(scores)).tolist() == expected


def test_rows_of_large_vocabularies() -> None:
    """Their product is more than 32 bits hold."""
    words = 200_000
    rows = torch.arange(words).flip(0).unsqueeze(1).repeat(1, 2)
    found = Neighbours(torch.tensor([[1.0, 0.5]]).repeat(words, 1), rows)
    given_translations = Translations(found, found, torch.zeros(words))
    for build in BUILDS:
        pairs = build_dictionary(given_translations, build=build, max_rank=None)
        assert len(pairs) == words
        assert torch.equal(pairs[:, 0], torch.arange(words))
        assert torch.equal(pairs[:, 1], rows[:, 0])


LEADS = torch.tensor([[5.0, 1.0, 0.0], [0.0, 3.0, 1.0], [2.0, 2.0, 0.0], [0.0, 1.0, 7.0]])
"""Leads of the four words: 4, 2, 0, 6."""


@pytest.mark.parametrize(
    "limits, words",
    [
        ({}, [0, 1, 2, 3]),
        ({"max_size": 4}, [0, 1, 2, 3]),  # a lead of 0 is no less than the threshold
        ({"min_size": 1}, [0, 1, 2, 3]),
        ({"max_size": 2}, [0, 3]),
        ({"max_size": 0}, []),
        ({"threshold": 2.0}, [0, 1, 3]),
        ({"threshold": 2.1}, [0, 3]),
        ({"threshold": 100.0}, []),
        ({"threshold": 100.0, "min_size": 3}, [0, 1, 3]),
        ({"threshold": 2.0, "min_size": 1}, [0, 1, 3]),
        ({"threshold": 100.0, "min_size": 3, "max_size": 1}, [3]),
        ({"max_rank": 3}, [0, 1, 2]),
        ({"max_rank": 2}, [0, 1]),
        ({"max_rank": 3, "max_size": 2}, [0, 1]),  # the rank comes first
        ({"max_rank": 0}, []),
    ],
)
def test_limits(limits: dict, words: List[int]) -> None:
    pairs = build_dictionary(translations(LEADS), **limits)
    assert pairs[:, 0].tolist() == words
    assert pairs.shape == (len(words), 2)


def test_of_vectors() -> None:
    """As it is used: the translations are those of the vectors."""
    rng = np.random.default_rng(11)
    mapped = rng.normal(size=(40, 5)).astype(np.float32)
    fixed = rng.normal(size=(33, 5)).astype(np.float32)
    scores = brute_force_csls(mapped, fixed, 4)
    forward = {(i, int(j)) for i, j in enumerate(scores.argmax(axis=1))}
    backward = {(int(i), j) for j, i in enumerate(scores.argmax(axis=0))}
    given_translations = translate_both(
        as_tensor(unit_length(mapped)), as_tensor(unit_length(fixed)), neighbours=4
    )
    for build, expected in (
        ("S2T", forward),
        ("T2S", backward),
        ("S2T|T2S", forward | backward),
        ("S2T&T2S", forward & backward),
    ):
        pairs = build_dictionary(given_translations, build=build)
        assert pairs.tolist() == [list(pair) for pair in sorted(expected)]
    assert 0 < len(forward & backward) < len(forward)  # else the test would show nothing


@pytest.mark.parametrize("build", BUILDS)
def test_words_whose_candidates_are_all_hidden_are_left_out(build: str) -> None:
    vectors = torch.nn.functional.normalize(
        torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    )
    sizes = []
    for keep in (0.0, 0.4):
        dropout = Dropout(keep, torch.Generator().manual_seed(1))
        found = translate_both(vectors, vectors, dropout=dropout)
        assert found.of_fixed is not None
        pairs = build_dictionary(found, build=build, min_size=5, max_size=50)
        sizes.append(len(pairs))
        hidden = (~torch.isfinite(found.of_fixed.products[:, 0])).nonzero().squeeze(1)
        assert not set(pairs[:, 1].tolist()) & set(hidden.tolist())
        assert len(hidden) > 0
    assert sizes[0] == 0 < sizes[1]
