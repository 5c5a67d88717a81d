import csv
import io
import re
from pathlib import Path

import pytest

from experiments.scores import Spread
from experiments.tables import Table, write_table

TABLE = Table(
    "some_table",
    "Some table",
    ["system", "F1", "parameters", "difference"],
    [
        ["A|B <i> 50% & _x_", Spread.of([70.0, 72.0]), 210_081, "-0.50"],
        ["none", None, None, None],
    ],
    "target_test",
    ["A note with 5 %."],
)


def test_markdown() -> None:
    lines = TABLE.to_markdown().splitlines()
    assert lines[:2] == ["**Some table**", ""]
    cells = [[cell.strip() for cell in line[1:-1].split(" |")] for line in lines[2:6]]
    assert cells[0] == ["system", "F1", "parameters", "difference"]
    assert re.fullmatch(r"\|:-+\|-+:\|-+:\|-+:\|", lines[3])
    assert [each.lstrip("| ") for each in cells[2]] == [
        r"A\|B \<i\> 50% & _x_",
        "71.00 ± 1.41",
        "210,081",
        "-0.50",
    ]
    assert [each.lstrip("| ") for each in cells[3]] == ["none", "–", "–", "–"]
    assert lines[7].startswith("Selection: target_test, epoch chosen on the target test set itself")
    assert lines[7].endswith("A note with 5 %.")


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(TABLE.to_csv())))
    assert list(rows[0]) == [
        *("system", "F1 mean", "F1 deviation", "F1 maximum", "F1 seeds"),
        *("parameters", "difference", "selection"),
    ]
    assert float(rows[0]["F1 deviation"]) == pytest.approx(2**0.5)
    assert rows[0]["parameters"] == "210081"
    assert float(rows[0]["difference"]) == -0.5
    assert {row["selection"] for row in rows} == {"target_test"}
    assert rows[1]["F1 mean"] == rows[1]["F1 seeds"] == ""


def test_latex() -> None:
    latex = TABLE.to_latex()
    assert r"A|B <i> 50\% \& \_x\_ & 71.00 $\pm$ 1.41 & 210,081 & $-$0.50 \\" in latex
    assert r"\begin{tabular}{lrrr}" in latex
    assert r"\label{tab:some-table}" in latex
    assert "Selection: target\\_test" in latex and r"5 \%" in latex
    for name in ("table", "tabular"):
        assert latex.count(f"\\begin{{{name}}}") == latex.count(f"\\end{{{name}}}") == 1
    # All rows have as many cells as there are columns.
    rows = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert [row.replace(r"\&", "").count("&") for row in rows] == [3, 3, 3]


def test_files(tmp_path: Path) -> None:
    paths = write_table(TABLE, tmp_path / "new")
    assert [path.name for path in paths] == ["some_table.md", "some_table.csv", "some_table.tex"]
    assert paths[1].read_text(encoding="utf-8") == TABLE.to_csv()


def test_wrong_number_of_cells() -> None:
    with pytest.raises(ValueError, match="1 cells under 2 columns"):
        Table("t", "T", ["a", "b"], [["x"]])
