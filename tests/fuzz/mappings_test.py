"""Mapping files, checkpoints of a mapping, and lists of word pairs."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.fuzz import checks_of_mappings as checks
from tests.fuzz.cases import file_of, fuzz
from tests.fuzz.odd_text import words_without
from tests.fuzz.spoilt_bytes import cut, spoilt
from xner_allennlp.mapping import Checkpoint, Mapping

WORDS = words_without(" \t\r\n\ufeff").filter(lambda word: not word.startswith("#"))


@st.composite
def mapping_files(draw: Any) -> bytes:
    dim = draw(st.integers(1, 4))
    centered = draw(st.integers(0, 2))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    mapping = Mapping(
        W=random.normal(size=(dim, dim)),
        direction=draw(st.sampled_from(["source_to_target", "target_to_source"])),
        normalize=("renorm", "center", "center")[: 1 + centered],
        means={name: random.normal(size=(centered, dim)) for name in ("source", "target")},
        provenance={"source_vectors": {"path": draw(WORDS), "fingerprint": "0"}, "seed": 1},
        fixed_W=random.normal(size=(dim, dim)) if draw(st.booleans()) else None,
    )
    path = file_of("made.npz", b"")
    mapping.save(path)
    return path.read_bytes()


@st.composite
def checkpoint_files(draw: Any) -> bytes:
    folder = file_of("made.state.npz", b"").parent
    Checkpoint(folder).save("made", {"epoch": draw(st.integers(0, 9))}, {"W": np.ones((2, 2))})
    return (folder / "made.state.npz").read_bytes()


def pair_lines(*columns: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    line = st.builds(
        lambda gap, *fields: gap.join(fields), st.sampled_from([" ", "\t", "  "]), *columns
    )
    return st.lists(line, max_size=5).map(lambda made: "\n".join(made).encode("utf-8"))


@fuzz(st.one_of(spoilt(mapping_files()), cut(mapping_files())))
def test_mapping_files(data: bytes) -> None:
    checks.check_mapping_file(data)


@fuzz(st.one_of(spoilt(checkpoint_files()), cut(checkpoint_files())))
def test_checkpoints(data: bytes) -> None:
    checks.check_checkpoint_file(data)


@fuzz(spoilt(pair_lines(WORDS, WORDS)))
def test_dictionaries(data: bytes) -> None:
    checks.check_dictionary(data)


@fuzz(spoilt(pair_lines(WORDS, WORDS, st.floats(width=32).map(str))))
def test_word_similarities(data: bytes) -> None:
    checks.check_word_similarity(data)
