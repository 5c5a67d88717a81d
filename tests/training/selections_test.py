"""Which selections a run has, and what is said where it has not."""

import json

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.training.selections import choose_selection, selections_of_run


def write_run(folder, metric, weights, metrics):
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"trainer": {"validation_metric": metric}}))
    for name in weights:
        (folder / name).write_text("")
    if metrics is not None:
        (folder / "metrics.json").write_text(json.dumps(metrics))
    return str(folder)


def test_all_three(tmp_path):
    epochs = {"best_epoch": 4, "best_target_f1_epoch": 2, "best_target_test_f1_epoch": 9}
    weights = ["best.th", "best_target_f1.th", "best_target_test_f1.th"]
    run = write_run(tmp_path / "run", "+source_f1", weights, epochs)
    assert [(s.name, s.weights_file, s.epoch) for s in selections_of_run(run).values()] == [
        ("source_dev", f"{run}/best.th", 4),
        ("target_dev", f"{run}/best_target_f1.th", 2),
        ("target_test", f"{run}/best_target_test_f1.th", 9),
    ]


def test_an_average(tmp_path):
    recorded = {"averaged_epochs": 3, "best_epoch": 4, "best_source_f1_epoch": 4}
    weights = ["best.th", "best_source_f1.th"]
    run = write_run(tmp_path / "run", "+source_f1", weights, recorded)
    assert [(s.name, s.weights_file, s.epoch) for s in selections_of_run(run).values()] == [
        ("average", f"{run}/best.th", None),
        ("source_dev", f"{run}/best_source_f1.th", 4),
    ]


def test_supervised_runs_have_no_choice_on_the_source(tmp_path):
    # `keep_best` keeps the same weights as the trainer.
    weights = ["best.th", "best_target_f1.th"]
    run = write_run(tmp_path / "run", "+target_f1", weights, {"best_epoch": 3})
    assert {s.name: s.weights_file for s in selections_of_run(run).values()} == {
        "target_dev": f"{run}/best.th"
    }


@pytest.mark.parametrize("name", ["average", "source_dev", "target_dev", "translated_dev"])
def test_a_selection_that_a_run_has_not_is_told_how_to_have(name, tmp_path):
    run = write_run(tmp_path / "run", "+target_test_f1", ["best.th"], {"best_epoch": 3})
    with pytest.raises(ConfigurationError, match=f"no selection {name!r}, .*; train with .* have"):
        choose_selection(run, name)


@pytest.mark.parametrize(
    "metric, name",
    [
        (["+source_f1", "-loss"], r"source_f1 \+ loss"),
        ("-loss", "loss"),
        ("+source_en_f1", "source_en_f1"),
    ],
)
def test_a_choice_that_is_no_selection_is_named(metric, name, tmp_path):
    run = write_run(tmp_path / "run", metric, ["best.th"], {"best_epoch": 3})
    with pytest.raises(ConfigurationError, match=f"chosen by {name}, which makes none of"):
        selections_of_run(run)


def test_epochs_without_a_record(tmp_path):
    run = write_run(tmp_path / "run", "+source_f1", ["best.th"], None)
    assert selections_of_run(run)["source_dev"].epoch is None


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="no config.json"):
        selections_of_run(str(tmp_path))
    (tmp_path / "config.json").write_text('{"mapper": {"preset": "cpu"}}')
    with pytest.raises(ConfigurationError, match="its config.json names no trainer; give the"):
        selections_of_run(str(tmp_path))
    empty = write_run(tmp_path / "empty", "+source_f1", [], None)
    with pytest.raises(ConfigurationError, match="no best weights"):
        selections_of_run(empty)
    run = write_run(tmp_path / "run", "+source_f1", ["best.th"], None)
    with pytest.raises(ConfigurationError, match="only source_dev; train with XNER_SELECTIONS=all"):
        choose_selection(run, "target_test")
    with pytest.raises(ConfigurationError, match="with the callback average_weights"):
        choose_selection(run, "average")
    with pytest.raises(ConfigurationError, match="known are average, source_dev, translated_dev"):
        choose_selection(run, "best")
