import json
from pathlib import Path

import numpy as np
import pytest

from experiments.figures.learning_curves import draw_learning_curves, learning_curves
from experiments.runs import read_experiments
from tests.experiments.run_folders import write_run


def test_curves(tmp_path: Path) -> None:
    write_run(tmp_path, "cross_word", 1, [], selections=(), curve=(0.2, 0.4, 0.6))
    running = write_run(tmp_path, "cross_word", 2, [], selections=(), curve=(0.4, 0.6))
    (running / "status.json").unlink()
    (running / "metrics_epoch_2.json").write_text('{"validation_sou')  # just being written
    write_run(tmp_path, "supervised", 1, [], selections=(), curve=())
    metrics = {"validation_target_f1": 0.9, "validation_target_test_f1": 0.8}
    supervised = tmp_path / "systems" / "en_es" / "supervised" / "seed_1"
    (supervised / "metrics_epoch_0.json").write_text(json.dumps(metrics))
    experiments = read_experiments(tmp_path)

    curves = learning_curves(experiments, "en_es", ["supervised", "cross_word", "cross_shared"])
    measured = {
        metric: set(curves["system"][curves[metric].notna()])
        for metric in curves.columns
        if metric.startswith("validation_")
    }
    assert measured == {
        "validation_source_f1": {"cross_word"},
        "validation_target_f1": {"cross_word", "supervised"},
        "validation_target_test_f1": {"supervised"},
    }
    cross_word = curves[curves["system"] == "cross_word"].sort_values(["seed", "validation"])
    for seed, expected in ((1, [20, 40, 60]), (2, [40, 60, np.nan])):
        of_seed = cross_word[cross_word["seed"] == seed]
        assert of_seed["validation"].tolist() == [1, 2, 3]
        np.testing.assert_allclose(of_seed["validation_source_f1"], expected)

    figure = draw_learning_curves(curves)
    source, target, test = figure.axes
    assert [axes.get_title() for axes in figure.axes] == [
        "(a) source development set",
        "(b) target development set",
        "(c) target test set",
    ]
    assert all(axes.get_ylim() == (0, 100) for axes in figure.axes)
    assert all(axes.get_xlabel() == "validation" for axes in figure.axes)
    assert source.get_ylabel() == "F1 (%)"
    assert source.get_xlim() == (0.5, 3.5)  # the longest seed's
    # Two thin lines and their mean, as far as all seeds went.
    assert [len(axes.lines) for axes in figure.axes] == [3, 4, 1]
    assert source.lines[2].get_xdata().tolist() == [1, 2]
    assert source.lines[2].get_ydata() == pytest.approx([30, 50])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == ["Cross-Word", "Supervised"]
