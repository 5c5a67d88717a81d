import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.vectors import read_word_vectors

MAGIC = b"\xba\x16O/"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "cc.xx.300"
    path.write_bytes(MAGIC + b"\x0c\0\0\0rest of a model")
    return path


def pretend_gensim(monkeypatch: pytest.MonkeyPatch, load: Any) -> None:
    module = ModuleType("gensim.models.fasttext")
    module.load_facebook_vectors = load  # type: ignore[attr-defined]
    for name in ("gensim", "gensim.models"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "gensim.models.fasttext", module)


def test_without_gensim(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(ConfigurationError, match=r'pip install "xner_allennlp\[fasttext\]"') as e:
        read_word_vectors(model)
    assert str(model) in str(e.value)


def test_gets_what_gensim_loads(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    asked = []

    def load(path: str, encoding: str) -> Any:
        asked.append((path, encoding))
        return SimpleNamespace(vectors=vectors, index_to_key=["</s>", "a", "B", "b"])

    pretend_gensim(monkeypatch, load)
    read = read_word_vectors(model, lowercase=True, wanted={"a", "b"}, encoding="latin-1")
    assert read.words == ["a", "b"]
    assert read.matrix.tolist() == [[2, 3], [4, 5]]
    assert read.counts["same_in_lower_case"] == 1
    assert asked == [(str(model), "latin-1")]
    with pytest.raises(ConfigurationError, match="2 dimensions, but 3"):
        read_word_vectors(model, dim=3)


def test_damaged_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(path: str, encoding: str) -> Any:
        raise ValueError("unexpected end")

    pretend_gensim(monkeypatch, load)
    with pytest.raises(ConfigurationError, match="gensim cannot read .*unexpected end"):
        read_word_vectors(model)


def test_a_real_model(tmp_path: Path) -> None:
    fasttext = pytest.importorskip("gensim.models.fasttext")
    sentences = [["the", "cat", "sat"], ["the", "été", "sat"]] * 20
    trained = fasttext.FastText(sentences, vector_size=8, min_count=1, bucket=50, epochs=1)
    path = tmp_path / "model.bin"
    fasttext.save_facebook_model(trained, str(path))
    read = read_word_vectors(path)
    assert sorted(read.words) == ["cat", "sat", "the", "été"]
    for word, vector in zip(read.words, read.matrix):
        np.testing.assert_allclose(vector, trained.wv[word], rtol=1e-5)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ConfigurationError, match="gensim cannot read"):
        read_word_vectors(path)
