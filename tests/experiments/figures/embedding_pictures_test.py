from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from experiments.figures.embedding_pictures import Panel, draw, lay_out
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
def panels(world) -> Tuple[Panel, Panel]:
    return lay_out(*world, ROWS)


def share_of_same(points: np.ndarray, labels: List[str]) -> float:
    """Of how many points the nearest other point has the same label."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    names = np.array(labels)
    return float((names[distances.argmin(axis=1)] == names).mean())


def test_languages_are_apart_before_and_mixed_after(panels: Tuple[Panel, Panel]) -> None:
    before, after = panels
    for panel in panels:
        assert panel.points.shape == (80, 2)
        assert panel.languages == ["source"] * 40 + ["target"] * 40
        assert panel.types == (["LOC"] * 20 + ["PER"] * 20) * 2
    assert share_of_same(before.points, before.languages) > 0.9
    assert share_of_same(after.points, after.languages) < 0.4
    assert share_of_same(after.points, after.types) > 0.9


def test_layout_is_always_the_same(world, panels: Tuple[Panel, Panel]) -> None:
    np.testing.assert_array_equal(lay_out(*world, ROWS)[1].points, panels[1].points)


def test_pictures(panels: Tuple[Panel, Panel], tmp_path: Path) -> None:
    from matplotlib.image import imread

    paths = [tmp_path / "words.png", tmp_path / "words.pdf"]
    draw(panels, paths, names=("English", "Spanish"))
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


def test_unknown_format(panels: Tuple[Panel, Panel], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="words.xyz: .*Use .png or .pdf"):
        draw(panels, [tmp_path / "words.xyz"])


def test_too_few_words(world) -> None:
    few = {language: {"LOC": [1, 2]} for language in ("source", "target")}
    with pytest.raises(ConfigurationError, match="Only 4 entity words"):
        lay_out(*world, few)
    with pytest.raises(ConfigurationError, match="No target entity word"):
        lay_out(*world, {**ROWS, "target": {}})
