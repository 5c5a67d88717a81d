import json
from pathlib import Path
from typing import List

import pytest
from allennlp.common.checks import ConfigurationError

from tests.reports.run_folders import predictions, write_predictions, write_run
from xner_allennlp.reports.runs import Experiments, Problem, read_experiments


def said(experiments: Experiments) -> List[str]:
    return [problem.what for problem in experiments.problems]


def test_whole_folder(experiments: Experiments) -> None:
    assert experiments.pairs == ["en_es", "en_nl"]
    assert experiments.systems("en_nl") == [
        "source_mono",
        "cross_shared",
        "cross_augmented",
        "cross_augmented.no_teacher_loss",
        "supervised",
    ]
    assert experiments.best_base == {"en_es": "cross_shared", "en_nl": "cross_shared"}
    assert [run.seed for run in experiments.finished("en_es", "source_mono")] == [1, 2]
    f1 = experiments.f1("en_es", "cross_augmented", "source_dev")
    assert f1 is not None and f1.number == 2 and 80 < f1.mean < 100
    assert experiments.parameters("en_es", "cross_shared") == 1234
    # A failed run is told with its message, and its missing seed too; supervised lacks nothing.
    assert experiments.problems == [
        Problem("en_es", "cross_word", 1, "failed: out of memory"),
        Problem(
            "en_es", "cross_word", 2, "not there, while other systems of the pair have this seed"
        ),
    ]
    assert experiments.f1("en_es", "cross_word", "source_dev") is None
    assert experiments.f1("en_es", "supervised", "source_dev") is None


def test_incomplete_runs(tmp_path: Path) -> None:
    sentences = predictions(0.5)
    write_run(tmp_path, "cross_word", 1, sentences, selections=("target_dev",))
    running = write_run(tmp_path, "cross_word", 2, sentences)
    (running / "status.json").unlink()
    broken = write_run(tmp_path, "cross_word", 3, sentences)
    file = broken / "evaluation" / "source_dev" / "target_test.conll"
    file.write_text("only two\n")
    (broken / "evaluation" / "source_dev" / "metrics.json").write_text("{")
    experiments = read_experiments(tmp_path)
    assert said(experiments) == [
        "no predictions in evaluation/source_dev/target_test.conll",
        "no predictions in evaluation/target_test/target_test.conll",
        "not finished (no status.json)",
    ]
    # What is found when it is read, is noted once.
    for _ in range(2):
        assert experiments.f1("en_es", "cross_word", "source_dev") is None
    assert len(experiments.problems) == 4
    assert "target_test.conll, line 1" in experiments.problems[-1].what
    f1 = experiments.f1("en_es", "cross_word", "target_dev")
    assert f1 is not None and f1.number == 2


def test_scores_are_recomputed(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "cross_word", 1, predictions(0.5))
    evaluation = folder / "evaluation" / "source_dev"
    sentences = [(["a", "b"], ["B-LOC", "B-PER"], ["B-LOC", "O"])]
    write_predictions(evaluation / "target_test.conll", sentences)
    metrics = {"epoch": 1, "sets": {"target_test": {"f1": 0.9}}}
    (evaluation / "metrics.json").write_text(json.dumps(metrics))
    experiments = read_experiments(tmp_path)
    f1 = experiments.f1("en_es", "cross_word", "source_dev")
    assert f1 is not None and f1.mean == pytest.approx(200 / 3)
    [what] = said(experiments)
    assert "says F1 90.00" in what and "give 66.67" in what


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="systems/<pair>/<system>/seed_<seed>"):
        read_experiments(tmp_path)
