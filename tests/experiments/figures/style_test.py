from contextlib import nullcontext
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.image
import pytest

from experiments.figures.style import (
    figure_style,
    new_figure,
    save_figure,
    series_styles,
    system_styles,
)
from experiments.names import SYSTEMS


def test_systems_differ_without_colour() -> None:
    ablations = [f"cross_augmented.variant_{number}" for number in range(8)]
    styles = system_styles([*SYSTEMS, *ablations])
    looks = [(style.marker, style.line) for style in styles.values()]
    assert len(set(looks)) == len(looks)
    assert len({style.label for style in styles.values()}) == len(styles)
    # A system looks the same wherever it is.
    assert system_styles(["cross_shared"])["cross_shared"] == styles["cross_shared"]
    others = series_styles([str(number) for number in range(8)])
    assert len({(style.marker, style.line) for style in others.values()}) == 8


class BrokenOff:
    """A figure that is not drawn to its end."""

    def savefig(self, file: Any, **options: Any) -> None:
        with open(file, "wb") if isinstance(file, (str, Path)) else nullcontext(file) as stream:
            stream.write(b"half")
        raise KeyboardInterrupt


def test_a_picture_is_replaced_by_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "lines.png").write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        save_figure(BrokenOff(), tmp_path, "lines")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


def test_files(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    with figure_style():
        figure = new_figure(2.0)
        figure.subplots().plot([1, 2], label="x")
    paths = save_figure(figure, tmp_path / "figures", "lines")
    assert [path.name for path in paths] == ["lines.png", "lines.pdf"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    content = paths[1].read_bytes()
    assert content.startswith(b"%PDF") and b"/FontFile2" in content  # letters, not outlines
    assert b"CreationDate" not in content
    assert matplotlib.image.imread(paths[0]).shape[1] == 2100  # 7 inches at 300 dpi
    assert dict(matplotlib.rcParams) == before
