import logging
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import pytest
import torch

from tests.mapping.worlds import World, best_translations, rough, round_cloud
from xner_allennlp.mapping import Checkpoint, RefinementOptions
from xner_allennlp.mapping.refinement.induction import build_dictionary
from xner_allennlp.mapping.refinement.procrustes import procrustes, reweight
from xner_allennlp.mapping.refinement.refinement import Refinement, RefinementResult
from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.search import TranslationSearch


class Interrupted(Exception):
    pass


class CountingSearch(TranslationSearch):
    """Notes what it is asked, and can be told when to break down."""

    def __init__(self, *args: Any, last: Optional[int] = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: List[Dict[str, Any]] = []
        self._last = last

    def translate(self, W: np.ndarray, *args: Any, **kwargs: Any) -> Translations:
        self.calls.append({"fixed_W": args[0] if args else None, **kwargs})
        if len(self.calls) == self._last:
            raise Interrupted
        return super().translate(W, *args, **kwargs)


def made(
    world: World,
    *,
    last: Optional[int] = None,
    neighbours: int = 10,
    criterion_words: int = 10_000,
    **options: Any,
) -> "tuple[Refinement, CountingSearch]":
    search = CountingSearch(
        world.mapped,
        world.fixed,
        neighbours=neighbours,
        criterion_words=criterion_words,
        last=last,
    )
    refinement = Refinement(
        world.mapped,
        world.fixed,
        search=search,
        options=RefinementOptions(**options),
        criterion_words=criterion_words,
    )
    return refinement, search


@pytest.fixture(scope="module")
def world() -> World:
    return round_cloud()


@pytest.fixture(scope="module")
def start(world: World) -> np.ndarray:
    return rough(world.rotation, 0.18)


@pytest.mark.parametrize("power", [0.0, 0.25])
@pytest.mark.parametrize("build", ["S2T", "T2S", "S2T|T2S", "S2T&T2S"])
def test_improves_a_rough_mapping(
    world: World, start: np.ndarray, build: str, power: float
) -> None:
    refinement, search = made(world, build=build, power=power)
    result = refinement.refine(start)
    assert np.abs(start - world.rotation).max() > 0.25
    assert np.abs(result.W - world.rotation).max() < 0.1
    np.testing.assert_allclose(result.W @ result.W.T, np.eye(12), atol=1e-5)
    assert result.criterion > search.criterion(start)
    assert len(result.iterations) == 5
    assert result.criterion == max(record["criterion"] for record in result.iterations)


def test_one_iteration_is_induction_then_procrustes(world: World, start: np.ndarray) -> None:
    _, rows = best_translations(world.mapped @ start.T, world.fixed, neighbours=7)
    pairs = np.stack([np.arange(400), rows], axis=1)
    pairs = pairs[(pairs < 300).all(axis=1)]
    expected = procrustes(world.mapped[pairs[:, 0]], world.fixed[pairs[:, 1]])
    refinement, search = made(world, iterations=1, neighbours=7, max_rank=300)
    result = refinement.refine(start)
    np.testing.assert_array_equal(result.pairs, pairs)
    np.testing.assert_allclose(result.W, expected, atol=1e-6)
    (record,) = result.iterations
    assert record["iteration"] == 1 and record["vocabulary"] == 400
    assert record["dictionary_size"] == len(pairs) < 400
    assert record["criterion"] == result.criterion == pytest.approx(search.criterion(expected))


def test_one_reweighted_iteration_by_hand(world: World, start: np.ndarray) -> None:
    """The next dictionary is sought under the re-weighted mapping; the one kept is orthogonal."""
    options = {"power": 0.5, "build": "S2T&T2S"}
    _, search = made(world)
    W, fixed_W = start, None
    for _ in range(2):
        pairs = build_dictionary(search.translate(W, fixed_W), build="S2T&T2S").numpy()
        mapped, fixed = world.mapped[pairs[:, 0]], world.fixed[pairs[:, 1]]
        W, fixed_W = reweight(mapped, fixed, 0.5)
    result = made(world, iterations=2, **options)[0].refine(start)
    np.testing.assert_array_equal(result.pairs, pairs)
    np.testing.assert_allclose(result.W, procrustes(mapped, fixed), atol=1e-6)
    expected = float(search.translate(W, fixed_W).cosines.mean())
    assert result.criterion == pytest.approx(expected, abs=1e-6)


def test_dictionary_is_that_of_the_first_iteration(world: World, start: np.ndarray) -> None:
    options = {"iterations": 1, "build": "S2T|T2S", "max_rank": 350}
    refinement, _ = made(world, **options)
    np.testing.assert_array_equal(refinement.dictionary(start), refinement.refine(start).pairs)


class TestChoice:
    @staticmethod
    def refine(
        world: World, monkeypatch: pytest.MonkeyPatch, values: List[float], **options: Any
    ) -> RefinementResult:
        """With a criterion that takes these values."""
        known: Dict[int, float] = {}
        remaining = iter(values)

        def criterion_of(self: TranslationSearch, translations: Translations) -> float:
            if id(translations.cosines) not in known:
                known[id(translations.cosines)] = next(remaining)
                kept.append(translations)  # so that ids stay distinct
            return known[id(translations.cosines)]

        kept: List[Translations] = []
        monkeypatch.setattr(TranslationSearch, "criterion_of", criterion_of)
        return made(world, **options)[0].refine(rough(world.rotation))

    def test_start_included(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.refine(world, monkeypatch, [0.9, 0.1, 0.2], iterations=2)
        np.testing.assert_array_equal(result.W, rough(world.rotation))
        assert result.criterion == 0.9
        assert result.pairs is None
        assert [record["criterion"] for record in result.iterations] == [0.1, 0.2]

    def test_of_reweighted_mappings_the_start_is_not_compared(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = self.refine(world, monkeypatch, [0.1, 0.2], iterations=2, power=0.5)
        assert result.criterion == 0.2
        assert [record["criterion"] for record in result.iterations] == [0.1, 0.2]

    def test_the_best_and_its_pairs(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        result = self.refine(world, monkeypatch, [0.1, 0.2, 0.9, 0.3], iterations=3)
        assert result.criterion == 0.9
        assert result.pairs is not None
        assert len(result.pairs) == result.iterations[1]["dictionary_size"]
        mapped, fixed = world.mapped[result.pairs[:, 0]], world.fixed[result.pairs[:, 1]]
        np.testing.assert_allclose(result.W, procrustes(mapped, fixed), atol=1e-6)

    @pytest.mark.parametrize(
        "values, made",
        [([0.5, 0.55, 0.56], 2), ([0.5, 0.4], 1), ([0.5, 0.52, 0.54, 0.56, 0.58, 0.6], 5)],
    )
    def test_tolerance(
        self, world: World, monkeypatch: pytest.MonkeyPatch, values: List[float], made: int
    ) -> None:
        result = self.refine(world, monkeypatch, values, tolerance=0.015)
        assert len(result.iterations) == made
        assert result.criterion == max(values)

    def test_no_refinement_leaves_the_start(self, world: World, start: np.ndarray) -> None:
        refinement, search = made(world, iterations=0)
        result = refinement.refine(start)
        np.testing.assert_array_equal(result.W, start)
        assert result.criterion == pytest.approx(search.criterion(start))
        assert result.pairs is None and result.iterations == []


@pytest.mark.parametrize("growth", [{}, {"growth_from": 100, "growth_iterations": 1}])
def test_an_empty_dictionary_stops(
    world: World, start: np.ndarray, caplog: pytest.LogCaptureFixture, growth: Dict[str, int]
) -> None:
    refinement, search = made(world, threshold=1e6, **growth)
    with caplog.at_level(logging.WARNING):
        result = refinement.refine(start)
    assert "no translations are left" in caplog.text
    np.testing.assert_array_equal(result.W, start)
    assert result.criterion == pytest.approx(search.criterion(start))
    assert result.iterations == []


@pytest.mark.parametrize("build", ["S2T", "S2T|T2S"])
@pytest.mark.parametrize("iterations", [0, 1, 4])
def test_translations_serve_the_criterion_and_the_next_dictionary(
    world: World, start: np.ndarray, iterations: int, build: str
) -> None:
    refinement, search = made(world, iterations=iterations, build=build)
    refinement.refine(start)
    assert len(search.calls) == iterations + 1


def test_only_what_is_needed_is_translated(world: World, start: np.ndarray) -> None:
    """One direction of the words that dictionary and criterion can use."""
    options = {"iterations": 1, "max_rank": 150, "criterion_words": 200}
    refinement, search = made(world, **options)
    refinement.refine(start)
    assert [call["queries"] for call in search.calls] == [200, 200]
    for both in ({"build": "T2S"}, {"max_rank": None}):
        refinement, search = made(world, **{**options, **both})
        refinement.refine(start)
        assert [call["queries"] for call in search.calls] == [None, None]


class TestGrowth:
    OPTIONS = {"growth_from": 60, "growth_iterations": 2, "iterations": 3}

    def test_vocabulary_doubles_until_it_is_reached(self, world: World, start: np.ndarray) -> None:
        refinement, search = made(world, **self.OPTIONS, build="S2T&T2S")
        result = refinement.refine(start)
        sizes = [60, 60, 120, 120, 240, 240]
        assert [record["vocabulary"] for record in result.iterations] == sizes + [400] * 3
        assert [call["vocabulary"] for call in search.calls] == sizes + [400] + [None] * 3
        for record in result.iterations[:6]:
            assert record["dictionary_size"] <= record["vocabulary"]
            assert "criterion" not in record  # it could not be compared
        assert all("criterion" in record for record in result.iterations[6:])
        assert np.abs(result.W - world.rotation).max() < 0.1

    def test_starts_with_what_there_is(self, world: World, start: np.ndarray) -> None:
        plain = made(world, iterations=2)[0].refine(start)
        for size in (400, 9999):
            result = made(world, iterations=2, growth_from=size)[0].refine(start)
            assert [record["vocabulary"] for record in result.iterations] == [400, 400]
            np.testing.assert_array_equal(result.W, plain.W)

    def test_of_the_larger_language(self, world: World, start: np.ndarray) -> None:
        smaller = World(world.mapped[:90], world.fixed, world.rotation)
        result = made(smaller, **self.OPTIONS)[0].refine(start)
        sizes = [record["vocabulary"] for record in result.iterations]
        assert sizes == [60, 60, 120, 120, 240, 240, 400, 400, 400]

    def test_growing_only(self, world: World, start: np.ndarray) -> None:
        refinement, search = made(world, **{**self.OPTIONS, "iterations": 0})
        result = refinement.refine(start)
        assert len(result.iterations) == 6
        assert result.pairs is not None
        fitted = procrustes(world.mapped[result.pairs[:, 0]], world.fixed[result.pairs[:, 1]])
        np.testing.assert_allclose(result.W, fitted, atol=1e-5)
        assert result.criterion == pytest.approx(search.criterion(result.W), abs=1e-6)
        assert np.abs(result.W - world.rotation).max() < np.abs(start - world.rotation).max()

    def test_a_tolerance_does_not_stop_the_growth(self, world: World, start: np.ndarray) -> None:
        options = {**self.OPTIONS, "tolerance": 1.0}
        result = made(world, **options)[0].refine(start)
        # The first on the whole vocabulary has nothing to gain on; the second gains too little.
        assert len(result.iterations) == 6 + 2

    def test_some_translations_are_hidden_while_growing(
        self, world: World, start: np.ndarray
    ) -> None:
        refinement, search = made(world, **self.OPTIONS, growth_keep=0.3)
        result = refinement.refine(start, seed=1)
        kept = [call["dropout"] and call["dropout"].keep for call in search.calls]
        assert kept == [0.3] * 6 + [None] * 4
        again = made(world, **self.OPTIONS, growth_keep=0.3)[0].refine(start, seed=1)
        other = made(world, **self.OPTIONS, growth_keep=0.3)[0].refine(start, seed=2)
        assert result.iterations == again.iterations
        np.testing.assert_array_equal(result.W, again.W)
        assert result.iterations != other.iterations

    def test_leaves_the_random_state_of_the_process_alone(
        self, world: World, start: np.ndarray
    ) -> None:
        torch.manual_seed(8)
        expected = torch.rand(3)
        torch.manual_seed(8)
        made(world, **self.OPTIONS, growth_keep=0.3)[0].refine(start)
        assert torch.equal(torch.rand(3), expected)


class TestResumption:
    SETTINGS = [
        pytest.param({"iterations": 3}, id="plain"),
        pytest.param(
            {"iterations": 3, "power": 0.25, "build": "S2T|T2S"},
            id="re-weighted",
        ),
        pytest.param(
            {
                "growth_from": 100,
                "growth_iterations": 2,
                "growth_keep": 0.4,
                "iterations": 2,
                "power": 0.25,
                "build": "S2T&T2S",
            },
            id="stochastic",
        ),
        pytest.param({"iterations": 9, "tolerance": 1e-2}, id="tolerance"),
        pytest.param({"growth_from": 100, "growth_iterations": 1, "iterations": 0}, id="growing"),
    ]

    @pytest.mark.parametrize("options", SETTINGS)
    def test_after_every_iteration(
        self, world: World, start: np.ndarray, options: Dict[str, Any], tmp_path: Path
    ) -> None:
        refinement, search = made(world, **options)
        expected = refinement.refine(start, seed=7)
        assert len(expected.iterations) < 9  # the tolerance, if there is one, ends it
        for last in range(1, len(search.calls) + 1):
            checkpoint = Checkpoint(tmp_path / str(last))
            with pytest.raises(Interrupted):
                made(world, **options, last=last)[0].refine(start, seed=7, checkpoint=checkpoint)
            again = made(world, **options)[0].refine(start, seed=7, checkpoint=checkpoint)
            self.assert_same(again, expected)
            # And what is finished stays as it is.
            refinement, search = made(world, **options)
            self.assert_same(refinement.refine(start, seed=7, checkpoint=checkpoint), expected)
            assert len(search.calls) <= 1

    def test_interrupted_while_saving(
        self, world: World, start: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also just before or after the iteration that ends it by tolerance is saved."""
        options = {"iterations": 9, "tolerance": 1e-2}
        expected = made(world, **options)[0].refine(start)
        save = Checkpoint.save
        for when in ("before", "after"):
            for last in range(1, len(expected.iterations) + 1):
                saved: List[int] = []

                def saving(
                    self: Checkpoint,
                    *args: Any,
                    saved: List[int] = saved,
                    last: int = last,
                    when: str = when,
                ) -> None:
                    saved.append(1)
                    if len(saved) < last or when == "after":
                        save(self, *args)
                    if len(saved) == last:
                        raise Interrupted

                checkpoint = Checkpoint(tmp_path / when / str(last))
                with monkeypatch.context() as patch:
                    patch.setattr(Checkpoint, "save", saving)
                    with pytest.raises(Interrupted):
                        made(world, **options)[0].refine(start, checkpoint=checkpoint)
                again = made(world, **options)[0].refine(start, checkpoint=checkpoint)
                self.assert_same(again, expected)

    @staticmethod
    def assert_same(one: RefinementResult, other: RefinementResult) -> None:
        np.testing.assert_array_equal(one.W, other.W)
        assert one.criterion == other.criterion
        assert one.iterations == other.iterations
        assert (one.pairs is None) == (other.pairs is None)
        if one.pairs is not None and other.pairs is not None:
            np.testing.assert_array_equal(one.pairs, other.pairs)
