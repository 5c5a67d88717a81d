"""
How good the pseudo-labels of each round are (where gold tags exist, for analysis only), and how
many sentences it has.
"""

import json
from typing import Any, Dict, Iterator, Sequence

import pandas as pd

from experiments.figures.style import (
    draw_seeds_and_mean,
    figure_style,
    new_figure,
    series_styles,
)
from experiments.runs import Experiments

QUALITIES = {"precision": "precision", "recall": "recall", "f1": "F1"}
_COUNTS = ["seed", "round", "length", "sentences", "type_divergence"]


def pseudo_label_rounds(
    experiments: Experiments, pair: str, system: str = "cross_augmented"
) -> pd.DataFrame:
    """
    Reads `pseudo_labels.jsonl` of the runs of a system. A line that was broken off is left out.

    # Returns

    `pd.DataFrame`
        Columns: `seed`, `round`, `length` (the limit `l` on sentence length in words), `sentences`
        (how many were trained on), `type_divergence` (in bits), and in percent `precision`,
        `recall`, `f1` and the F1 of each entity type, named as the type; nan where there is none.
    """
    rounds = pd.json_normalize(
        [
            {**content, "seed": run.seed}
            for run in experiments.runs
            if (run.pair, run.system) == (pair, system)
            and (run.folder / "pseudo_labels.jsonl").exists()
            for content in _read_lines(
                (run.folder / "pseudo_labels.jsonl").read_bytes().split(b"\n")
            )
        ]
    )
    # `types.LOC.f1` -> `LOC`
    names = {name: name[len("types.") : -len(".f1")] for name in rounds if name.endswith(".f1")}
    rounds = rounds.rename(columns=names).reindex(
        columns=[*_COUNTS, *QUALITIES, *sorted(names.values())]
    )
    rounds = rounds.apply(pd.to_numeric, errors="coerce")
    rounds.iloc[:, len(_COUNTS) :] *= 100
    return rounds.drop_duplicates(["seed", "round"], keep="last")


def draw_pseudo_labels(rounds: pd.DataFrame) -> Any:
    """
    Three panels: precision, recall and F1 by round; F1 by entity type; the number of sentences that
    a limit on their length leaves. Thick lines are means over seeds, thin ones seeds.
    """
    types = {name: name for name in rounds.columns[len(_COUNTS) + len(QUALITIES) :]}
    with figure_style():
        figure = new_figure(2.7)
        overall, by_type, amount = figure.subplots(1, 3)
        for axes, title, names in (
            (overall, "(a) all entities", QUALITIES),
            (by_type, "(b) F1 by type", types),
        ):
            _draw_lines(axes, rounds, names)
            axes.set_ylim(0, 100)
            axes.set_title(title)
            axes.set_xlabel("round")
            axes.set_ylabel("percent")
            axes.xaxis.get_major_locator().set_params(integer=True)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="lower right", fontsize=7)
        for _, run in rounds.groupby("seed"):
            amount.plot(
                run["length"], run["sentences"], ls="", marker="o", color="#0072B2", alpha=0.6
            )
        amount.set_title("(c) rounds by length limit")
        amount.set_xlabel("length limit $l$ (words)")
        amount.set_ylabel("sentences with pseudo-labels")
        amount.set_ylim(bottom=0)
        amount.set_xlim(left=0)
    return figure


def _draw_lines(axes: Any, rounds: pd.DataFrame, labels: Dict[str, str]) -> None:
    """A series for each column of `rounds` that `labels` names."""
    for name, style in zip(labels, series_styles(list(labels.values())).values()):
        by_seed = rounds.pivot(index="round", columns="seed", values=name)
        if by_seed.notna().any(axis=None):
            draw_seeds_and_mean(axes, by_seed, style)


def _read_lines(lines: Sequence[bytes]) -> Iterator[Dict[str, Any]]:
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if isinstance(content, dict) and "round" in content:
            yield content
