"""
How figures look: sized for print, told apart by colour-blind readers and without colour, and saved
as PNG and PDF.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Union

import pandas as pd

from experiments.names import is_ablation, system_name
from xner_allennlp.common import whole_file

# As wide as two columns of a paper, in inches.
WIDTH = 7.0
_SETTINGS = {
    "pdf.fonttype": 42,  # letters as letters, which a printer and a search can use
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E0E0E0",
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
}

# Okabe and Ito's, with a darker yellow.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#B8860B", "#000000")
_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "<", ">")
_LINES = ("-", "--", "-.", ":")
# Colour, marker and line. Dashed: not what the method is built of.
_SYSTEMS = {
    "source_mono_no_char": ("#808080", "v", "--"),
    "source_mono": ("#808080", "^", "--"),
    "source_mono_random_no_char": ("#808080", "<", "--"),
    "source_mono_random": ("#808080", ">", "--"),
    "cross_word_no_char": ("#56B4E9", "v", "-"),
    "cross_word": ("#B8860B", "s", "-"),
    "cross_shared": ("#009E73", "D", "-"),
    "translated": ("#CC79A7", "P", "--"),
    "cross_augmented": ("#D55E00", "o", "-"),
    "cross_distilled": ("#0072B2", "*", "--"),
    "mean_teacher": ("#0072B2", "*", "-"),
    "supervised": ("#000000", "X", "--"),
}


@dataclass(frozen=True)
class SeriesStyle:
    """What a series is drawn with; no two series of a figure agree in both marker and line."""

    label: str
    colour: str
    marker: str
    line: str

    def options(self) -> Dict[str, Any]:
        """For `Axes.plot`."""
        return {
            "label": self.label,
            "color": self.colour,
            "marker": self.marker,
            "linestyle": self.line,
            "markerfacecolor": "white" if self.line != "-" else self.colour,
        }


def system_styles(systems: Sequence[str]) -> Dict[str, SeriesStyle]:
    """A system looks the same in every figure; ablations take what is left."""
    others = [system for system in systems if system not in _SYSTEMS]
    styles = {}
    for system in systems:
        if system in _SYSTEMS:
            colour, marker, line = _SYSTEMS[system]
        else:
            place = others.index(system)
            colour = _COLOURS[place % len(_COLOURS)]
            marker = _MARKERS[-1 - place % len(_MARKERS)]
            line = ":" if is_ablation(system) else "-."
        styles[system] = SeriesStyle(system_name(system), colour, marker, line)
    return styles


def series_styles(labels: Sequence[str]) -> Dict[str, SeriesStyle]:
    """For what is no system."""
    return {
        label: SeriesStyle(
            label,
            _COLOURS[place % len(_COLOURS)],
            _MARKERS[place % len(_MARKERS)],
            _LINES[place % len(_LINES)],
        )
        for place, label in enumerate(labels)
    }


@contextmanager
def figure_style() -> Iterator[None]:
    """The settings of Matplotlib under which a figure is to be made."""
    # Imported here: only who draws needs it.
    import matplotlib

    with matplotlib.rc_context(_SETTINGS):
        yield


def new_figure(height: float, width: float = WIDTH) -> Any:
    """
    An empty figure, laid out without overlaps when it is drawn. Not pyplot's: nothing is shown, or
    changed for others.
    """
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def add_legend(figure: Any, handles: Sequence[Any]) -> None:
    """One legend below all panels; the figure grows by its height."""
    columns = 3  # the longest names of systems, side by side
    rows = -(-len(handles) // columns)
    figure.set_figheight(figure.get_figheight() + 0.16 * rows)
    figure.legend(handles=handles, loc="outside lower center", ncol=columns, fontsize=7)


def draw_seeds_and_mean(axes: Any, by_seed: pd.DataFrame, style: SeriesStyle) -> Any:
    """
    Draws a thin line for each seed, where there are several, and a thick one, their mean.

    # Parameters

    axes : `matplotlib.axes.Axes`
    by_seed : `pd.DataFrame`
        A column for each seed; the index stands on the x axis. Seeds without values are left out.
    style : `SeriesStyle`

    # Returns

    `matplotlib.lines.Line2D`
        The thick line.
    """
    by_seed = by_seed.dropna(axis=1, how="all")
    # Where all seeds have a value: a mean over fewer would jump when one of them ends.
    shared = by_seed.loc[: by_seed.apply(pd.Series.last_valid_index).min()]
    mean = shared.mean(axis=1, skipna=False)
    if by_seed.shape[1] > 1:
        axes.plot(by_seed.index, by_seed, color=style.colour, linewidth=0.4, alpha=0.5)
    [line] = axes.plot(mean.index, mean, markevery=max(1, len(mean) // 8), **style.options())
    return line


def save_figure(figure: Any, folder: Union[str, "PathLike[str]"], name: str) -> List[Path]:
    """Writes `<name>.png` and `<name>.pdf` into `folder`, and returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png", folder / f"{name}.pdf"]
    with figure_style():
        for path in paths:
            # Without the date the same data give the same file.
            metadata = {"CreationDate": None} if path.suffix == ".pdf" else None
            with whole_file(path) as stream:
                figure.savefig(stream, format=path.suffix[1:], dpi=300, metadata=metadata)
    return paths
