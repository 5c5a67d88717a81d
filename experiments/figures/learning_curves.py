"""F1 at each validation, of all systems and seeds."""

import json
import re
from typing import Any, Dict, List, Sequence

import numpy as np

from experiments.figures.style import (
    add_legend,
    figure_style,
    new_figure,
    system_styles,
)
from experiments.names import in_order
from experiments.runs import Experiments, Run

# AllenNLP's metric -> what the panel is called, in the order of the panels.
CURVES = {
    "validation_source_f1": "source development set",
    "validation_target_f1": "target development set",
    "validation_target_test_f1": "target test set",
}

_EPOCH_FILE = re.compile(r"metrics_epoch_(\d+)\.json")

# metric -> system -> for each seed F1 in percent by validation, nan where it was not measured
Curves = Dict[str, Dict[str, List[np.ndarray]]]


def learning_curves(experiments: Experiments, pair: str, systems: Sequence[str]) -> Curves:
    """
    Reads `metrics_epoch_<n>.json` of the runs of a pair, of runs that have not finished too.
    Metrics and systems without any value are left out.
    """
    curves: Curves = {}
    for metric in CURVES:
        for system in in_order(systems):
            runs = [run for run in experiments.runs if (run.pair, run.system) == (pair, system)]
            of_seeds = [_curve(run, metric) for run in sorted(runs, key=lambda run: run.seed)]
            of_seeds = [curve for curve in of_seeds if not np.isnan(curve).all()]
            if of_seeds:
                curves.setdefault(metric, {})[system] = of_seeds
    return curves


def draw_learning_curves(curves: Curves) -> Any:
    """A panel for each metric; each system has a thick line, the mean, and thin ones, the seeds."""
    systems = in_order(system for by_system in curves.values() for system in by_system)
    styles = system_styles(systems)
    with figure_style():
        figure = new_figure(2.6)
        panels = figure.subplots(1, len(curves), squeeze=False)[0]
        labelled: Dict[str, Any] = {}
        for place, (axes, metric) in enumerate(zip(panels, curves)):
            longest = 1
            for system, of_seeds in curves[metric].items():
                style = styles[system]
                mean = _mean(of_seeds)
                longest = max(longest, *map(len, of_seeds))
                if len(of_seeds) > 1:
                    for curve in of_seeds:
                        x = np.arange(1, len(curve) + 1)
                        axes.plot(x, curve, color=style.colour, linewidth=0.4, alpha=0.5)
                [labelled[system]] = axes.plot(
                    np.arange(1, len(mean) + 1),
                    mean,
                    markevery=max(1, len(mean) // 8),
                    **style.options(),
                )
            axes.set_title(f"({'abc'[place]}) {CURVES[metric]}")
            axes.set_xlabel("validation")
            axes.set_xlim(0.5, longest + 0.5)
            axes.set_ylim(0, 100)
            axes.xaxis.get_major_locator().set_params(integer=True)
        panels[0].set_ylabel("F1 (%)")
        add_legend(figure, [labelled[system] for system in styles])
    return figure


def _curve(run: Run, metric: str) -> np.ndarray:
    values: Dict[int, float] = {}
    for file in run.folder.glob("metrics_epoch_*.json"):
        match = _EPOCH_FILE.fullmatch(file.name)
        if not match:
            continue
        try:
            value = json.loads(file.read_text(encoding="utf-8")).get(metric)
        except (OSError, ValueError, AttributeError):  # broken off in the middle
            continue
        if isinstance(value, (int, float)):
            values[int(match.group(1))] = 100 * float(value)
    curve = np.full(max(values, default=0) + 1, np.nan)
    for epoch, value in values.items():
        curve[epoch] = value
    return curve


def _mean(of_seeds: Sequence[np.ndarray]) -> np.ndarray:
    """Where all seeds have a value: a mean over fewer would jump when one of them ends."""
    shortest = min(len(curve) for curve in of_seeds)
    return np.stack([curve[:shortest] for curve in of_seeds]).mean(axis=0)
