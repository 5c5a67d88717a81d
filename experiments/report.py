"""The report of a folder of runs: `report.md`, which shows and links tables and figures."""

from os import PathLike
from pathlib import Path
from typing import List, Optional, Sequence, Union

from experiments.figures import FigureEntry
from experiments.names import DEFAULT_SELECTION, SELECTIONS, pair_name, system_name
from experiments.paper import CITATION
from experiments.runs import Experiments
from experiments.tables import Table
from xner_allennlp.common import whole_text_file

REPORT_FOLDER = "report"
TABLE_FOLDER = "tables"
FIGURE_FOLDER = "figures"
REPORT_FILE = "report.md"


def write_report(
    experiments: Experiments,
    tables: Sequence[Table],
    figures: Sequence[FigureEntry],
    folder: Union[str, "PathLike[str]"],
    selection: str = DEFAULT_SELECTION,
    *,
    note: Optional[str] = None,
) -> Path:
    """
    Writes `report.md` into `folder`, beside the folders of `tables` and `figures`.

    # Parameters

    experiments : `Experiments`
    tables : `Sequence[Table]`
        Those by another selection are linked, not shown.
    figures : `Sequence[FigureEntry]`
    folder : `str`
    selection : `str`, optional (default = `"source_dev"`)
    note : `str`, optional (default = `None`)
        What a reader must know about the data, at the top.

    # Returns

    `Path`
        Of the file.
    """
    runs = experiments.runs
    finished = sum(run.state == "finished" for run in runs)
    lines = ["# Report", ""]
    if note:
        lines += [note, ""]
    lines += [
        f"{finished} of {len(runs)} runs have finished. Scores are F1 over entities by conlleval's "
        f'rule, recomputed from the predicted tags. "Paper" is {CITATION}.',
        "",
        f"**This report shows the selection `{selection}`: {SELECTIONS[selection]}.** "
        "Where a table or a figure shows another one, it says so.",
        "",
        "| pair | systems | seeds | base of Cross-Augmented |",
        "|---|---|---|---|",
    ]
    for pair in experiments.pairs:
        seeds = sorted({run.seed for run in runs if run.pair == pair})
        base = experiments.best_base.get(pair)
        lines.append(
            f"| {pair_name(pair)} | {len(experiments.systems(pair))} | "
            f"{', '.join(map(str, seeds))} | {system_name(base) if base else '–'} |"
        )
    lines += ["", "## Tables", ""]
    for table in tables:
        if table.name == "problems" and not table.rows:
            lines += ["No run failed, is missing or is incomplete.", ""]
            continue
        links = _links(TABLE_FOLDER, table.name, ("md", "csv", "tex"))
        if table.selection in (None, selection) or table.name == "table_2":
            lines += [table.to_markdown().rstrip(), "", links, ""]
        else:
            lines += [f"{table.title}, selection {table.selection}: {links}", ""]
    lines += ["## Figures", ""]
    for entry in figures:
        lines += [
            f"![{entry.name}]({FIGURE_FOLDER}/{entry.name}.png)",
            "",
            f"{entry.caption} ({_links(FIGURE_FOLDER, entry.name, ('pdf',))})",
            "",
        ]
    if not figures:
        lines += ["None.", ""]
    path = Path(folder) / REPORT_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_text_file(path) as file:
        file.write("\n".join(lines).rstrip() + "\n")
    return path


def _links(folder: str, name: str, endings: Sequence[str]) -> str:
    links: List[str] = [f"[{ending}]({folder}/{name}.{ending})" for ending in endings]
    return " ".join(links)
