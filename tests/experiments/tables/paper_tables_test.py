from pathlib import Path
from typing import Any, Dict, List

import pytest
from seqeval.metrics import f1_score

from experiments.runs import Experiments, read_experiments
from experiments.scores import Spread
from experiments.tables import Table, all_tables
from experiments.tables.detail_tables import type_scores
from experiments.tables.paper_tables import table_2, table_3, table_4, table_5
from tests.experiments.run_folders import predictions, write_predictions, write_run


def rows_of(table: Table) -> List[Dict[str, Any]]:
    return [dict(zip(table.columns, row)) for row in table.rows]


def seqeval_f1(right: float, seed: int) -> float:
    sentences = predictions(right, seed=seed)
    return 100 * float(f1_score([gold for _, gold, _ in sentences], [p for *_, p in sentences]))


def test_table_4(experiments: Experiments) -> None:
    table = table_4(experiments)
    assert table.selection == "source_dev" and table.name == "table_4_source_dev"
    row = next(
        row
        for row in rows_of(table)
        if (row["system"], row["pair"]) == ("Cross-Augmented", "en-es")
    )
    scores = [seqeval_f1(0.9, seed) for seed in (1, 2)]
    assert row["F1"].mean == pytest.approx(sum(scores) / 2)
    assert row["max"] == pytest.approx(max(scores))
    assert row["seeds"] == 2
    assert str(row["paper F1"]) == "72.36 ± 1.17" and row["paper max"] == 73.7
    assert row["difference"] == f"{sum(scores) / 2 - 72.36:+.2f}"
    assert (row["parameters"], row["paper's parameters"]) == (1234, 661_281)
    # A failed system has a row, without scores.
    failed = [row for row in rows_of(table) if row["system"] == "Cross-Word"]
    assert [(row["pair"], row["F1"], row["difference"]) for row in failed] == [
        ("en-es", None, None),
        ("en-nl", None, None),
    ]
    assert "Left out, since they have no run here: en-de, en-ar, en-fi." in table.all_notes
    assert "Cross-Augmented starts from Cross-Shared for en-nl." in table.all_notes


def test_other_selections_show_the_papers_other_figures(experiments: Experiments) -> None:
    for selection, printed in (("target_dev", "75.93 ± 0.81"), ("target_test", "76.82 ± 0.84")):
        table = table_4(experiments, selection)
        rows = [row for row in rows_of(table) if row["system"] == "Cross-Augmented"]
        assert str(rows[0]["paper F1"]) == printed
        assert table.all_notes[0].startswith(f"Selection: {selection}, ")


def test_our_scores_are_those_of_the_selection(tmp_path: Path) -> None:
    right = {"source_dev": 0.3, "target_dev": 0.6, "target_test": 0.9}
    folder = write_run(tmp_path, "cross_augmented", 1, [], selections=())
    for selection, share in right.items():
        path = folder / "evaluation" / selection / "target_test.conll"
        write_predictions(path, predictions(share))
    experiments = read_experiments(tmp_path)
    for selection, share in right.items():
        expected = pytest.approx(seqeval_f1(share, 0))
        table = table_4(experiments, selection)
        [f1] = [row["F1"].mean for row in rows_of(table) if row["F1"] is not None]
        assert f1 == expected
        ours = [row for row in table_5(experiments, selection).rows if row[1] == "ours"]
        assert ours[-1][3].mean == expected
        [row] = [row for row in type_scores(experiments, selection).rows if row[2] == "all"]
        assert row[5].mean == expected


def test_table_3(experiments: Experiments) -> None:
    rows = rows_of(table_3(experiments))
    by_system = {row["system"]: row for row in rows if row["pair"] == "en-es"}
    assert by_system["Source-Mono (no char LSTM)"]["paper F1"] == "x"
    assert str(by_system["Source-Mono"]["paper F1"]) == "26.76 ± 1.45"
    assert by_system["Source-Mono"]["F1"].number == 2


def test_table_2(experiments: Experiments) -> None:
    table = table_2(experiments)
    assert table.selection == "target_dev"
    rows = rows_of(table)
    assert {row["language"] for row in rows} == {"English", "Spanish", "Dutch"}
    ours = [row for row in rows if row["F1"] is not None]
    assert [(row["language"], row["system"], row["vectors"]) for row in ours] == [
        ("English", "Bari et al. 2020", "fastText"),
        ("Spanish", "Bari et al. 2020", "fastText"),
        ("Dutch", "Bari et al. 2020", "fastText"),
    ]
    assert ours[1]["difference"] == f"{ours[1]['F1'].mean - 84.71:+.2f}"
    english = experiments.f1("en_es", "source_mono", "source_dev", "source_test")
    assert ours[0]["F1"] == english and english.number == 2


def test_table_2_of_pairs_with_a_common_language(tmp_path: Path) -> None:
    """Whichever pair has a score of the language, in whatever order they stand."""
    write_run(tmp_path, "supervised", 1, predictions(0.9), pair="en_nl")
    write_run(tmp_path, "cross_shared", 1, predictions(0.9), pair="en+es_nl")
    write_run(tmp_path, "cross_shared", 1, predictions(0.9), pair="en_es")
    run = write_run(tmp_path, "source_mono", 1, predictions(0.9), pair="es_nl")
    write_predictions(run / "evaluation/source_dev/source_test.conll", predictions(0.9))
    rows = rows_of(table_2(read_experiments(tmp_path)))
    found = {row["language"] for row in rows if row["F1"] is not None}
    assert found == {"Dutch", "Spanish"}


def test_table_5(experiments: Experiments) -> None:
    table = table_5(experiments)
    assert table.columns[3:] == ["en-es", "en-nl"]
    rows = {(row["authors"], row["method"]): row for row in rows_of(table)}
    paper = rows["paper", "Cross-Augmented"]["en-nl"]
    ours = rows["ours", "Cross-Augmented"]["en-nl"]
    assert isinstance(ours, Spread) and paper.mean == 69.43  # by source dev, as ours
    difference = rows["ours − paper", "Cross-Augmented"]["en-nl"]
    assert difference == f"{ours.mean - paper.mean:+.2f}"
    assert rows["Xie et al. 2018", "trained on the translated source"]["en-es"].mean == 71.03
    assert rows["ours", "Translated (Xie et al. 2018)"]["en-es"] is None


def test_every_table_with_scores_says_its_selection(experiments: Experiments) -> None:
    tables = {table.name: table for table in all_tables(experiments)}
    assert set(tables) == {
        "table_2",
        *("table_3_source_dev", "table_3_target_dev"),
        *("table_4_source_dev", "table_4_target_dev", "table_4_target_test"),
        *("table_5_source_dev", "table_5_target_dev"),
        *("ablations_source_dev", "significance_source_dev", "types_source_dev"),
        *("label_drift", "runs", "problems"),
    }
    for name, table in tables.items():
        if name not in ("label_drift", "runs", "problems"):
            for text in (table.to_markdown(), table.to_latex().replace("\\_", "_")):
                assert f"Selection: {table.selection}, epoch chosen on" in text
