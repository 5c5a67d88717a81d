from pathlib import Path
from typing import Any

import pytest


def test_tables(run: Any, root: Path) -> None:
    done = run("tables", root)
    assert done.status == 0
    paths = [Path(line) for line in done.out.splitlines()]
    assert root / "report" / "tables" / "table_4_source_dev.tex" in paths
    assert len(paths) == 14 * 3 and all(path.stat().st_size for path in paths)
    assert not (root / "report" / "figures").exists()


def test_figures(run: Any, root: Path, tmp_path: Path) -> None:
    done = run("figures", root, "--no-embeddings", "-o", tmp_path / "elsewhere")
    assert done.status == 0
    paths = [Path(line) for line in done.out.splitlines()]
    assert tmp_path / "elsewhere" / "figures" / "figure_2_en_es.pdf" in paths
    assert len(paths) == 2 * 5 and all(path.stat().st_size for path in paths)
    assert not (root / "report").exists()


def test_all(run: Any, root: Path) -> None:
    done = run("all", root, "--no-embeddings", "--selection", "target_dev", "--note", "A note.")
    assert done.status == 0
    report = root / "report" / "report.md"
    assert done.out == f"{report}: 14 tables, 5 figures, 2 problems\n"
    text = report.read_text(encoding="utf-8")
    assert "the selection `target_dev`" in text and "A note." in text
    assert (root / "report" / "tables" / "types_target_dev.csv").exists()
    assert (root / "report" / "figures" / "figure_2_en_es.png").exists()


def test_a_report_is_replaced(run: Any, root: Path) -> None:
    table = root / "report" / "tables" / "table_2.md"
    assert run("tables", root).status == 0
    before = table.read_text(encoding="utf-8")
    table.write_text("of before")
    assert run("tables", root).status == 0
    assert table.read_text(encoding="utf-8") == before


def test_no_runs(run: Any, tmp_path: Path) -> None:
    for command in ("all", "tables", "figures"):
        done = run(command, tmp_path)
        assert done.status == 2
        assert done.err.startswith("python -m experiments: error: ") and "no run in it" in done.err
        assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["all", "tables", "figures", "plot-mapping"])
def test_help(run: Any, command: str) -> None:
    done = run(command, "--help")
    assert done.status == 0
    assert f"python -m experiments {command}" in done.out.split("examples:")[1]
    assert command in run("--help").out


def test_unknown_selection(run: Any, root: Path) -> None:
    done = run("tables", root, "--selection", "best")
    assert done.status == 2 and "invalid choice: 'best'" in done.err
