"""
Pictures of word vectors before and after the mapping (Figure 3 a and b of the paper): entity words
of both languages, laid out by t-SNE so that near words are near.
"""

from os import PathLike
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

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


class Panel(NamedTuple):
    """
    Points of a picture, each with the entity type and the language ("source" or "target") of its
    word, and what stands below them.

    # Parameters

    points : `np.ndarray`
        shape: (n, 2)
    types, languages : `List[str]`
    caption : `str`
    """

    points: np.ndarray
    types: List[str]
    languages: List[str]
    caption: str


def lay_out(
    mapping: Mapping,
    vectors: Dict[str, WordVectors],
    rows: Dict[str, Dict[str, List[int]]],
    *,
    seed: int = 13370,
) -> Tuple[Panel, Panel]:
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

    # Raises

    `ConfigurationError`
        If there are too few words for a picture.
    """
    before, after = [], []
    types: List[str] = []
    languages: List[str] = []
    for language in LANGUAGES:
        chosen = [row for of_type in rows[language].values() for row in of_type]
        if not chosen:
            raise ConfigurationError(
                f"No {language} entity word has a vector. Are corpus and vectors of one language?"
            )
        # shape: (num_words, dim)
        matrix = vectors[language].matrix[chosen]
        before.append(unit_length(matrix))
        after.append(unit_length(mapping.apply(matrix, language)))
        types.extend(type_ for type_, of_type in rows[language].items() for _ in of_type)
        languages.extend([language] * len(chosen))
    if len(types) < _LEAST_WORDS:
        raise ConfigurationError(
            f"Only {len(types)} entity words have vectors, which is too few for a picture."
        )
    return (
        Panel(tsne(np.concatenate(before), seed), types, languages, "(a) monolingual word vectors"),
        Panel(tsne(np.concatenate(after), seed), types, languages, "(b) after the mapping"),
    )


def draw(
    panels: Sequence[Panel],
    paths: Sequence[Union[str, PathLike[str]]],
    *,
    names: Tuple[str, str] = ("source", "target"),
) -> None:
    """
    Writes what [`draw_panels`](#draw_panels) draws to files.

    # Parameters

    panels : `Sequence[Panel]`
    paths : `Sequence[Union[str, PathLike]]`
        The picture is written to each of them, in the format of its ending (`.png`, `.pdf`).
    names : `Tuple[str, str]`, optional (default = `("source", "target")`)
        What the languages are called.

    # Raises

    `ConfigurationError`
        If an ending is not that of a known format.
    """
    # Imported here because only this needs it.
    import matplotlib

    figure = draw_panels(panels, names=names)
    with matplotlib.rc_context(_SETTINGS):
        for path in paths:
            try:
                figure.savefig(path, dpi=300)
            except ValueError as error:
                raise ConfigurationError(f"{path}: {error}. Use .png or .pdf.") from error


def draw_panels(panels: Sequence[Panel], *, names: Tuple[str, str] = ("source", "target")) -> Any:
    """
    Draws panels side by side, as wide as two columns of a paper: colour is entity type, the marker
    is the language, called by `names`. Returns Matplotlib's `Figure`.
    """
    # Imported here because only this needs it. Not pyplot: nothing is shown, or changed for others.
    import matplotlib
    from matplotlib.figure import Figure

    types = sorted({type_ for panel in panels for type_ in panel.types})
    # The same for the same set of types, whatever the order.
    colours = {type_: _COLOURS[place % len(_COLOURS)] for place, type_ in enumerate(types)}
    with matplotlib.rc_context(_SETTINGS):
        # Panels are about as high as wide, above two lines of text.
        figure = Figure(figsize=(7.0, 6.8 / len(panels) + 0.5))
        figure.subplots_adjust(
            left=0.01, right=0.99, top=0.99, bottom=0.56 / figure.get_figheight(), wspace=0.03
        )
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
            _scatter(axes, panel, colours)
            axes.set_xlabel(panel.caption)
        _add_legend(figure, colours, names)
    return figure


def tsne(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Lays out vectors, shape: (n, d), in the plane, shape: (n, 2), near ones near each other."""
    # Imported here because only this needs it, and takes a second.
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(vectors) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed)
    return np.asarray(layout.fit_transform(vectors))


def _scatter(axes: Any, panel: Panel, colours: Dict[str, str]) -> None:
    for language in LANGUAGES:
        chosen = [place for place, name in enumerate(panel.languages) if name == language]
        edges = [colours[panel.types[place]] for place in chosen]
        # The target's markers are hollow and on top: what they lie on can still be seen.
        axes.scatter(
            panel.points[chosen, 0],
            panel.points[chosen, 1],
            s=13,
            marker=_MARKERS[language],
            facecolors=edges if language == "source" else "none",
            edgecolors="none" if language == "source" else edges,
            alpha=0.6 if language == "source" else 1.0,
            linewidths=0.8,
        )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.margins(0.03)
    for spine in axes.spines.values():
        spine.set(linewidth=0.5, color="#808080")


def _add_legend(figure: Any, colours: Dict[str, str], names: Tuple[str, str]) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", marker="s", markersize=5, color=colour, label=type_)
        for type_, colour in colours.items()
    ]
    marks += [
        Line2D(
            [],
            [],
            linestyle="",
            marker=_MARKERS[language],
            markersize=5,
            color="#404040",
            markerfacecolor="#404040" if language == "source" else "none",
            label=name,
        )
        for language, name in zip(LANGUAGES, names)
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
