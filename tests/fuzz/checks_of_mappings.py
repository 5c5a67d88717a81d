"""What must hold for every mapping, checkpoint and list of word pairs, whatever its bytes."""

import numpy as np

from tests.fuzz.cases import file_of
from tests.fuzz.refusal import read_or_refuse
from xner_allennlp.mapping import Checkpoint, Mapping
from xner_allennlp.mapping.dictionary import read_dictionary
from xner_allennlp.mapping.verdict.word_similarity import read_word_similarity


def check_mapping_file(data: bytes) -> None:
    """A mapping that can be used, saved and loaded again, or a refusal."""
    path = file_of("mapping.npz", data)
    mapping = read_or_refuse(Mapping.load, path)
    if mapping is None:
        return
    for language in ("source", "target"):
        common = mapping.apply(np.ones((2, mapping.dim), np.float32), language)
        assert common.shape == (2, mapping.dim)
        mapping.check_vectors("of another file", language, path)
    again = file_of("mapping_again.npz", b"")
    mapping.save(again)
    assert Mapping.load(again).W.tobytes() == mapping.W.tobytes()


def check_checkpoint_file(data: bytes) -> None:
    path = file_of("part.state.npz", data)
    state = read_or_refuse(lambda file: Checkpoint(file.parent).load("part"), path)
    if state is not None:
        assert isinstance(state.values, dict)
        assert all(array.dtype != object for array in state.arrays.values())


def check_dictionary(data: bytes) -> None:
    """Every line that is not blank is a pair."""
    path = file_of("pairs.txt", data)
    pairs = read_or_refuse(read_dictionary, path)
    if pairs is not None:
        assert len(pairs) == sum(bool(line.strip(b" \t\r")) for line in _lines(data))
        assert all(source and target for source, target in pairs)


def check_word_similarity(data: bytes) -> None:
    """Every line that is neither blank nor a comment is a pair with a score."""
    path = file_of("similarity.txt", data)
    pairs = read_or_refuse(read_word_similarity, path)
    if pairs is not None:
        lines = [line.strip(b"\r").strip(b" \t") for line in _lines(data)]
        assert len(pairs) == sum(bool(line) and not line.startswith(b"#") for line in lines)
        assert all(np.isfinite(pair.score) for pair in pairs)


def _lines(data: bytes) -> list:
    return data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
