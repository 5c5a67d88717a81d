"""F1 at each validation, of all systems and seeds."""

from typing import Any, Dict, Sequence

import pandas as pd

from experiments.figures.style import (
    add_legend,
    draw_seeds_and_mean,
    figure_style,
    new_figure,
    system_styles,
)
from experiments.names import in_order
from experiments.runs import Experiments, read_json

# AllenNLP's metric -> what the panel is called, in the order of the panels.
CURVES = {
    "validation_source_f1": "source development set",
    "validation_target_f1": "target development set",
    "validation_target_test_f1": "target test set",
}


def learning_curves(
    experiments: Experiments, pair: str, systems: Sequence[str], metrics: Sequence[str] = (*CURVES,)
) -> pd.DataFrame:
    """
    Reads `metrics_epoch_<n>.json` of the runs of a pair, of runs that have not finished too.

    # Returns

    `pd.DataFrame`
        Columns: `system`, `seed`, `validation` (counted from 1), and F1 in percent by each of
        `metrics`, nan where it was not measured.
    """
    curves = pd.DataFrame(
        [
            {
                "system": run.system,
                "seed": run.seed,
                "validation": int(file.stem.rpartition("_")[2]) + 1,
                **read_json(file),
            }
            for run in experiments.runs
            if run.pair == pair and run.system in systems
            for file in run.folder.glob("metrics_epoch_[0-9]*.json")
        ],
        columns=["system", "seed", "validation", *metrics],
    )
    curves[[*metrics]] = 100 * curves[[*metrics]].apply(pd.to_numeric, errors="coerce")
    return curves


def draw_learning_curves(curves: pd.DataFrame) -> Any:
    """A panel for each metric; each system has a thick line, the mean, and thin ones, the seeds."""
    # metric -> the rows that have a value of it
    measured = {metric: curves.dropna(subset=[metric]) for metric in CURVES}
    measured = {metric: rows for metric, rows in measured.items() if len(rows)}
    styles = system_styles(in_order(pd.concat(measured.values())["system"]))
    with figure_style():
        figure = new_figure(2.6)
        panels = figure.subplots(1, len(measured), squeeze=False)[0]
        lines: Dict[str, Any] = {}
        for letter, axes, (metric, rows) in zip("abc", panels, measured.items()):
            for system in in_order(rows["system"]):
                of_system = curves[curves["system"] == system]
                by_seed = of_system.pivot(index="validation", columns="seed", values=metric)
                lines[system] = draw_seeds_and_mean(axes, by_seed, styles[system])
            axes.set_title(f"({letter}) {CURVES[metric]}")
            axes.set_xlabel("validation")
            axes.set_xlim(0.5, rows["validation"].max() + 0.5)
            axes.set_ylim(0, 100)
            axes.xaxis.get_major_locator().set_params(integer=True)
        panels[0].set_ylabel("F1 (%)")
        add_legend(figure, [lines[system] for system in styles])
    return figure
