"""
How good the pseudo-labels of each round are (where gold tags exist, for analysis only), and how
many sentences it has.
"""

import json
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from experiments.figures.style import figure_style, new_figure, series_styles
from experiments.runs import Experiments

QUALITIES = ("precision", "recall", "f1")
_FILE = "pseudo_labels.jsonl"


class Rounds(NamedTuple):
    """
    The rounds of one run.

    # Parameters

    numbers, lengths, sentences : `np.ndarray`
        Of each round its number, the limit `l` on sentence length, and how many sentences were
        trained on. shape: (rounds,)
    quality : `Dict[str, np.ndarray]`
        Precision, recall and F1 in percent, and F1 by entity type; nan where there is no gold.
        shape: (rounds,)
    """

    numbers: np.ndarray
    lengths: np.ndarray
    sentences: np.ndarray
    quality: Dict[str, np.ndarray]


def read_rounds(lines: Sequence[str]) -> Rounds:
    """Lines of a `pseudo_labels.jsonl`. One that was broken off is left out."""
    rounds: List[Dict[str, Any]] = []
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict) and "round" in content:
            rounds.append(content)
    types = sorted({name for each in rounds for name in each.get("types") or {}})
    quality = {name: [each.get(name) for each in rounds] for name in QUALITIES}
    quality.update(
        {name: [_f1((each.get("types") or {}).get(name)) for each in rounds] for name in types}
    )
    return Rounds(
        _array([each["round"] for each in rounds]),
        _array([each.get("length") for each in rounds]),
        _array([each.get("sentences") for each in rounds]),
        {name: 100 * _array(values) for name, values in quality.items()},
    )


def pseudo_label_rounds(
    experiments: Experiments, pair: str, system: str = "cross_augmented"
) -> Dict[int, Rounds]:
    """By seed; runs without rounds are left out."""
    found = {}
    for run in experiments.runs:
        file = run.folder / _FILE
        if (run.pair, run.system) == (pair, system) and file.exists():
            rounds = read_rounds(file.read_text(encoding="utf-8").splitlines())
            if len(rounds.numbers):
                found[run.seed] = rounds
    return found


def draw_pseudo_labels(of_seeds: Dict[int, Rounds]) -> Any:
    """
    Three panels: precision, recall and F1 by round; F1 by entity type; the number of sentences that
    a limit on their length leaves. Thick lines are means over seeds, thin ones seeds.
    """
    runs = list(of_seeds.values())
    with figure_style():
        figure = new_figure(2.7)
        overall, by_type, amount = figure.subplots(1, 3)
        names = {"precision": "precision", "recall": "recall", "f1": "F1"}
        _draw_lines(overall, runs, names)
        types = sorted({name for run in runs for name in run.quality} - set(QUALITIES))
        _draw_lines(by_type, runs, {name: name for name in types})
        for axes, title in ((overall, "(a) all entities"), (by_type, "(b) F1 by type")):
            axes.set_ylim(0, 100)
            axes.set_title(title)
            axes.set_ylabel("percent")
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="lower right", fontsize=7)
        for run in runs:
            amount.plot(
                run.lengths, run.sentences, linestyle="", marker="o", color="#0072B2", alpha=0.6
            )
        amount.set_title("(c) rounds by length limit")
        amount.set_xlabel("length limit $l$ (words)")
        amount.set_ylabel("sentences with pseudo-labels")
        amount.set_ylim(bottom=0)
        amount.set_xlim(left=0)
        for axes in (overall, by_type):
            axes.set_xlabel("round")
            axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def _draw_lines(axes: Any, runs: Sequence[Rounds], names: Dict[str, str]) -> None:
    for name, style in series_styles(list(names)).items():
        series = [run for run in runs if name in run.quality]
        series = [run for run in series if not np.isnan(run.quality[name]).all()]
        if not series:
            continue
        shortest = min(len(run.numbers) for run in series)
        mean = np.stack([run.quality[name][:shortest] for run in series]).mean(axis=0)
        if len(series) > 1:
            for run in series:
                axes.plot(run.numbers, run.quality[name], color=style.colour, lw=0.4, alpha=0.5)
        axes.plot(
            series[0].numbers[:shortest],
            mean,
            markevery=max(1, shortest // 8),
            **{**style.options(), "label": names[name]},
        )


def _f1(scores: Any) -> Any:
    return scores.get("f1") if isinstance(scores, dict) else scores


def _array(values: Sequence[Any]) -> np.ndarray:
    """Of numbers; what is none becomes nan."""
    return np.array(
        [float(value) if isinstance(value, (int, float)) else np.nan for value in values]
    )
