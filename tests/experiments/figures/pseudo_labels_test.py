import numpy as np
import pytest

from experiments.figures.pseudo_labels import (
    draw_pseudo_labels,
    pseudo_label_rounds,
)
from experiments.runs import Experiments
from tests.experiments.run_folders import write_rounds


def test_rounds(experiments: Experiments) -> None:
    [run] = [run for run in experiments.finished("en_es", "cross_augmented") if run.seed == 2]
    lines = [
        '{"round": 0, "length": 7, "sentences": 3, "f1": 0.5, "types": {"LOC": {"f1": 0.25}}}',
        '{"round": 1, "length": 9, "sentences": 4}',
        '{"round": 2, "entities": {"Ü',  # broken off, within a character
    ]
    (run.folder / "pseudo_labels.jsonl").write_bytes("\n".join(lines).encode()[:-1])
    rounds = pseudo_label_rounds(experiments, "en_es")
    rounds = rounds[rounds["seed"] == 2]
    assert rounds["round"].tolist() == [0, 1]
    assert rounds["length"].tolist() == [7, 9] and rounds["sentences"].tolist() == [3, 4]
    np.testing.assert_equal(rounds["f1"].to_numpy(), [50, np.nan])
    np.testing.assert_equal(rounds["LOC"].to_numpy(), [25, np.nan])
    assert rounds["recall"].isna().all()


def test_figure(experiments: Experiments) -> None:
    found = pseudo_label_rounds(experiments, "en_es")
    assert found["seed"].unique().tolist() == [1, 2]
    figure = draw_pseudo_labels(found)
    overall, by_type, amount = figure.axes
    # Two seeds and their mean of precision, recall, F1; of LOC.
    assert (len(overall.lines), len(by_type.lines), len(amount.lines)) == (9, 3, 2)
    assert overall.get_ylim() == by_type.get_ylim() == (0, 100)
    assert overall.get_xlabel() == by_type.get_xlabel() == "round"
    legend = [text.get_text() for text in overall.get_legend().get_texts()]
    assert legend == ["precision", "recall", "F1"]
    assert overall.lines[-1].get_ydata() == pytest.approx([0, 1, 2])
    assert amount.lines[0].get_xdata().tolist() == [5, 6, 7]
    assert amount.get_xlim()[0] == amount.get_ylim()[0] == 0


def test_without_gold(experiments: Experiments) -> None:
    """Only how many sentences there were is known."""
    for seed in (1, 2):
        [run] = [
            run for run in experiments.finished("en_es", "cross_augmented") if run.seed == seed
        ]
        write_rounds(run.folder, 4, gold=False)
    overall, by_type, amount = draw_pseudo_labels(pseudo_label_rounds(experiments, "en_es")).axes
    assert not overall.lines and not by_type.lines
    assert len(amount.lines[0].get_xdata()) == 4
    assert pseudo_label_rounds(experiments, "en_es", "cross_shared").empty
