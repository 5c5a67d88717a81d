from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pandas as pd
import pytest
from allennlp.common.checks import ConfigurationError

from experiments.figures.embedding_pictures import draw, lay_out
from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import WordVectors

DIM = 12
ROWS: Dict[str, Dict[str, List[int]]] = {
    language: {"LOC": list(range(20)), "PER": list(range(20, 40))}
    for language in ("source", "target")
}


@pytest.fixture(scope="module")
def world() -> "tuple[Mapping, Dict[str, WordVectors]]":
    """Two clusters of words in each language, which a rotation takes onto each other."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(2, DIM)), 20, axis=0)
    source = centres + rng.normal(scale=0.2, size=(40, DIM))
    W = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    target = source @ W.T + rng.normal(scale=0.02, size=(40, DIM))
    words = [f"w{row}" for row in range(40)]
    return Mapping(W, "source_to_target"), {
        "source": WordVectors(words, source.astype(np.float32), "s", "s.vec"),
        "target": WordVectors(words, target.astype(np.float32), "t", "t.vec"),
    }


@pytest.fixture(scope="module")
def panels(world) -> Dict[str, pd.DataFrame]:
    return lay_out(*world, ROWS)


def share_of_same(panel: pd.DataFrame, label: str) -> float:
    """Of how many points the nearest other point has the same label."""
    points, names = panel[["x", "y"]].to_numpy(), panel[label].to_numpy()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((names[distances.argmin(axis=1)] == names).mean())


def test_languages_are_apart_before_and_mixed_after(panels: Dict[str, pd.DataFrame]) -> None:
    before, after = panels.values()
    for panel in (before, after):
        assert panel["language"].tolist() == ["source"] * 40 + ["target"] * 40
        assert panel["type"].tolist() == (["LOC"] * 20 + ["PER"] * 20) * 2
    assert share_of_same(before, "language") > 0.9
    assert share_of_same(after, "language") < 0.4
    assert share_of_same(after, "type") > 0.9


def test_layout_is_always_the_same(world, panels: Dict[str, pd.DataFrame]) -> None:
    for caption, panel in lay_out(*world, ROWS).items():
        pd.testing.assert_frame_equal(panel, panels[caption])


def test_pictures(panels: Dict[str, pd.DataFrame], tmp_path: Path) -> None:
    from matplotlib.image import imread

    paths = [tmp_path / "words.png", tmp_path / "words.pdf"]
    for path in paths:
        draw(panels, path, ("English", "Spanish"))
    picture = imread(paths[0])  # shape: (height, width, 4)
    assert picture.shape[1] == 2100  # as wide as a page in print
    # Both types' colours are there, in both halves.
    for half in (picture[:, :1050], picture[:, 1050:]):
        for colour in ((0, 0x72, 0xB2), (0xD5, 0x5E, 0)):
            difference = np.abs(half[..., :3] - np.array(colour) / 255).max(axis=2)
            assert (difference < 0.02).sum() > 50
    content = paths[1].read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/FontFile2" in content  # letters, not outlines


def test_a_picture_is_replaced_by_a_whole_one(
    panels: Dict[str, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    (tmp_path / "words.PNG").write_bytes(b"before")
    drawn = Figure.savefig

    def broken_off(self: Figure, *arguments: Any, **options: Any) -> None:
        drawn(self, *arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Figure, "savefig", broken_off)
        draw(panels, tmp_path / "words.PNG", ("English", "Spanish"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]
    draw(panels, tmp_path / "words.PNG", ("English", "Spanish"))
    assert (tmp_path / "words.PNG").read_bytes().startswith(b"\x89PNG")


def test_too_few_words(world) -> None:
    few = {language: {"LOC": [1, 2]} for language in ("source", "target")}
    with pytest.raises(ConfigurationError, match="Only 4 entity words"):
        lay_out(*world, few)
    with pytest.raises(ConfigurationError, match="No target entity word"):
        lay_out(*world, {**ROWS, "target": {}})
