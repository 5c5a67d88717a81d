import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.vectors.saved_vectors import save_vectors
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.mapped_vectors import map_vector_file
from xner_allennlp.vectors import fingerprint_of, read_word_vectors


@pytest.fixture
def mapping() -> Mapping:
    rng = np.random.default_rng(1)
    means = {language: rng.normal(size=(1, 5)) for language in ("source", "target")}
    W = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    return Mapping(W, "source_to_target", ("renorm", "center"), means)


def write(path: Path, rows: int = 2500) -> np.ndarray:
    matrix = np.random.default_rng(2).normal(size=(rows, 5)).astype(np.float32)
    matrix[7] = 0
    save_vectors(path, [f"w{row}" for row in range(rows)], matrix)
    return matrix


@pytest.mark.parametrize("language", ["source", "target"])
@pytest.mark.parametrize("read", ["in.vec", "in.vec.gz", "in.npz", "in.npy", "in.bin"])
def test_equals_apply(mapping: Mapping, tmp_path: Path, language: str, read: str) -> None:
    matrix = write(tmp_path / read)
    expected = mapping.apply(matrix, language)
    for written, tolerance in (("out.npz", 0), ("out.vec.gz", 6e-7)):
        output = tmp_path / written
        assert map_vector_file(mapping, language, tmp_path / read, output) == 2500
        vectors = read_word_vectors(output)
        assert vectors.words == [f"w{row}" for row in range(2500)]
        # Blocks are mapped, so sums may be made in another order.
        np.testing.assert_allclose(vectors.matrix, expected, rtol=0, atol=max(tolerance, 1e-6))
        assert not vectors.matrix[7].any()


def test_words_as_they_are_read(mapping: Mapping, tmp_path: Path) -> None:
    numbers = " 1 2 3 4 5\n"
    (tmp_path / "in.vec").write_text("A" + numbers + "a" + numbers + "B" + numbers)
    output = tmp_path / "out.vec"
    assert map_vector_file(mapping, "source", tmp_path / "in.vec", output, lowercase=True) == 2
    assert read_word_vectors(output).words == ["a", "b"]
    assert map_vector_file(mapping, "source", tmp_path / "in.vec", output, max_words=1) == 1
    assert read_word_vectors(output).words == ["A"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    dim, rows = 300, 20_000
    matrix = np.zeros((rows, dim), dtype=np.float32) + np.arange(dim)
    words = [f"w{row}" for row in range(rows)]
    save_vectors(tmp_path / "in.bin", words, matrix)
    mapping = Mapping(np.eye(dim), "source_to_target")
    tracemalloc.start()
    map_vector_file(mapping, "source", tmp_path / "in.bin", tmp_path / "out.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows * dim * 4 / 2  # half of what the vectors would take


def test_nothing_is_kept_beside_a_standard_stream(mapping: Mapping, tmp_path: Path) -> None:
    write(tmp_path / "in.vec", rows=20)
    with open(tmp_path / "out.vec", "wb") as stream:
        # A folder in which nobody can make a file.
        path = f"/proc/self/fd/{stream.fileno()}"
        assert map_vector_file(mapping, "source", tmp_path / "in.vec", path) == 20
    assert len(read_word_vectors(tmp_path / "out.vec")) == 20


def test_what_is_wrong_leaves_nothing(mapping: Mapping, tmp_path: Path) -> None:
    (tmp_path / "in.vec").write_text("a 1 2 3 4 5\nb 1 2 3 4 nan\n")
    (tmp_path / "out.vec").write_text("precious")
    with pytest.raises(ConfigurationError, match="in.vec, line 2"):
        map_vector_file(mapping, "source", tmp_path / "in.vec", tmp_path / "out.vec")
    (tmp_path / "in.vec").write_text("a 1 2 3 4\n")
    with pytest.raises(ConfigurationError, match="4 dimensions, but 5 are wanted"):
        map_vector_file(mapping, "source", tmp_path / "in.vec", tmp_path / "out.vec")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.vec", "out.vec"]
    assert (tmp_path / "out.vec").read_text() == "precious"


def test_the_other_language(mapping: Mapping, tmp_path: Path) -> None:
    write(tmp_path / "in.vec", rows=20)
    provenance = {
        "target_vectors": {"fingerprint": fingerprint_of(5, [f"w{i}" for i in range(20)])}
    }
    known = Mapping(
        mapping.W, "source_to_target", mapping.normalize, mapping.means, provenance=provenance
    )
    with pytest.raises(ConfigurationError, match="Swap"):
        map_vector_file(known, "source", tmp_path / "in.vec", tmp_path / "out.vec")
