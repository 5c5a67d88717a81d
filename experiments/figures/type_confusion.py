"""Which entity types are taken for which, which entities are missed, and which are made up."""

from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

import numpy as np

from experiments.figures.style import figure_style, new_figure
from experiments.names import selection_shown, system_name
from experiments.runs import Experiments
from experiments.tagged_file import TaggedSentence
from xner_allennlp.spans import EntitySpan, entity_spans

MISSED = "missed"
SPURIOUS = "spurious"


class Confusion(NamedTuple):
    """
    # Parameters

    types : `List[str]`
    counts : `np.ndarray`
        Entities by gold type (the last row: those that are in the predictions only) and predicted
        type (the last column: those that are in gold only), shape: (types + 1, types + 1)
    exact : `np.ndarray`
        Of these, those whose borders agree, same shape.
    """

    types: List[str]
    counts: np.ndarray
    exact: np.ndarray


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
    counts: Dict[Tuple[str, str, bool], int] = {}
    for sentence in sentences:
        if sentence.gold == sentence.predicted == ["O"] * len(sentence.gold):
            continue
        gold, predicted = entity_spans(sentence.gold), entity_spans(sentence.predicted)
        pairs = align_spans(gold, predicted)
        in_pairs = {one.start for one, _ in pairs}, {other.start for _, other in pairs}
        found = [(one.type, other.type, one[1:] == other[1:]) for one, other in pairs]
        found += [(one.type, MISSED, False) for one in gold if one.start not in in_pairs[0]]
        found += [
            (SPURIOUS, other.type, False) for other in predicted if other.start not in in_pairs[1]
        ]
        for key in found:
            counts[key] = counts.get(key, 0) + 1
    types = sorted({name for key in counts for name in key[:2]} - {MISSED, SPURIOUS})
    rows, columns = [*types, SPURIOUS], [*types, MISSED]
    table = np.zeros((2, len(rows), len(columns)), dtype=np.int64)
    for (gold_type, predicted_type, is_exact), number in counts.items():
        place = rows.index(gold_type), columns.index(predicted_type)
        table[0][place] += number
        table[1][place] += number * is_exact
    return Confusion(types, table[0], table[1])


def type_confusion(
    experiments: Experiments, pair: str, systems: Sequence[str], selection: str
) -> Dict[str, Confusion]:
    """Of each system that has predictions, all seeds together."""
    confusions = {}
    for system in systems:
        shown = selection_shown(system, selection)
        files = [experiments.tagged(run, shown) for run in experiments.finished(pair, system)]
        sentences = [
            sentence for file in files if file is not None for sentence in file.sentences()
        ]
        if sentences:
            confusions[system] = count_confusion(sentences)
    return confusions


def draw_type_confusion(confusions: Dict[str, Confusion]) -> Any:
    """
    A panel for each system. A cell has the percent of its row (of the gold entities of a type; in
    the last row, of the made-up entities) and the number of entities; on the diagonal also, after
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
    totals = confusion.counts.sum(axis=1, keepdims=True)
    percent = 100 * confusion.counts / np.maximum(totals, 1)
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    places = range(len(confusion.types) + 1)
    for row in places:
        for column in places:
            number = confusion.counts[row, column]
            is_corner = row == column == len(confusion.types)
            shown = f"{number:,}"
            if row == column:
                shown += f"\n={confusion.exact[row, column]:,}"
            text = "" if is_corner else f"{percent[row, column]:.0f}%\n{shown}"
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=6,
                color="white" if percent[row, column] > 55 else "black",
            )
    axes.set_xticks(places, [*confusion.types, MISSED])
    axes.set_yticks(places, [*confusion.types, SPURIOUS])
    axes.tick_params(length=0, labelsize=7)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    # Lines that part entities of both sides from those of one.
    border = len(confusion.types) - 0.5
    axes.axhline(border, color="black", linewidth=0.8)
    axes.axvline(border, color="black", linewidth=0.8)
