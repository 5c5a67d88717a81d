"""
Pictures of word vectors before and after the mapping (Figure 3 a and b of the paper): entity words
of both languages, laid out by t-SNE so that near words are near.
"""

import os
from itertools import cycle
from os import PathLike
from typing import Any, Dict, List, Tuple, Union

import numpy as np
import pandas as pd
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_file
from xner_allennlp.mapping.mapping import LANGUAGES, Mapping
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.vectors import WordVectors

FORMATS = (".png", ".pdf")

# Told apart by colour-blind readers too (most are Okabe and Ito's), and dark enough on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#AA3377", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
_MARKERS = {"source": "o", "target": "^"}
_LEAST_WORDS = 8
# Letters as letters, which a printer and a search can use.
_SETTINGS = {"pdf.fonttype": 42, "font.size": 9}


def lay_out(
    mapping: Mapping,
    vectors: Dict[str, WordVectors],
    rows: Dict[str, Dict[str, List[int]]],
    *,
    seed: int = 13370,
) -> Dict[str, pd.DataFrame]:
    """
    Lays out words by t-SNE of their vectors at length 1, twice: as they stand in the files, and in
    the common space (the panels (a) and (b) of the paper's Figure 3).

    # Parameters

    mapping : `Mapping`
    vectors : `Dict[str, WordVectors]`
        Of `"source"` and `"target"`, as read.
    rows : `Dict[str, Dict[str, List[int]]]`
        The words of each language by entity type, see
        [`rows_by_type`](./entity_words.md#rows_by_type).
    seed : `int`, optional (default = `13370`)

    # Returns

    `Dict[str, pd.DataFrame]`
        Two panels as [`panel`](#panel) makes them, by what stands below them.

    # Raises

    `ConfigurationError`
        If there are too few words for a picture.
    """
    words = pd.DataFrame(
        [
            (language, type_, row)
            for language in LANGUAGES
            for type_, of_type in rows[language].items()
            for row in of_type
        ],
        columns=["language", "type", "row"],
    )
    before, after = [], []
    for language in LANGUAGES:
        chosen = words["row"][words["language"] == language]
        if chosen.empty:
            raise ConfigurationError(
                f"No {language} entity word has a vector. Are corpus and vectors of one language?"
            )
        # shape: (num_words, dim)
        matrix = vectors[language].matrix[chosen]
        before.append(unit_length(matrix))
        after.append(unit_length(mapping.apply(matrix, language)))
    return {
        "(a) monolingual word vectors": panel(words, np.concatenate(before), seed),
        "(b) after the mapping": panel(words, np.concatenate(after), seed),
    }


def panel(words: pd.DataFrame, vectors: np.ndarray, seed: int) -> pd.DataFrame:
    """
    Words in the plane, by t-SNE.

    # Parameters

    words : `pd.DataFrame`
        A row for each word, with its entity `type` and its `language` ("source" or "target").
    vectors : `np.ndarray`
        shape: (num_words, dim)
    seed : `int`

    # Returns

    `pd.DataFrame`
        The words with their positions, `x` and `y`.

    # Raises

    `ConfigurationError`
        If there are too few words for a picture.
    """
    # Imported here because only this needs it, and takes a second.
    from sklearn.manifold import TSNE

    if len(words) < _LEAST_WORDS:
        raise ConfigurationError(f"Only {len(words)} entity words, too few for a picture.")
    perplexity = min(30.0, (len(words) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed)
    x, y = np.asarray(layout.fit_transform(vectors)).T
    return words.assign(x=x, y=y)


def draw(
    panels: Dict[str, pd.DataFrame], path: Union[str, PathLike[str]], names: Tuple[str, str]
) -> None:
    """Writes what [`draw_panels`](#draw_panels) draws to a file, in the format of its ending."""
    import matplotlib

    figure = draw_panels(panels, names=names)
    ending = os.path.splitext(path)[1][1:].lower()
    with matplotlib.rc_context(_SETTINGS), whole_file(path) as stream:
        figure.savefig(stream, format=ending, dpi=300)


def draw_panels(panels: Dict[str, pd.DataFrame], *, names: Tuple[str, str]) -> Any:
    """
    Draws panels side by side, as wide as two columns of a paper: colour is entity type, the marker
    is the language, called by `names`. Returns Matplotlib's `Figure`.
    """
    # Imported here because only this needs it. Not pyplot: nothing is shown, or changed for others.
    import matplotlib
    from matplotlib.figure import Figure

    types = sorted({*pd.concat(panels.values())["type"]})
    # The same for the same set of types, whatever the order.
    colours = dict(zip(types, cycle(_COLOURS)))
    with matplotlib.rc_context(_SETTINGS):
        # Panels are about as high as wide, above two lines of text.
        figure = Figure(figsize=(7.0, 6.8 / len(panels) + 0.5))
        figure.subplots_adjust(
            left=0.01, right=0.99, top=0.99, bottom=0.56 / figure.get_figheight(), wspace=0.03
        )
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (caption, words) in zip(all_axes, panels.items()):
            _scatter(axes, words, colours)
            axes.set_xlabel(caption)
        _add_legend(figure, colours, names)
    return figure


def _scatter(axes: Any, words: pd.DataFrame, colours: Dict[str, str]) -> None:
    for language, of_language in words.groupby("language"):
        edges = of_language["type"].map(colours)
        # The target's markers are hollow and on top: what they lie on can still be seen.
        look = (
            {"facecolors": edges, "edgecolors": "none", "alpha": 0.6}
            if language == "source"
            else {"facecolors": "none", "edgecolors": edges, "alpha": 1.0}
        )
        axes.scatter(
            "x", "y", data=of_language, s=13, marker=_MARKERS[language], linewidths=0.8, **look
        )
    axes.set(xticks=[], yticks=[])
    axes.margins(0.03)
    axes.spines[:].set(linewidth=0.5, color="#808080")


def _add_legend(figure: Any, colours: Dict[str, str], names: Tuple[str, str]) -> None:
    from matplotlib.lines import Line2D

    shapes = [("s", 5, colour, colour, type_) for type_, colour in colours.items()]
    for language, name in zip(LANGUAGES, names):
        filling = "#404040" if language == "source" else "none"
        shapes.append((_MARKERS[language], 5, "#404040", filling, name))
    marks = [
        Line2D(
            [], [], ls="", marker=marker, ms=size, color=colour, markerfacecolor=fill, label=name
        )
        for marker, size, colour, fill, name in shapes
    ]
    figure.legend(
        handles=marks,
        loc="lower center",
        borderaxespad=0.1,
        ncol=min(len(marks), 8),
        frameon=False,
        handletextpad=0.1,
        columnspacing=1.5,
    )
