"""A world in which everything is known: two languages that differ by a rotation."""

from pathlib import Path
from typing import Any, List, NamedTuple

import numpy as np
import pytest

from xner_allennlp.console.map import main
from xner_allennlp.mapping import Mapping
from xner_allennlp.vectors import WordVectors, read_word_vectors, write_word_vectors

DIM = 6
WORDS = 120


class World(NamedTuple):
    """Files: `s7` and `t7` are translations, `shared0` to `shared39` are written alike."""

    folder: Path
    mapping: Mapping
    source: WordVectors
    target: WordVectors

    @property
    def files(self) -> List[str]:
        """The arguments that every command which reads both files has."""
        return [
            str(self.folder / "mapping.npz"),
            "--source-vectors",
            str(self.folder / "s.vec"),
            "--target-vectors",
            str(self.folder / "t.vec"),
        ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    rng = np.random.default_rng(0)
    W = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    matrix = rng.normal(size=(WORDS, DIM))
    for name, vectors in (("s", matrix), ("t", matrix @ W.T)):
        words = [f"shared{row}" if row < 40 else f"{name}{row}" for row in range(WORDS)]
        write_word_vectors(tmp_path / f"{name}.vec", words, [vectors], dim=DIM)
    source, target = (read_word_vectors(tmp_path / f"{name}.vec") for name in "st")
    mapping = Mapping(
        W,
        "source_to_target",
        provenance={
            "source_vectors": {"fingerprint": source.fingerprint},
            "target_vectors": {"fingerprint": target.fingerprint},
        },
    )
    mapping.save(tmp_path / "mapping.npz")
    return World(tmp_path, mapping, source, target)


@pytest.fixture
def run(runner_of: Any) -> Any:
    """Runs `xner-map`."""
    return runner_of(main)
