import logging
from typing import Dict

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.mapping.retrieval.approximate_test import clusters
from xner_allennlp.mapping.retrieval import candidate_pairs as module
from xner_allennlp.mapping.retrieval.candidate_pairs import CandidatePairs
from xner_allennlp.mapping.retrieval.csls import Translations, translate_both
from xner_allennlp.mapping.retrieval.nearest import Dropout


def sides() -> Dict[str, torch.Tensor]:
    return {
        "mapped": torch.from_numpy(clusters(1, number=120, size=30)),
        "fixed": torch.from_numpy(clusters(2, number=120, size=30)[:-100]),
    }


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_PRODUCTS", 0)


def agreement(one: torch.Tensor, other: torch.Tensor) -> float:
    assert one.shape == other.shape
    return float((one == other).float().mean())


def exact_and_approximate(monkeypatch: pytest.MonkeyPatch, **options) -> Dict[str, Translations]:
    exact = translate_both(**sides(), **options)
    monkeypatch.setattr(module, "_MAX_PRODUCTS", 0)
    return {"exact": exact, "approximate": translate_both(**sides(), **options)}


@pytest.mark.parametrize("method", ["csls", "nn"])
def test_both_directions(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = exact_and_approximate(monkeypatch, method=method)
    exact, approximate = found["exact"], found["approximate"]
    for name in ("of_mapped", "of_fixed"):
        one, other = getattr(exact, name), getattr(approximate, name)
        assert agreement(one.rows, other.rows) > 0.98
        same = one.rows == other.rows
        torch.testing.assert_close(one.products[same], other.products[same], atol=0.01, rtol=0)
        assert (other.products[:, 0] >= other.products[:, 1]).all()
        assert (other.rows[:, 0] != other.rows[:, 1]).all()
    same = exact.of_mapped.rows[:, 0] == approximate.of_mapped.rows[:, 0]
    torch.testing.assert_close(exact.cosines[same], approximate.cosines[same])


def test_first_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = exact_and_approximate(monkeypatch, queries=500, backward=False)
    exact, approximate = found["exact"], found["approximate"]
    assert exact.of_fixed is approximate.of_fixed is None
    assert agreement(exact.of_mapped.rows, approximate.of_mapped.rows) > 0.98
    same = exact.of_mapped.rows == approximate.of_mapped.rows
    torch.testing.assert_close(
        exact.of_mapped.products[same], approximate.of_mapped.products[same], atol=0.01, rtol=0
    )


def test_with_all_words_as_candidates_it_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few words of either language are searched exactly; some are alike, some null."""
    left, right = (side[::9].clone() for side in sides().values())
    left[3:6] = left[2]
    right[7] = 0
    exact = translate_both(left, right)
    monkeypatch.setattr(module, "_MAX_PRODUCTS", 0)
    monkeypatch.setattr(module, "_CANDIDATES", 400)
    approximate = translate_both(left, right)
    assert exact.of_fixed is not None and approximate.of_fixed is not None
    for one, other in (
        (exact.of_mapped, approximate.of_mapped),
        (exact.of_fixed, approximate.of_fixed),
    ):
        torch.testing.assert_close(one.products, other.products, atol=1e-5, rtol=0)
        # Words that are alike may change places.
        clear = (one.products[:, 0] - one.products[:, 1]) > 1e-4
        assert clear.any() and torch.equal(one.rows[clear, 0], other.rows[clear, 0])


def test_what_the_other_direction_found_counts(
    always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Word 0 is nearest to the hub, 1, but CSLS prefers 2, which is only near to word 0. With one
    candidate a word, 2 is known from its own search alone.
    """
    monkeypatch.setattr(module, "_CANDIDATES", 1)
    left = torch.tensor([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.8, -0.6, 0.0]])
    right = torch.tensor([[0.96, 0.0, 0.28], [0.9, 0.0, -0.4358899]])
    pairs = CandidatePairs(left, right, neighbours=1)
    assert pairs.best_of_left(1).rows[0].tolist() == [0]
    # The hub is near to everything, so its r is large.
    pairs.r_right[:] = torch.tensor([0.9, 0.5])
    assert pairs.best_of_left(1).rows[0].tolist() == [1]
    assert pairs.best_of_left(1).products[0].item() == pytest.approx(2 * 0.9 - 0.5)


def test_dropout_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    def translated() -> Translations:
        return translate_both(**sides(), dropout=Dropout(0.5, torch.Generator().manual_seed(1)))

    exact = translated()
    monkeypatch.setattr(module, "_MAX_PRODUCTS", 0)
    torch.testing.assert_close(translated().of_mapped.products, exact.of_mapped.products)


def test_memory_is_told_and_checked(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.WARNING):
        CandidatePairs(*sides().values())
    assert "3600 x 3500 words" in caplog.text and "GiB of memory beside the vectors" in caplog.text
    monkeypatch.setattr(module, "free_memory", lambda device: 1 << 20)
    with pytest.raises(ConfigurationError, match="--max-words"):
        CandidatePairs(*sides().values())


def test_repeatable(always: None) -> None:
    one, other = (translate_both(**sides()).of_mapped for _ in range(2))
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(one.products, other.products)
