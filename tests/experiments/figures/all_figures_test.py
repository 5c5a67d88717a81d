import logging
from pathlib import Path
from typing import Any

import pytest

from experiments.figures import all_figures
from experiments.figures.style import new_figure
from experiments.runs import Experiments, Run, read_experiments
from tests.experiments.run_folders import predictions, write_experiments, write_predictions


@pytest.fixture
def one_pair(tmp_path: Path) -> Experiments:
    return read_experiments(write_experiments(tmp_path / "small", ["en_nl"]))


def test_files(one_pair: Experiments, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="experiments.figures"):
        drawn = all_figures(one_pair, tmp_path / "figures")
    names = [
        *("figure_2_en_nl", "learning_curves_en_nl", "learning_curves_ablations_en_nl"),
        *("type_confusion_en_nl", "pseudo_labels_en_nl"),
    ]
    assert [entry.name for entry in drawn] == names
    files = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert files == sorted(f"{name}.{ending}" for name in names for ending in ("pdf", "png"))
    assert all(path.stat().st_size > 1000 for path in (tmp_path / "figures").iterdir())
    # These runs have no config.json, so Figure 3 cannot be drawn; the others are.
    [warning] = [
        record.getMessage() for record in caplog.records if record.name == "experiments.figures"
    ]
    assert warning.startswith("figure_3_en_nl is not drawn: ")
    for entry in drawn:
        scores_of_predictions = entry.name.startswith(("figure_2", "type_confusion"))
        assert ("selection source_dev" in entry.caption) == scores_of_predictions


def test_a_selection_that_not_all_systems_have(
    one_pair: Experiments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One seed of two has it; the tables count that one, too.
    folder = one_pair.finished("en_nl", "cross_shared")[0].folder
    path = folder / "evaluation" / "translated_dev" / "target_test.conll"
    write_predictions(path, predictions(0.5))
    experiments = read_experiments(one_pair.root)
    shown = []
    tagged = Experiments.tagged

    def note(self: Experiments, run: Run, selection: str, *options: str) -> Any:
        found = tagged(self, run, selection, *options)
        shown.append((run.system, run.seed, selection, found is not None))
        return found

    monkeypatch.setattr(Experiments, "tagged", note)
    [entry, *_] = all_figures(experiments, tmp_path / "out", "translated_dev", embeddings=False)
    assert entry.caption.endswith(
        "; selection translated_dev; Source-Mono by source_dev; Cross-Augmented by source_dev; "
        "Supervised by target_dev"
    )
    assert {each[1:] for each in shown if each[0] == "cross_shared"} == {
        (1, "translated_dev", True),
        (2, "translated_dev", False),
    }
    # No labels of the target, where they were not asked for.
    assert {each[0] for each in shown if each[2] == "target_dev"} == {"supervised"}


@pytest.mark.parametrize("kept", ["average", "source_dev"])
def test_figure_3_says_whose_weights_it_shows(
    one_pair: Experiments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    # Where the mean of some epochs is made, it is in model.tar.gz.
    folder = one_pair.finished("en_nl", "cross_augmented")[0].folder
    write_predictions(folder / "evaluation" / kept / "target_test.conll", predictions(0.5))
    monkeypatch.setattr("experiments.figures.inputs_of_run", lambda run: None)
    monkeypatch.setattr("experiments.figures.draw_embeddings", lambda *_: new_figure(1))
    drawn = all_figures(read_experiments(one_pair.root), tmp_path / "out")
    [caption] = [entry.caption for entry in drawn if entry.name == "figure_3_en_nl"]
    assert f"Cross-Augmented, seed 1, selection {kept}, the weights in model.tar.gz" in caption
