import json
from pathlib import Path
from typing import Sequence

import pytest

from experiments.runs import read_experiments
from experiments.tables.criteria_table import criteria
from tests.experiments.run_folders import predictions, write_run


def validations(
    root: Path, seed: int, source: Sequence[float], translated: Sequence[float]
) -> None:
    """A run whose F1 on target dev rises from one validation to the next."""
    folder = write_run(root, "cross_distilled", seed, predictions(0.8), curve=())
    for epoch, values in enumerate(zip(source, translated)):
        names = ("validation_source_f1", "validation_translated_dev_f1")
        metrics = {**dict(zip(names, values)), "validation_target_f1": 0.1 * epoch}
        (folder / f"metrics_epoch_{epoch}.json").write_text(json.dumps(metrics))


def test_the_order_of_the_epochs_is_compared(tmp_path: Path) -> None:
    validations(tmp_path, 1, [0.1, 0.2, 0.3, 0.9], [0.4, 0.3, 0.2, 0.1])
    validations(tmp_path, 2, [0.1, 0.3, 0.2, 0.4], [0.5, 0.5, 0.5, 0.5])
    rows = criteria(read_experiments(tmp_path)).rows
    assert [row[:4] for row in rows] == [
        ["en-es", "Cross-Distilled", "source dev", 2],
        # Of seed 2 there is none.
        ["en-es", "Cross-Distilled", "translated source dev", 1],
    ]
    assert rows[0][4].mean == pytest.approx((1 + 0.8) / 2)
    assert rows[1][4].mean == pytest.approx(-1)


def test_two_validations_have_no_order(tmp_path: Path) -> None:
    validations(tmp_path, 1, [0.1, 0.2], [0.1, 0.2])
    assert criteria(read_experiments(tmp_path)).rows == []


def test_runs_that_have_not_finished_do_not_count(tmp_path: Path) -> None:
    validations(tmp_path, 1, [0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    for seed, state in ((2, "failed"), (3, "unfinished")):
        validations(tmp_path, seed, [0.3, 0.2, 0.1], [0.3, 0.2, 0.1])
        status = tmp_path / f"systems/en_es/cross_distilled/seed_{seed}/status.json"
        status.write_text(json.dumps({"state": state}))
    rows = criteria(read_experiments(tmp_path)).rows
    assert [(row[3], row[4].mean) for row in rows] == [(1, 1.0), (1, 1.0)]
