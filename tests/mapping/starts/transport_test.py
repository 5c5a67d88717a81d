from typing import Any

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import multi_device

from tests.mapping.worlds import World, clustered
from xner_allennlp.mapping.starts import OptimalTransport, Start, StartInput
from xner_allennlp.mapping.starts.transport import _Problem


def agreement(W: np.ndarray, world: World) -> float:
    """1.0 if `W` is the rotation; about 0 for a random one."""
    return float((W * world.rotation).sum() / len(W))


def found(transport: OptimalTransport, *vectors: np.ndarray, **given: Any) -> Start:
    return transport.find(StartInput(*vectors, **given))


def problem(world: World, **options: Any) -> _Problem:
    vectors = torch.from_numpy(world.mapped), torch.from_numpy(world.fixed)
    defaults = {"power": 0.5, "rank_penalty": 0.8, "share_exponent": 0.4}
    return _Problem(*vectors, **{**defaults, **options})


def step(steps: _Problem, plan: torch.Tensor, temperature: float) -> "tuple[float, torch.Tensor]":
    objective, matrix = steps.matrix(plan)
    return objective, steps.plan(matrix, temperature)


@multi_device
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_finds_a_rotation_without_a_pair(seed: int, device: str) -> None:
    world = clustered(seed=seed)
    # Words are about equally frequent as their translations, no more.
    ranks = np.log(np.arange(400) + 10)
    order = np.argsort(ranks + 0.2 * np.random.default_rng(seed).normal(size=400))
    result = found(
        OptimalTransport(restarts=3), world.mapped, world.fixed[order], seed=seed, device=device
    )
    assert agreement(result.W, world) > 0.99
    np.testing.assert_allclose(result.W @ result.W.T, np.eye(20), atol=1e-5)
    assert result.W.dtype == np.float32


@pytest.mark.parametrize("sizes", [(400, 300), (300, 400)])
def test_languages_of_different_sizes(sizes: "tuple[int, int]") -> None:
    world = clustered()
    mapped, fixed = world.mapped[: sizes[0]], world.fixed[: sizes[1]]
    result = found(OptimalTransport(restarts=3), mapped, fixed, seed=0)
    assert agreement(result.W, world) > 0.99


def test_a_rotation_of_the_fixed_language_turns_the_mapping_along() -> None:
    """Nothing in it favours the identity or the axes."""
    world = clustered(seed=5)
    transport = OptimalTransport(restarts=3)
    unturned = World(world.mapped, world.fixed @ world.rotation, np.eye(20, dtype=np.float32))
    for one in (world, unturned):
        result = found(transport, one.mapped, one.fixed, seed=0)
        assert agreement(result.W, one) > 0.99


def test_only_the_most_frequent_words_take_part() -> None:
    world = clustered()
    rare = np.full((50, 20), np.nan, dtype=np.float32)
    mapped, fixed = np.concatenate([world.mapped, rare]), np.concatenate([world.fixed, rare])
    transport = OptimalTransport(restarts=2, words=400, iterations=8)
    result = found(transport, mapped, fixed, seed=0)
    np.testing.assert_array_equal(result.W, found(transport, world.mapped, world.fixed, seed=0).W)


def test_seed_makes_it_repeatable_and_touches_nothing_else() -> None:
    world = clustered(words=150, dim=10)
    transport = OptimalTransport(restarts=3, iterations=8)
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    first = found(transport, world.mapped, world.fixed, seed=3)
    assert torch.equal(torch.rand(3), expected)
    again = found(transport, world.mapped, world.fixed, seed=3)
    other = found(transport, world.mapped, world.fixed, seed=4)
    np.testing.assert_array_equal(first.W, again.W)
    assert (
        first.record["steps"] == again.record["steps"]
        and first.record["objective"] == again.record["objective"]
    )
    assert first.record["steps"] != other.record["steps"]


def test_the_best_starts_go_on() -> None:
    world = clustered(words=200, dim=12)
    result = found(OptimalTransport(restarts=16, iterations=20), world.mapped, world.fixed, seed=1)
    assert [record["start"] for record in result.record["steps"]] == list(range(16))
    followed = [record["iterations"] for record in result.record["steps"]]
    assert sorted(followed) == [10] * 12 + [15] * 2 + [20] * 2

    # Those given up were the worse ones then: followed alone, each had the objective noted.
    steps = problem(world)
    generator = torch.Generator().manual_seed(1)
    plans = [steps.random_plan(generator) for _ in range(16)]
    temperatures = np.geomspace(1.0, 0.1, 20).tolist()
    courses = []
    for plan in plans:
        course = []
        for temperature in temperatures:
            objective, plan = step(steps, plan, temperature)
            course.append(objective)
        courses.append(course)
    for record, course in zip(result.record["steps"], courses):
        assert record["objective"] == pytest.approx(course[record["iterations"] - 1], rel=1e-3)
    for end in (10, 15):
        lost = [course[end - 1] for course, number in zip(courses, followed) if number == end]
        kept = [course[end - 1] for course, number in zip(courses, followed) if number > end]
        assert max(lost) < min(kept)
    ends = [record for record in result.record["steps"] if "objective_of_all" in record]
    assert [record["iterations"] for record in ends] == [20, 20]
    best = max(record["objective_of_all"] for record in ends)
    assert result.record["objective"] > 0.99 * best


def test_words_beyond_the_search_are_drawn_in() -> None:
    """Half of the words decide between the starts, the others take part in the end."""
    world = clustered(words=400)
    transport = OptimalTransport(restarts=4, words=400, iterations=20)
    nonsense = world.fixed.copy()
    nonsense[200:] = np.random.default_rng(0).permutation(nonsense[200:])
    sense, other = (
        found(transport, world.mapped, fixed, seed=0) for fixed in (world.fixed, nonsense)
    )
    objectives = [
        [record["objective"] for record in each.record["steps"]] for each in (sense, other)
    ]
    assert objectives[0] == objectives[1]
    assert sense.record["objective"] != other.record["objective"]


@pytest.mark.parametrize("restarts", [1, 2, 3])
def test_few_starts(restarts: int) -> None:
    world = clustered(words=100, dim=8)
    result = found(
        OptimalTransport(restarts=restarts, iterations=8), world.mapped, world.fixed, seed=0
    )
    assert len(result.record["steps"]) == restarts
    assert max(record["iterations"] for record in result.record["steps"]) == 8
    assert np.isfinite(result.record["objective"])


def test_one_iteration_goes_through_all_starts() -> None:
    world = clustered(words=100, dim=8)
    start = OptimalTransport(restarts=8, iterations=1)
    result = found(start, world.mapped, world.fixed, seed=0)
    assert [record["iterations"] for record in result.record["steps"]] == [1] * 8


def test_very_few_words() -> None:
    world = clustered(words=3, dim=2)
    for words in (2, 3):
        result = found(OptimalTransport(restarts=2, words=words), world.mapped, world.fixed, seed=0)
        assert np.isfinite(result.W).all()
    with pytest.raises(ConfigurationError, match="two words"):
        found(OptimalTransport(), world.mapped[:1], world.fixed, seed=0)


def test_every_word_has_its_share_of_the_plan() -> None:
    world = clustered()
    steps = problem(World(world.mapped, world.fixed[:300], world.rotation))
    plan = steps.random_plan(torch.Generator().manual_seed(0))
    for temperature in (1.0, 0.3):
        _, plan = step(steps, plan, temperature)
    assert plan.shape == (400, 300)
    assert float(plan.min()) >= 0
    shares = (torch.arange(300) + 20.0) ** -0.4
    # The last thing that Sinkhorn does is to put the columns right; the rows are nearly so.
    torch.testing.assert_close(plan.sum(dim=0), shares / shares.sum(), rtol=1e-4, atol=1e-9)
    shares = (torch.arange(400) + 20.0) ** -0.4
    torch.testing.assert_close(plan.sum(dim=1), shares / shares.sum(), rtol=0.1, atol=1e-6)


def test_objective_and_solution_are_procrustes_under_the_plan() -> None:
    world = clustered(words=60, dim=6)
    steps = problem(world)
    # With every word translated by its own row, this is Procrustes on all pairs.
    objective, W = steps.solution(torch.eye(60))
    covariance = world.fixed.T.astype(np.float64) @ world.mapped
    left, strengths, right = np.linalg.svd(covariance)
    assert objective == pytest.approx(strengths.sum(), rel=1e-5)
    np.testing.assert_allclose(W, left @ right, atol=1e-4)


def test_rank_penalty_keeps_translations_about_equally_frequent() -> None:
    world = clustered()

    def mean_distance(penalty: float) -> float:
        steps = problem(world, rank_penalty=penalty)
        plan = torch.full((400, 400), 1 / 400**2)
        _, plan = step(steps, plan, 1.0)
        ranks = torch.log(torch.arange(400) + 10.0)
        return float((plan * (ranks[:, None] - ranks).square()).sum())

    assert mean_distance(2.0) < 0.7 * mean_distance(0.0)


def test_without_the_penalty_the_order_of_frequency_does_not_matter() -> None:
    world = clustered(seed=2)
    order = np.random.default_rng(0).permutation(400)
    transport = OptimalTransport(restarts=6, rank_penalty=0.0, share_exponent=0.0)
    result = found(transport, world.mapped, world.fixed[order], seed=2)
    assert agreement(result.W, world) > 0.99
