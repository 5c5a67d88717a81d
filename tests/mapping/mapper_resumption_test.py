"""A mapper that was interrupted anywhere goes on to the same result."""

from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.mapping.worlds import QUICK
from xner_allennlp.mapping import Checkpoint, MapperResult, WordVectorMapper
from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts import OptimalTransport, Start, StartInput, adversarial_state
from xner_allennlp.mapping.starts.adversarial_state import AdversarialState


class Interrupted(Exception):
    pass


def same(one: MapperResult, other: MapperResult) -> bool:
    """All but the time that it took."""
    np.testing.assert_array_equal(one.mapping.W, other.mapping.W)
    assert (one.mapping.fixed_W is None) == (other.mapping.fixed_W is None)
    if one.mapping.fixed_W is not None:
        np.testing.assert_array_equal(one.mapping.fixed_W, other.mapping.fixed_W)
    assert one.mapping.provenance == other.mapping.provenance
    return timeless(one.report) == timeless(other.report)


def timeless(report: Any) -> Any:
    if isinstance(report, dict):
        return {key: timeless(value) for key, value in report.items() if key != "seconds"}
    return [timeless(item) for item in report] if isinstance(report, list) else report


class TestResumption:
    SETTINGS: Dict[str, Dict[str, Any]] = {
        "adversarial": {**QUICK, "refinement": {"iterations": 2}, "further_restarts": 1},
        "transport": {
            "start": {"type": "transport", "restarts": 2, "words": 60},
            "normalize": ["renorm", "center", "renorm"],
            "refinement": {
                "growth_from": 100,
                "growth_iterations": 1,
                "growth_keep": 0.5,
                "iterations": 2,
                "power": 0.25,
                "build": "S2T|T2S",
            },
            "reweighting": 0.25,
            "whitening": 0.5,
            "restarts": 2,
        },
        "identical_strings": {
            "start": "identical_strings",
            "refinement": {"iterations": 2, "tolerance": 1.0},
            "reweighting": 0.25,
        },
    }

    def resumed(self, name: str, vectors: Any, folder: Path) -> MapperResult:
        checkpoint = Checkpoint(folder)
        return WordVectorMapper(**self.SETTINGS[name], seed=3).map(*vectors, checkpoint=checkpoint)

    def expected(self, name: str, vectors: Any) -> MapperResult:
        result = WordVectorMapper(**self.SETTINGS[name], seed=3).map(*vectors)
        assert len(result.report["restarts"]) == (1 if name == "identical_strings" else 2)
        return result

    @pytest.mark.parametrize("name", SETTINGS)
    def test_interrupted_at_any_search(
        self, name: str, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In criteria of the start, refinements, the early end of lost restarts, and the end."""
        expected = self.expected(name, vectors)
        calls: List[str] = []
        last = 10**9

        def interruptible(function_name: str) -> None:
            function = getattr(TranslationSearch, function_name)

            def searching(self: TranslationSearch, *args: Any, **kwargs: Any) -> Translations:
                calls.append(function_name)
                if len(calls) == last:
                    raise Interrupted
                return function(self, *args, **kwargs)

            monkeypatch.setattr(TranslationSearch, function_name, searching)

        for function_name in ("translate", "translations_of_mapped"):
            interruptible(function_name)
        self.expected(name, vectors)
        total = len(calls)
        assert total >= 3
        for number in range(1, total + 1, 1 if total < 10 else 3):
            calls.clear()
            last = number
            with pytest.raises(Interrupted):
                self.resumed(name, vectors, tmp_path / str(number))
            last = 10**9
            assert same(self.resumed(name, vectors, tmp_path / str(number)), expected)
            if number == 1:  # and once more, when all is done
                assert same(self.resumed(name, vectors, tmp_path / str(number)), expected)

    @pytest.mark.parametrize("step", [1, 7, 10, 13, 20, 24, 35])
    def test_interrupted_in_the_adversarial_training(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
    ) -> None:
        """Two restarts of two epochs of ten steps."""
        monkeypatch.setattr(adversarial_state, "_STEPS_BETWEEN_CHECKPOINTS", 4)
        expected = self.expected("adversarial", vectors)
        steps: List[int] = []
        take_step = AdversarialState.take_step

        def step_and_count(self: AdversarialState) -> None:
            steps.append(1)
            if len(steps) == step:
                raise Interrupted
            take_step(self)

        with monkeypatch.context() as patch:
            patch.setattr(AdversarialState, "take_step", step_and_count)
            with pytest.raises(Interrupted):
                self.resumed("adversarial", vectors, tmp_path)
        assert same(self.resumed("adversarial", vectors, tmp_path), expected)

    def test_interrupted_in_the_transport(
        self, vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expected = self.expected("transport", vectors)
        find = OptimalTransport.find

        def finding(self: OptimalTransport, given: StartInput) -> Start:
            if given.seed == 4:
                raise Interrupted
            return find(self, given)

        with monkeypatch.context() as patch:
            patch.setattr(OptimalTransport, "find", finding)
            with pytest.raises(Interrupted):
                self.resumed("transport", vectors, tmp_path)
        seeds: List[int] = []

        def noting(self: OptimalTransport, given: StartInput) -> Start:
            seeds.append(given.seed)
            return find(self, given)

        monkeypatch.setattr(OptimalTransport, "find", noting)
        assert same(self.resumed("transport", vectors, tmp_path), expected)
        assert seeds == [4]

    def test_other_work_is_refused(self, vectors, tmp_path: Path) -> None:
        self.resumed("identical_strings", vectors, tmp_path)
        options = {**self.SETTINGS["identical_strings"], "refinement": {"iterations": 3}}
        with pytest.raises(ConfigurationError, match=r"other settings or vectors \(options\)"):
            WordVectorMapper(**options, seed=3).map(*vectors, checkpoint=Checkpoint(tmp_path))
        options = self.SETTINGS["identical_strings"]
        with pytest.raises(ConfigurationError, match=r"\(source_vectors, target_vectors\)"):
            WordVectorMapper(**options, seed=3).map(
                *reversed(vectors), checkpoint=Checkpoint(tmp_path)
            )
        with pytest.raises(ConfigurationError, match=r"\(options, seed\)"):
            WordVectorMapper(**options, seed=4).map(*vectors, checkpoint=Checkpoint(tmp_path))

    def test_bad_input_leaves_no_checkpoint(self, vectors, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="needs a seed dictionary"):
            WordVectorMapper(start="dictionary").map(
                *vectors, checkpoint=Checkpoint(tmp_path / "new")
            )
        assert not (tmp_path / "new").exists()
