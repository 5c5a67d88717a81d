"""
The share of correctly tagged words by sentence length (Figure 2 of the paper). The paper does not
say whether words outside of entities count, so both are drawn.
"""

from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from experiments.figures.style import add_legend, figure_style, new_figure, system_styles
from experiments.names import in_order, selection_shown
from experiments.runs import Experiments
from experiments.tagged_file import TaggedFile

# Bins of so many words, the first of these that makes few enough of them.
BIN_WIDTHS = (5, 10, 20, 40)
_MOST_BINS = 11
_LEAST_SENTENCES = 20  # of the last, open bin


class TaggedShares(NamedTuple):
    """
    Percent of words with the right tag, by sentence length.

    # Parameters

    edges : `np.ndarray`
        Bin `b` has the sentences of `edges[b] + 1` to `edges[b + 1]` words; the last is open.
        shape: (bins,)
    sentences : `np.ndarray`
        In each bin, shape: (bins,)
    all_words, entity_words : `Dict[str, np.ndarray]`
        System -> of all words, and of those that are part of a gold entity; nan where there are
        none. shape: (seeds, bins)
    """

    edges: np.ndarray
    sentences: np.ndarray
    all_words: Dict[str, np.ndarray]
    entity_words: Dict[str, np.ndarray]


def tagged_shares(
    experiments: Experiments, pair: str, systems: Sequence[str], selection: str
) -> TaggedShares:
    """Reads the predictions of all seeds; systems without any are left out."""
    files: Dict[str, List[TaggedFile]] = {}
    for system in in_order(systems):
        shown = selection_shown(system, selection)
        read = [experiments.tagged(run, shown) for run in experiments.finished(pair, system)]
        found = [file for file in read if file is not None]
        if found:
            files[system] = found
    # All systems are evaluated on the same sentences.
    lengths = next(iter(files.values()))[0].lengths if files else np.array([1])
    edges = bin_edges(lengths)
    return TaggedShares(
        edges,
        np.bincount(_bins(lengths, edges), minlength=len(edges)),
        {name: _shares(some, edges, entities=False) for name, some in files.items()},
        {name: _shares(some, edges, entities=True) for name, some in files.items()},
    )


def bin_edges(lengths: np.ndarray) -> np.ndarray:
    """
    Equally wide bins; the last, open one has at least 20 sentences.

    # Parameters

    lengths : `np.ndarray`
        Words of each sentence.

    # Returns

    `np.ndarray`
        Where the bins begin, e.g. 0, 5, 10.
    """
    for width in BIN_WIDTHS:
        edges = np.arange(0, max(int(lengths.max()), 1), width)
        while len(edges) > 1 and (lengths > edges[-1]).sum() < _LEAST_SENTENCES:
            edges = edges[:-1]
        if len(edges) <= _MOST_BINS:
            break
    return edges


def draw_tagged_shares(shares: TaggedShares) -> Any:
    """
    Two panels, all words and words of entities, each with a series for each system: the mean over
    seeds, with a bar from the lowest to the highest seed.
    """
    styles = system_styles(list(shares.all_words))
    places = np.arange(len(shares.edges))
    with figure_style():
        figure = new_figure(2.8)
        panels = figure.subplots(1, 2)
        for axes, title, by_system in (
            (panels[0], "(a) all words", shares.all_words),
            (panels[1], "(b) words of entities", shares.entity_words),
        ):
            for number, (system, values) in enumerate(by_system.items()):
                # A little apart, so that bars do not cover each other.
                x = places + 0.06 * (number - (len(by_system) - 1) / 2)
                low, mean, high = _low_mean_high(values)
                axes.errorbar(
                    x, mean, (mean - low, high - mean), elinewidth=0.6, **styles[system].options()
                )
            axes.set_xticks(places, _labels(shares.edges))
            axes.set_xlim(-0.5, len(places) - 0.5)
            axes.set_xlabel("words in the sentence")
            axes.set_ylabel("correctly tagged words (%)")
            axes.set_title(title)
            axes.set_ylim(top=100)
        panels[1].set_ylim(bottom=0)
        add_legend(figure, panels[0].get_legend_handles_labels()[0])
    return figure


def _labels(edges: np.ndarray) -> List[str]:
    return [*(f"≤{high}" for high in edges[1:]), f">{edges[-1]}"]


def _shares(files: Sequence[TaggedFile], edges: np.ndarray, *, entities: bool) -> np.ndarray:
    rows = []
    for file in files:
        is_counted = np.ones(len(file.gold), dtype=bool)
        if entities and "O" in file.tags:
            is_counted = file.gold != file.tags.index("O")
        # shape: (words,)
        bin_of_word = np.repeat(_bins(file.lengths, edges), file.lengths)
        is_right = is_counted & (file.gold == file.predicted)
        right, total = (
            np.bincount(bin_of_word[chosen], minlength=len(edges))
            for chosen in (is_right, is_counted)
        )
        rows.append(np.where(total > 0, 100 * right / np.maximum(total, 1), np.nan))
    return np.array(rows)  # shape: (seeds, bins)


def _bins(lengths: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.searchsorted(edges, lengths, side="left") - 1


def _low_mean_high(values: np.ndarray) -> np.ndarray:
    """Over seeds; all seeds have the same sentences, so nan is in whole columns."""
    return np.stack([values.min(axis=0), values.mean(axis=0), values.max(axis=0)])
