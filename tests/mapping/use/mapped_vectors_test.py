from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping import Mapping, write_mapped_vectors
from xner_allennlp.vectors import WordVectors, read_word_vectors

WORDS = ["New York", "x\u2028", *(f"w{i}" for i in range(2500))]  # some blocks


@pytest.fixture
def vectors() -> WordVectors:
    matrix = np.random.default_rng(0).normal(size=(len(WORDS), 20)).astype(np.float32)
    return WordVectors(WORDS, matrix, "s", "s.vec")


@pytest.fixture
def mapping() -> Mapping:
    rng = np.random.default_rng(1)
    rotation = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    means = {language: rng.normal(size=(1, 20)) for language in ("source", "target")}
    return Mapping(rotation, "source_to_target", ("renorm", "center"), means)


@pytest.mark.parametrize("language", ["source", "target"])
@pytest.mark.parametrize("name, tolerance", [("m.vec", 6e-7), ("m.vec.gz", 6e-7), ("m.npz", 0)])
def test_are_the_vectors_in_the_common_space(
    vectors: WordVectors,
    mapping: Mapping,
    tmp_path: Path,
    language: str,
    name: str,
    tolerance: float,
) -> None:
    write_mapped_vectors(mapping, vectors, language, tmp_path / name)
    written = read_word_vectors(tmp_path / name)
    assert written.words == WORDS
    expected = mapping.apply(vectors.matrix, language)
    # Products of other blocks may differ in the last digit.
    np.testing.assert_allclose(written.matrix, expected, rtol=1e-5, atol=tolerance + 1e-6)


def test_an_unknown_language_leaves_the_file_alone(
    vectors: WordVectors, mapping: Mapping, tmp_path: Path
) -> None:
    path = tmp_path / "m.vec"
    path.write_text("old")
    with pytest.raises(ConfigurationError, match="neither 'source' nor"):
        write_mapped_vectors(mapping, vectors, "dutch", path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["m.vec"]
