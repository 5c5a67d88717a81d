import json
import shutil
from pathlib import Path
from typing import Any, Dict, List

import pytest
from seqeval.metrics import classification_report

from experiments.runs import Experiments, read_experiments
from experiments.tables import Table
from experiments.tables.detail_tables import (
    ablations,
    label_drift,
    problems,
    run_times,
    type_scores,
)
from tests.experiments.run_folders import predictions


def rows_of(table: Table, pair: str = "en-es") -> List[Dict[str, Any]]:
    rows = [dict(zip(table.columns, row)) for row in table.rows]
    return [row for row in rows if row["pair"] == pair]


def test_scores_by_type(experiments: Experiments) -> None:
    rows = {
        row["type"]: row
        for row in rows_of(type_scores(experiments))
        if row["system"] == "Cross-Shared"
    }
    assert list(rows) == ["all", "LOC", "PER"]
    expected = []
    for seed in (1, 2):
        sentences = predictions(0.6, seed=seed)
        expected.append(
            classification_report(
                [gold for _, gold, _ in sentences],
                [predicted for *_, predicted in sentences],
                output_dict=True,
            )
        )
    for entity_type in ("LOC", "PER"):
        for column, name in (("precision", "precision"), ("recall", "recall"), ("F1", "f1-score")):
            mean = 50 * sum(report[entity_type][name] for report in expected)
            assert rows[entity_type][column].mean == pytest.approx(mean)
        assert rows[entity_type]["gold entities"] == expected[0][entity_type]["support"]


def test_ablations(experiments: Experiments) -> None:
    full, ablated = rows_of(ablations(experiments))
    assert (full["system"], full["difference to the full system"]) == ("Cross-Augmented", None)
    assert ablated["system"] == "Cross-Augmented: no teacher loss"
    difference = ablated["F1"].mean - full["F1"].mean
    assert difference < 0
    assert ablated["difference to the full system"] == f"{difference:+.2f}"


def test_label_drift(experiments: Experiments) -> None:
    rows = rows_of(label_drift(experiments))
    assert [list(row.values()) for row in rows] == [
        ["en-es", "Cross-Augmented", seed, "0.040", "0.040", "2", "DRIFTS"] for seed in "12"
    ]


def test_label_drift_is_of_finished_runs(root: Path) -> None:
    for seed, state in ((1, "failed"), (2, "unfinished")):
        status = root / f"systems/en_es/cross_augmented/seed_{seed}/status.json"
        status.write_text(json.dumps({"state": state}))
    assert rows_of(label_drift(read_experiments(root))) == []


def test_problems(experiments: Experiments) -> None:
    first, second = rows_of(problems(experiments))
    assert list(first.values()) == ["en-es", "cross_word", "1", "failed: out of memory"]
    assert second["seed"] == "2"


def test_run_times(experiments: Experiments) -> None:
    rows = {row["system"]: row for row in rows_of(run_times(experiments))}
    assert rows["Cross-Shared"]["minutes"].mean == 1.5
    assert rows["Cross-Shared"]["seeds"] == "1 2"
    assert rows["Cross-Shared"]["epoch by target_dev"] == "1 1"
    assert rows["Supervised"]["epoch by source_dev"] is None
    assert "Cross-Word" not in rows  # it has failed


def test_epochs_stand_in_the_places_of_their_seeds(root: Path) -> None:
    shutil.rmtree(root / "systems/en_es/cross_shared/seed_1/evaluation/target_dev")
    rows = {row["system"]: row for row in rows_of(run_times(read_experiments(root)))}
    assert rows["Cross-Shared"]["epoch by target_dev"] == "– 1"
    assert rows["Cross-Shared"]["epoch by source_dev"] == "1 1"
