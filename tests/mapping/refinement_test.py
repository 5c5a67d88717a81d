import logging
from typing import Any

import numpy as np
import pytest

from xner_allennlp.mapping import MeanCslsCosine, induce_dictionary, procrustes, refine, refinement


@pytest.fixture
def world() -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    rng = np.random.default_rng(1)
    rotation = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    mapped = rng.normal(size=(400, 12))
    fixed = mapped @ rotation.T + rng.normal(scale=0.3, size=(400, 12))
    return mapped.astype(np.float32), fixed.astype(np.float32), rotation.astype(np.float32)


def rough(rotation: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(2).normal(scale=0.25, size=rotation.shape)
    left, _, right = np.linalg.svd(rotation + noise)
    return (left @ right).astype(np.float32)


@pytest.mark.parametrize("mutual", [True, False])
def test_improves_a_rough_mapping(world, mutual: bool) -> None:
    mapped, fixed, rotation = world
    start = rough(rotation)
    criterion = MeanCslsCosine(mapped, fixed)
    result = refine(start, mapped, fixed, criterion=criterion, mutual=mutual)
    assert np.abs(start - rotation).max() > 0.3
    assert np.abs(result.W - rotation).max() < 0.1
    assert result.criterion == pytest.approx(criterion(result.W))
    assert len(result.iterations) == 5


def test_one_iteration_is_induction_then_procrustes(world) -> None:
    mapped, fixed, rotation = world
    start = rough(rotation)
    pairs = induce_dictionary(mapped[:100] @ start.T, fixed[:100], neighbours=7)
    expected = procrustes(mapped[pairs[:, 0]], fixed[pairs[:, 1]])
    result = refine(
        start,
        mapped,
        fixed,
        criterion=lambda W: float((W * expected).sum()),
        iterations=1,
        vocabulary=100,
        neighbours=7,
    )
    np.testing.assert_allclose(result.W, expected, atol=1e-5)
    assert result.iterations[0]["dictionary_size"] == len(pairs)


def test_the_criterion_chooses_the_start_included(world) -> None:
    mapped, fixed, rotation = world
    values = iter([0.9, 0.1, 0.2])
    result = refine(rotation, mapped, fixed, criterion=lambda W: next(values), iterations=2)
    np.testing.assert_array_equal(result.W, rotation)
    assert result.criterion == 0.9
    assert [iteration["criterion"] for iteration in result.iterations] == [0.1, 0.2]


def test_an_empty_dictionary_stops(world, monkeypatch: Any, caplog: Any) -> None:
    mapped, fixed, rotation = world
    empty = np.zeros((0, 2), dtype=np.int64)
    monkeypatch.setattr(refinement, "induce_dictionary", lambda *_, **__: empty)
    with caplog.at_level(logging.WARNING):
        result = refine(rotation, mapped, fixed, criterion=lambda W: 0.5)
    assert "no mutual translations" in caplog.text
    np.testing.assert_array_equal(result.W, rotation)
