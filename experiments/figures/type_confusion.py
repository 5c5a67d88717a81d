"""Which entity types are taken for which, which entities are missed, and which are made up."""

from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

import numpy as np
import pandas as pd

from experiments.figures.style import figure_style, new_figure
from experiments.names import system_name
from experiments.runs import Experiments
from experiments.tagged_file import TaggedSentence
from xner_allennlp.spans import EntitySpan, entity_spans

MISSED = "missed"
SPURIOUS = "spurious"


class Confusion(NamedTuple):
    """
    # Parameters

    counts : `pd.DataFrame`
        Entities by gold type (the last row: those that are in the predictions only) and predicted
        type (the last column: those that are in gold only), shape: (types + 1, types + 1)
    exact : `pd.DataFrame`
        The entities among them whose borders agree, same shape.
    """

    counts: pd.DataFrame
    exact: pd.DataFrame


def align_spans(
    gold: Sequence[EntitySpan], predicted: Sequence[EntitySpan]
) -> List[Tuple[EntitySpan, EntitySpan]]:
    """
    Pairs of a gold and a predicted entity that share words; each entity is in one pair at most.
    Equal borders go first, then the pairs that share most words.
    """
    candidates = []
    for one in gold:
        for other in predicted:
            shared = min(one.end, other.end) - max(one.start, other.start)
            if shared > 0:
                differs = (one.start, one.end) != (other.start, other.end)
                candidates.append((differs, -shared, one.type != other.type, one, other))
    pairs = []
    taken: Tuple[Set[int], Set[int]] = (set(), set())
    for *_, one, other in sorted(candidates):
        if one.start not in taken[0] and other.start not in taken[1]:
            taken[0].add(one.start)
            taken[1].add(other.start)
            pairs.append((one, other))
    return pairs


def count_confusion(sentences: Iterable[TaggedSentence]) -> Confusion:
    """Counts the entities of all sentences."""
    found: List[Tuple[str, str, bool]] = []
    for sentence in sentences:
        if sentence.gold == sentence.predicted == ["O"] * len(sentence.gold):
            continue
        gold, predicted = entity_spans(sentence.gold), entity_spans(sentence.predicted)
        pairs = align_spans(gold, predicted)
        in_pairs = {one.start for one, _ in pairs}, {other.start for _, other in pairs}
        found += [(one.type, other.type, one[1:] == other[1:]) for one, other in pairs]
        found += [(one.type, MISSED, False) for one in gold if one.start not in in_pairs[0]]
        found += [
            (SPURIOUS, other.type, False) for other in predicted if other.start not in in_pairs[1]
        ]
    entities = pd.DataFrame(found, columns=["gold", "predicted", "exact"])
    types = sorted({*entities["gold"], *entities["predicted"]} - {MISSED, SPURIOUS})
    counts, exact = (
        pd.crosstab(rows["gold"], rows["predicted"]).reindex(
            index=[*types, SPURIOUS], columns=[*types, MISSED], fill_value=0
        )
        for rows in (entities, entities[entities["exact"]])
    )
    return Confusion(counts, exact)


def type_confusion(
    experiments: Experiments, pair: str, systems: Sequence[str], selection: str
) -> Dict[str, Confusion]:
    """Of each system that has predictions, all seeds together."""
    confusions = {}
    for system in systems:
        shown = experiments.selection_shown(pair, system, selection)
        sentences = [
            sentence
            for run in experiments.finished(pair, system)
            for sentence in experiments.tagged(run, shown) or []
        ]
        if sentences:
            confusions[system] = count_confusion(sentences)
    return confusions


def draw_type_confusion(confusions: Dict[str, Confusion]) -> Any:
    """
    A panel for each system. A cell has the percent of its row (of the gold entities of a type; in
    the last row, of the spurious entities) and the number of entities; on the diagonal also, after
    "=", of these the number with right borders.
    """
    with figure_style():
        columns = min(len(confusions), 3)
        rows = -(-len(confusions) // columns)
        figure = new_figure(2.45 * rows, width=2.4 * columns)
        panels = figure.subplots(rows, columns, squeeze=False)
        for axes in panels.flat[len(confusions) :]:
            axes.set_visible(False)
        for axes, (system, confusion) in zip(panels.flat, confusions.items()):
            _draw_panel(axes, confusion)
            axes.set_title(system_name(system))
    return figure


def _draw_panel(axes: Any, confusion: Confusion) -> None:
    # shape of all three: (types + 1, types + 1)
    counts, exact = confusion.counts.to_numpy(), confusion.exact.to_numpy()
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    last = len(counts) - 1
    for row, column in np.ndindex(counts.shape):
        text = f"{percent[row, column]:.0f}%\n{counts[row, column]:,}"
        if row == column:
            text += f"\n={exact[row, column]:,}"
        axes.text(
            column,
            row,
            "" if row == column == last else text,
            ha="center",
            va="center",
            fontsize=6,
            color="white" if percent[row, column] > 55 else "black",
        )
    axes.set_xticks(range(len(counts)), confusion.counts.columns)
    axes.set_yticks(range(len(counts)), confusion.counts.index)
    axes.tick_params(length=0, labelsize=7)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    # Lines between entities of both sides and missed or spurious ones.
    axes.axhline(last - 0.5, color="black", linewidth=0.8)
    axes.axvline(last - 0.5, color="black", linewidth=0.8)
