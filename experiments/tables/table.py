"""A table, and how it is written as Markdown, CSV and LaTeX."""

import csv
import io
import re
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import List, Optional, Sequence, Union

from experiments.names import SELECTIONS
from experiments.scores import Spread
from xner_allennlp.common import whole_text_file

Cell = Union[None, str, int, float, Spread]

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "−": "$-$",
    "–": "--",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}
# What Markdown, or HTML inside of it, would read as something else.
_MARKDOWN = re.compile(r"([\\`*\[\]<>|])")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*")
_SPREAD_COLUMNS = ("mean", "deviation", "maximum", "seeds")


@dataclass(frozen=True)
class Table:
    """
    # Parameters

    name : `str`
        Of its files, without ending.
    title : `str`
    columns : `Sequence[str]`
    rows : `Sequence[Sequence[Cell]]`
        Floats are shown with two decimals, `None` as a dash. A column of `Spread`s is shown as mean
        and deviation; in CSV it becomes four columns with all that a `Spread` knows.
    selection : `str`, optional (default = `None`)
        The selection whose scores it shows, which is said below it.
    notes : `Sequence[str]`, optional
        Sentences below it.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    selection: Optional[str] = None
    notes: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.name}: {len(row)} cells under {len(self.columns)} columns")

    @property
    def all_notes(self) -> List[str]:
        said = []
        if self.selection is not None:
            said.append(f"Selection: {self.selection}, {SELECTIONS[self.selection]}.")
        return said + list(self.notes)

    def to_markdown(self) -> str:
        """A title in bold, the table, the notes."""
        lines = [f"**{_markdown(self.title)}**", ""]
        lines.append("| " + " | ".join(_markdown(column) for column in self.columns) + " |")
        lines.append("|" + "|".join("--:" if right else "---" for right in self._right()) + "|")
        for row in self.rows:
            lines.append("| " + " | ".join(_markdown(_shown(cell)) for cell in row) + " |")
        lines += ["", " ".join(_markdown(note) for note in self.all_notes)]
        return "\n".join(lines).rstrip() + "\n"

    def to_csv(self) -> str:
        """Numbers without rounding; the last column names the selection."""
        spreads = [
            any(isinstance(row[place], Spread) for row in self.rows)
            for place in range(len(self.columns))
        ]
        header: List[str] = []
        for column, is_spread in zip(self.columns, spreads):
            names = [f"{column} {name}" for name in _SPREAD_COLUMNS] if is_spread else [column]
            header.extend(names)
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*header, "selection"])
        for row in self.rows:
            values: List[object] = []
            for cell, is_spread in zip(row, spreads):
                if isinstance(cell, Spread):
                    values += [cell.mean, cell.deviation, cell.maximum, cell.number]
                elif is_spread:
                    values += [cell, "", "", ""]
                else:
                    values.append(cell)
            writer.writerow([*values, self.selection or ""])
        return stream.getvalue()

    def to_latex(self) -> str:
        """A `table` with its caption and label; needs the package `booktabs`."""
        alignment = "".join("r" if right else "l" for right in self._right())
        caption = " ".join(_latex(text) for text in (f"{self.title}.", *self.all_notes))
        lines = [
            "% \\usepackage{booktabs}",
            "\\begin{table}",
            "  \\centering",
            f"  \\begin{{tabular}}{{{alignment}}}",
            "    \\toprule",
            "    " + " & ".join(_latex(column) for column in self.columns) + r" \\",
            "    \\midrule",
        ]
        for row in self.rows:
            lines.append("    " + " & ".join(_latex(_shown(cell)) for cell in row) + r" \\")
        lines += [
            "    \\bottomrule",
            "  \\end{tabular}",
            f"  \\caption{{{caption}}}",
            f"  \\label{{tab:{self.name.replace('_', '-')}}}",
            "\\end{table}",
        ]
        return "\n".join(lines) + "\n"

    def _right(self) -> List[bool]:
        """Columns of numbers are aligned at the right."""
        return [
            any(_is_number(row[place]) for row in self.rows) for place in range(len(self.columns))
        ]


def write_table(table: Table, folder: Union[str, "PathLike[str]"]) -> List[Path]:
    """Writes `<name>.md`, `.csv` and `.tex` into `folder`, and returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending, content in (
        ("md", table.to_markdown()),
        ("csv", table.to_csv()),
        ("tex", table.to_latex()),
    ):
        path = folder / f"{table.name}.{ending}"
        with whole_text_file(path) as file:
            file.write(content)
        written.append(path)
    return written


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return bool(_NUMBER.fullmatch(cell))
    return cell is not None


def _shown(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.2f}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return str(cell)


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _latex(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text.replace("-", "$-$")
    return "".join(_LATEX.get(character, character) for character in " ".join(text.split()))
