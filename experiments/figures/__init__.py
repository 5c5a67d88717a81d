"""Figures about a folder of runs, each in a file of its own; `all_figures` draws those it can."""

import logging
from functools import partial
from os import PathLike
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Tuple, Union

from allennlp.common.checks import ConfigurationError

from experiments.figures.embeddings import draw_embeddings, inputs_of_run
from experiments.figures.learning_curves import CURVES, draw_learning_curves, learning_curves
from experiments.figures.pseudo_labels import draw_pseudo_labels, pseudo_label_rounds
from experiments.figures.sentence_length import draw_tagged_shares, tagged_shares
from experiments.figures.style import save_figure
from experiments.figures.type_confusion import draw_type_confusion, type_confusion
from experiments.names import (
    BASES,
    DEFAULT_SELECTION,
    SELECTIONS,
    is_ablation,
    language_names,
    pair_name,
    system_name,
)
from experiments.runs import Experiments, Run

logger = logging.getLogger(__name__)

__all__ = ["FigureEntry", "all_figures"]


class FigureEntry(NamedTuple):
    """A figure's file `name` without ending, and the `caption` that a report gives it."""

    name: str
    caption: str


def all_figures(
    experiments: Experiments,
    folder: Union[str, "PathLike[str]"],
    selection: str = DEFAULT_SELECTION,
    *,
    embeddings: bool = True,
) -> List[FigureEntry]:
    """
    Draws the figures of every pair into `folder`, as PNG and PDF. What a figure lacks is logged as
    a warning; the others are drawn.

    # Parameters

    experiments : `Experiments`
    folder : `str`
    selection : `str`, optional (default = `"source_dev"`)
        Whose predictions are shown.
    embeddings : `bool`, optional (default = `True`)
        Whether to draw Figure 3, which reads word vectors and loads a model.
    """
    drawn = []
    for pair in experiments.pairs:
        for entry, draw in _figures(experiments, pair, selection, embeddings):
            try:
                figure = draw()
            except ConfigurationError as error:
                logger.warning("%s is not drawn: %s", entry.name, error)
                continue
            if figure is not None:
                save_figure(figure, folder, entry.name)
                drawn.append(entry)
    return drawn


def _figures(
    experiments: Experiments, pair: str, selection: str, embeddings: bool
) -> Iterator[Tuple[FigureEntry, Callable[[], Any]]]:
    """Each drawing returns `None` where there is nothing to draw."""
    systems = [each for each in experiments.systems(pair) if not is_ablation(each)]
    ablations = [each for each in experiments.systems(pair) if is_ablation(each)]
    varied = [each for each in systems if any(of.startswith(f"{each}.") for of in ablations)]
    of_pair = pair_name(pair)
    shown_by = {each: experiments.selection_shown(pair, each, selection) for each in systems}
    others = [f"{system_name(each)} by {by}" for each, by in shown_by.items() if by != selection]
    by = "; ".join([f"selection {selection}", *others])

    def shares() -> Any:
        found = tagged_shares(experiments, pair, systems, selection)
        return None if found.empty else draw_tagged_shares(found)

    yield (
        FigureEntry(
            f"figure_2_{pair}",
            f"{of_pair}: share of correctly tagged words of the target test set by sentence "
            "length (the paper's Figure 2), mean over seeds and bars from the lowest to the "
            f"highest; {by}",
        ),
        shares,
    )
    run = _run_in_its_space(experiments, pair)
    if embeddings and run is not None:
        kept = next((name for name in SELECTIONS if name in run.evaluations), DEFAULT_SELECTION)
        yield (
            FigureEntry(
                f"figure_3_{pair}",
                f"{of_pair}: t-SNE of entity words (the paper's Figure 3): (a) monolingual "
                "vectors, (b) mapped, (c) words of entities in their sentences, out of the common "
                f"encoder; {system_name(run.system)}, seed {run.seed}, selection {kept}, the "
                "weights in model.tar.gz",
            ),
            partial(_embeddings, run),
        )
    for name, shown, what in (
        ("learning_curves", systems, "systems"),
        ("learning_curves_ablations", [*varied, *ablations], "ablations"),
    ):
        if what == "ablations" and not ablations:
            continue
        yield (
            FigureEntry(
                f"{name}_{pair}",
                f"{of_pair}: F1 at each validation, {what}; thin lines are seeds, thick ones their "
                "mean",
            ),
            lambda shown=shown: _curves(experiments, pair, shown),  # type: ignore[misc]
        )

    def confusion() -> Any:
        shown = [_base(experiments, pair, systems), "cross_augmented", "supervised"]
        found = type_confusion(
            experiments, pair, [each for each in shown if each in systems], selection
        )
        return draw_type_confusion(found) if found else None

    yield (
        FigureEntry(
            f"type_confusion_{pair}",
            f"{of_pair}: entity types in gold and predictions of the target test set, all seeds "
            "together; entities that share words are paired, whether or not their borders agree "
            f"(=: of these with right borders); {by}",
        ),
        confusion,
    )

    def rounds() -> Any:
        found = pseudo_label_rounds(experiments, pair)
        return None if found.empty else draw_pseudo_labels(found)

    yield (
        FigureEntry(
            f"pseudo_labels_{pair}",
            f"{of_pair}: quality of Cross-Augmented's pseudo-labels by round, measured with gold "
            "tags that training does not see",
        ),
        rounds,
    )


def _base(experiments: Experiments, pair: str, systems: List[str]) -> str:
    """The base of Cross-Augmented; the last one there is where that is not known or not there."""
    best = experiments.best_base.get(pair)
    there = [base for base in BASES if base in systems]
    return best if best in systems else (there or BASES)[-1]


def _curves(experiments: Experiments, pair: str, systems: List[str]) -> Any:
    curves = learning_curves(experiments, pair, systems)
    return draw_learning_curves(curves) if curves[[*CURVES]].notna().any(axis=None) else None


def _run_in_its_space(experiments: Experiments, pair: str) -> Optional[Run]:
    """The first run of Cross-Augmented, or of a base where that has none."""
    for system in ("cross_augmented", *BASES[::-1]):
        for run in experiments.finished(pair, system):
            return run
    return None


def _embeddings(run: Run) -> Any:
    return draw_embeddings(inputs_of_run(run), language_names(run.pair))
