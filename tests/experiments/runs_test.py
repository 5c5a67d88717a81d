import json
from pathlib import Path
from typing import List

import pytest
from allennlp.common.checks import ConfigurationError

from experiments.figures.sentence_length import tagged_shares
from experiments.figures.type_confusion import type_confusion
from experiments.runs import Experiments, Problem, read_experiments
from tests.experiments.run_folders import predictions, write_predictions, write_run


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


def test_evaluations_that_failed(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "cross_word", 1, predictions(0.5))
    status = {"state": "failed", "message": "no such file"}
    (folder / "evaluation" / "status.json").write_text(json.dumps(status))
    experiments = read_experiments(tmp_path)
    assert said(experiments) == ["failed: no such file"]
    # What an earlier evaluation has left does not count.
    assert experiments.f1("en_es", "cross_word", "source_dev") is None


def test_runs_that_were_asked_for_and_never_begun(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_run(tmp_path, "source_mono", seed, predictions(0.5))
    config = {"base_systems": ["cross_word"], "systems": ["source_mono"], "seeds": [1, 3]}
    (tmp_path / "config.json").write_text(json.dumps({**config, "pairs": ["en_nl", "en_es"]}))
    found = [(p.pair, p.system, p.seed) for p in read_experiments(tmp_path).problems]
    assert found == [
        ("en_es", "source_mono", 3),
        ("en_es", "cross_word", None),
        ("en_nl", "source_mono", None),
        ("en_nl", "cross_word", None),
    ]


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


def test_figures_show_supervised_by_the_target(experiments: Experiments) -> None:
    systems = ["supervised", "cross_shared"]
    shares = tagged_shares(experiments, "en_es", systems, "source_dev")
    assert set(shares.index.unique("system")) == set(systems)
    assert set(type_confusion(experiments, "en_es", systems, "source_dev")) == set(systems)


def test_no_runs(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="systems/<pair>/<system>/seed_<seed>"):
        read_experiments(tmp_path)
