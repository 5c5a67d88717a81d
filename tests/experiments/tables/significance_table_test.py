from pathlib import Path

from experiments.runs import Experiments, read_experiments
from experiments.tables.significance_table import comparisons, significance
from tests.experiments.run_folders import predictions, write_run


def test_stages_and_ablations(experiments: Experiments, tmp_path: Path) -> None:
    assert comparisons(experiments, "en_nl") == [
        ("cross_augmented", "cross_shared"),
        ("cross_augmented", "cross_augmented.no_teacher_loss"),
    ]
    for system in ("mean_teacher", "cross_distilled"):
        write_run(tmp_path, system, 1, predictions(0.8))
    write_run(tmp_path, "translated", 1, predictions(0.7))
    write_run(tmp_path, "cross_shared", 1, predictions(0.7))
    assert comparisons(read_experiments(tmp_path), "en_es") == [
        ("cross_distilled", "cross_shared"),
        ("mean_teacher", "cross_shared"),
        ("cross_distilled", "translated"),
        ("mean_teacher", "translated"),
    ]
    experiments.best_base.clear()
    assert ("cross_augmented", "cross_shared") in comparisons(experiments, "en_nl")


def test_rows(experiments: Experiments) -> None:
    table = significance(experiments, shuffles=500)
    augmented = experiments.f1("en_es", "cross_augmented", "source_dev")
    base = experiments.f1("en_es", "cross_shared", "source_dev")
    assert augmented is not None and base is not None
    # Cross-Word has failed, so the two stages around it cannot be compared.
    assert [row[1:4] for row in table.rows[:2]] == [
        ["Cross-Augmented", "Cross-Shared", 2],
        ["Cross-Augmented", "Cross-Augmented: no teacher loss", 2],
    ]
    first = dict(zip(table.columns, table.rows[0]))
    assert first["difference"] == f"{augmented.mean - base.mean:+.2f}"
    assert first["p"] == "0.0020" and first["p (Holm)"] == "0.0040"
    assert any("500 shuffles, seed 13370" in note for note in table.all_notes)


def test_only_common_seeds_and_equal_sentences(tmp_path: Path) -> None:
    write_run(tmp_path, "cross_word", 1, predictions(0.5))
    write_run(tmp_path, "cross_shared", 1, predictions(0.7))
    write_run(tmp_path, "cross_shared", 2, predictions(0.7))
    [row] = significance(read_experiments(tmp_path), shuffles=10).rows
    assert row[3] == 1
    write_run(tmp_path, "cross_word", 2, predictions(0.5, number=39))
    assert significance(read_experiments(tmp_path), shuffles=10).rows == []


def test_as_many_sentences_with_other_entities_are_not_paired(tmp_path: Path) -> None:
    [(words, gold, found), *others] = predictions(0.5)
    write_run(tmp_path, "cross_word", 1, [(words, gold, found), *others])
    write_run(tmp_path, "cross_shared", 1, [(words, ["O"] * len(gold), found), *others])
    assert significance(read_experiments(tmp_path), shuffles=10).rows == []
