"""
The share of correctly tagged words by sentence length (Figure 2 of the paper). The paper does not
say whether words outside of entities count, so both are drawn.
"""

from typing import Any, Dict, List, Sequence

import numpy as np
import pandas as pd

from experiments.figures.style import add_legend, figure_style, new_figure, system_styles
from experiments.names import in_order
from experiments.runs import Experiments
from experiments.tagged_file import TaggedSentence

# Widths of the bins in words; the first of them that makes few enough bins is taken.
BIN_WIDTHS = (5, 10, 20, 40)
_MOST_BINS = 11
_LEAST_SENTENCES = 20  # of the last, open bin


def tagged_shares(
    experiments: Experiments, pair: str, systems: Sequence[str], selection: str
) -> pd.DataFrame:
    """
    Percent of words with the right tag. Systems without predictions are left out.

    # Returns

    `pd.DataFrame`
        A row for each `system`, `seed` and bin of sentence lengths (`words`, e.g. "≤5", short ones
        first). Columns: `all_words`, and `entity_words`, those that are part of a gold entity; nan
        where there are none.
    """
    counts = pd.DataFrame(
        [
            {"system": system, "seed": run.seed, **_count(sentence)}
            for system in in_order(systems)
            for shown in [experiments.selection_shown(pair, system, selection)]
            for run in experiments.finished(pair, system)
            for sentence in experiments.tagged(run, shown) or []
        ]
    )
    if counts.empty:
        return counts
    # All systems are evaluated on the same sentences.
    [(_, first), *_] = counts.groupby(["system", "seed"])
    edges = bin_edges(first["length"].to_numpy())
    labels = [*(f"≤{high}" for high in edges[1:]), f">{edges[-1]}"]
    counts["words"] = pd.cut(counts["length"], [*edges, np.inf], labels=labels)
    # Sorted, so that the bins are in the order of lengths, not of their first sentences.
    sums = counts.groupby(["system", "seed", "words"], observed=False).sum()
    return pd.DataFrame(
        {name: 100 * sums[f"right_{name}"] / sums[name] for name in ("all_words", "entity_words")}
    )


def bin_edges(lengths: np.ndarray) -> np.ndarray:
    """
    Equally wide bins; the last, open one has at least 20 sentences.

    # Parameters

    lengths : `np.ndarray`
        Words of each sentence, shape: (num_sentences,)

    # Returns

    `np.ndarray`
        Where the bins begin, e.g. 0, 5, 10 for 1 to 5, 6 to 10, and 11 or more words.
    """
    for width in BIN_WIDTHS:
        # shape: (num_bins,)
        edges = np.arange(0, max(int(lengths.max()), 1), width)
        while len(edges) > 1 and (lengths > edges[-1]).sum() < _LEAST_SENTENCES:
            edges = edges[:-1]
        if len(edges) <= _MOST_BINS:
            break
    return edges


def draw_tagged_shares(shares: pd.DataFrame) -> Any:
    """
    Two panels, all words and words of entities, each with a series for each system: the mean over
    seeds, with a bar from the lowest to the highest seed.
    """
    styles = system_styles(in_order(shares.index.unique("system")))
    labels: List[str] = list(shares.index.unique("words"))
    with figure_style():
        figure = new_figure(2.8)
        panels = figure.subplots(1, 2)
        for axes, title, name in (
            (panels[0], "(a) all words", "all_words"),
            (panels[1], "(b) words of entities", "entity_words"),
        ):
            for number, (system, style) in enumerate(styles.items()):
                # A little apart, so that bars do not cover each other.
                x = np.arange(len(labels)) + 0.06 * (number - (len(styles) - 1) / 2)
                of_bins = shares.loc[system, name].groupby("words", observed=False)
                mean = of_bins.mean()
                bars = (mean - of_bins.min(), of_bins.max() - mean)
                axes.errorbar(x, mean, bars, elinewidth=0.6, **style.options())
            axes.set_xticks(range(len(labels)), labels)
            axes.set_xlim(-0.5, len(labels) - 0.5)
            axes.set_xlabel("words in the sentence")
            axes.set_ylabel("correctly tagged words (%)")
            axes.set_title(title)
            axes.set_ylim(top=100)
        panels[1].set_ylim(bottom=0)
        add_legend(figure, panels[0].get_legend_handles_labels()[0])
    return figure


def _count(sentence: TaggedSentence) -> Dict[str, int]:
    tags = list(zip(sentence.gold, sentence.predicted))
    of_entities = [(gold, predicted) for gold, predicted in tags if gold != "O"]
    return {
        "length": len(tags),
        "all_words": len(tags),
        "right_all_words": sum(gold == predicted for gold, predicted in tags),
        "entity_words": len(of_entities),
        "right_entity_words": sum(gold == predicted for gold, predicted in of_entities),
    }
