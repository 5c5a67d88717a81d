import logging
from pathlib import Path

import pytest

from experiments.figures import all_figures
from experiments.runs import Experiments, read_experiments
from tests.experiments.run_folders import write_experiments


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
