"""A table, and how it is written as Markdown, CSV and LaTeX."""

import re
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Union

import pandas as pd

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
        table = self._shown(_markdown).to_markdown(
            index=False,
            disable_numparse=True,
            colalign=["right" if right else "left" for right in self._right()],
        )
        notes = " ".join(_markdown(note) for note in self.all_notes)
        return f"**{_markdown(self.title)}**\n\n{table}\n\n{notes}".rstrip() + "\n"

    def to_csv(self) -> str:
        """Numbers without rounding; the last column names the selection."""
        frame = pd.DataFrame(index=range(len(self.rows)))
        for place, column in enumerate(self.columns):
            cells = [row[place] for row in self.rows]
            if not any(isinstance(cell, Spread) for cell in cells):
                frame[column] = pd.Series(cells, dtype=object)
                continue
            for name in ("mean", "deviation", "maximum", "number"):
                # A cell that is no `Spread`, such as the paper's "x", stands for the mean.
                other = [cell if name == "mean" else None for cell in cells]
                values = [
                    getattr(cell, name) if isinstance(cell, Spread) else instead
                    for cell, instead in zip(cells, other)
                ]
                title = f"{column} {'seeds' if name == 'number' else name}"
                frame[title] = pd.Series(values, dtype=object)
        frame["selection"] = self.selection or ""
        return str(frame.to_csv(index=False, lineterminator="\n"))

    def to_latex(self) -> str:
        """A `table` with its caption and label; needs the package `booktabs`."""
        table = self._shown(_latex).to_latex(
            index=False,
            escape=False,
            column_format="".join("r" if right else "l" for right in self._right()),
            caption=" ".join(_latex(text) for text in (f"{self.title}.", *self.all_notes)),
            label=f"tab:{self.name.replace('_', '-')}",
        )
        return f"% \\usepackage{{booktabs}}\n{table}"

    def _shown(self, escape: Callable[[str], str]) -> pd.DataFrame:
        """The cells as texts, for a format that `escape` writes them in."""
        rows = [[escape(_shown(cell)) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=[escape(column) for column in self.columns])

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
