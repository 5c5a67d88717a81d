"""One seed after another, and the re-weighting of the best of them."""

import logging
from typing import List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.mapping.worlds import QUICK, World, as_word_vectors
from xner_allennlp.mapping import WordVectorMapper
from xner_allennlp.mapping.mapping import DIRECTIONS
from xner_allennlp.mapping.refinement.procrustes import reweight
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts import AdversarialTraining, Start
from xner_allennlp.mapping.verdict.evidence import UnseenWords
from xner_allennlp.mapping.verdict.verdict import Verdict


class TestRestarts:
    def test_the_best_seed_is_kept(self, vectors) -> None:
        single = [WordVectorMapper(**QUICK, seed=seed).map(*vectors) for seed in (4, 5, 6)]
        mapping, report = WordVectorMapper(**QUICK, seed=4, restarts=3).map(*vectors)
        best = max(single, key=lambda one: one.mapping.criterion)
        assert [restart["seed"] for restart in report["restarts"]] == [4, 5, 6]
        assert [restart["criterion"] for restart in report["restarts"]] == [
            one.report["restarts"][0]["criterion"] for one in single
        ]
        assert len({one.mapping.criterion for one in single}) == 3
        np.testing.assert_array_equal(mapping.W, best.mapping.W)

    def test_further_seeds_are_tried_until_the_mapping_works(self, vectors, monkeypatch) -> None:
        works = Verdict(UnseenWords(500, 200, 1000))
        failed = Verdict(UnseenWords(1, 2, 1000))
        assert (works.statement, failed.statement) == ("works", "failed")
        single = [WordVectorMapper(**QUICK, seed=seed).map(*vectors) for seed in range(5)]
        criteria = [one.report["restarts"][0]["criterion"] for one in single]
        # The next one is better, so the verdict is on another mapping.
        worst = criteria.index(min(criteria[:-1]))

        def seeds_tried(verdicts: List[Verdict], **options: int) -> List[int]:
            remaining = iter(verdicts)
            monkeypatch.setattr(
                "xner_allennlp.mapping.mapper.judge", lambda *_, **__: next(remaining)
            )
            mapping, report = WordVectorMapper(**QUICK, seed=worst, **options).map(*vectors)
            seeds = [restart["seed"] for restart in report["restarts"]]
            best = max(seeds, key=lambda seed: criteria[seed])
            np.testing.assert_array_equal(mapping.W, single[best].mapping.W)
            assert not list(remaining) and report["verdict"] == verdicts[-1].as_dict()
            return seeds

        assert seeds_tried([works], further_restarts=1) == [worst]
        assert seeds_tried([failed, works], further_restarts=3) == [worst, worst + 1]
        assert seeds_tried([failed, failed], further_restarts=1) == [worst, worst + 1]
        assert seeds_tried([works], restarts=2, further_restarts=1) == [worst, worst + 1]


class TestReweighting:
    @pytest.mark.parametrize("direction", DIRECTIONS)
    def test_of_the_seed_pairs(self, world: World, direction: str) -> None:
        """They may lie outside the vocabulary, and behind null vectors."""
        holes = world.mapped.copy()
        holes[10:20] = 0
        source, target = as_word_vectors("s", holes), as_word_vectors("t", world.fixed)
        rows = list(range(150, 250))
        mapper = WordVectorMapper("supervised", direction=direction, normalize=(), vocabulary=200)
        mapping, report = mapper.map(
            source, target, seed_dictionary=[(f"s{row}", f"t{row}") for row in rows]
        )
        pair = [holes[rows], world.fixed[rows]]
        if direction == "target_to_source":
            pair.reverse()
        W, fixed_W = reweight(*pair, 0.5, 0.6)
        np.testing.assert_allclose(mapping.W, W, atol=1e-6)
        assert mapping.fixed_W is not None
        np.testing.assert_allclose(mapping.fixed_W, fixed_W, atol=1e-6)
        assert report["isometry_error"] < 1e-5  # of the orthogonal one

    def test_of_the_best_dictionary(self, vectors, world: World) -> None:
        options = {"start": "identical_strings", "refinement": {"iterations": 1}}
        mapping, _ = WordVectorMapper(**options, reweighting=0.5).map(*vectors)
        start, _ = WordVectorMapper(**{**options, "refinement": {"iterations": 0}}).map(*vectors)
        search = TranslationSearch(world.mapped, world.fixed)
        rows = search.translate(start.W).of_mapped.rows[:, 0].numpy()
        W, fixed_W = reweight(world.mapped, world.fixed[rows], 0.5)
        np.testing.assert_allclose(mapping.W, W, atol=1e-5)
        np.testing.assert_allclose(mapping.fixed_W, fixed_W, atol=1e-5)

    def test_of_a_start_that_no_refinement_surpassed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(AdversarialTraining, "find", lambda *args: Start(world.rotation, {}))
        source, target = as_word_vectors("s", world.mapped), as_word_vectors("t", world.fixed)
        values = iter(np.linspace(0.9, 0.1, 40))
        monkeypatch.setattr(TranslationSearch, "criterion_of", lambda *args: next(values))
        mapping, _ = WordVectorMapper(refinement={"iterations": 2}, reweighting=0.5).map(
            source, target
        )
        monkeypatch.undo()
        search = TranslationSearch(world.mapped, world.fixed)
        rows = search.translate(world.rotation).of_mapped.rows[:, 0].numpy()
        W, _ = reweight(world.mapped, world.fixed[rows], 0.5)
        np.testing.assert_allclose(mapping.W, W, atol=1e-5)

    def test_without_any_translation(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(AdversarialTraining, "find", lambda *args: Start(world.rotation, {}))
        source, target = as_word_vectors("s", world.mapped), as_word_vectors("t", world.fixed)
        with caplog.at_level(logging.WARNING):
            mapping, _ = WordVectorMapper(refinement={"threshold": 1e6}, reweighting=0.5).map(
                source, target
            )
        assert "There are no translations to re-weight with" in caplog.text
        assert mapping.fixed_W is None
        np.testing.assert_array_equal(mapping.W, world.rotation)

    def test_without_any_dictionary_is_told_before_the_work(self) -> None:
        with pytest.raises(ConfigurationError, match="reweighting needs a dictionary: set refine"):
            WordVectorMapper(reweighting=0.5, refinement={"iterations": 0})
