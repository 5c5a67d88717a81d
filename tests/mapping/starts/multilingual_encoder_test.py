"""With the encoder of the fixtures, of random weights: words are alike that are written alike."""

import shutil
from pathlib import Path
from typing import List

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from transformers import AutoModel, PreTrainedTokenizerFast

from xner_allennlp.mapping import WordVectorMapper
from xner_allennlp.mapping.starts import MultilingualEncoder, multilingual_encoder
from xner_allennlp.vectors import WordVectors, read_word_vectors


@pytest.fixture
def encoder(toy: Path) -> str:
    return str(toy / "encoder")


@pytest.fixture
def words(toy: Path) -> List[str]:
    return read_word_vectors(toy / "vectors" / "source.vec", max_words=150).words


def vectors(words: List[str], name: str = "s") -> WordVectors:
    return WordVectors(words, np.ones((len(words), 2), np.float32), name, f"{name}.vec")


def test_a_word_translates_to_itself(encoder: str, words: List[str]) -> None:
    order = np.random.default_rng(1).permutation(len(words))
    target = [words[row] for row in order.tolist()]
    pairs = MultilingualEncoder(encoder).word_pairs(vectors(words), vectors(target, "t"))
    assert pairs.dtype == np.int64
    # A few of the toy's words have the same pieces.
    assert len(pairs) > 0.9 * len(words)
    alike = [words[source] == target[other] for source, other in pairs.tolist()]
    assert np.mean(alike) > 0.95


def test_only_frequent_words_are_read(encoder: str, words: List[str]) -> None:
    pairs = MultilingualEncoder(encoder, words=40).word_pairs(
        vectors(words), vectors(words[::-1], "t")
    )
    # The first forty of the one are not among the first forty of the other.
    assert len(pairs) and pairs.max() < 40


def test_reads_as_transformers_does(
    encoder: str, words: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multilingual_encoder, "_PIECES_AT_ONCE", 12)
    read = multilingual_encoder._WordReader(encoder).read(words)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{encoder}/tokenizer.json")
    model = AutoModel.from_pretrained(encoder).eval()
    for word, mean in zip(words, read):
        with torch.no_grad():
            states = model(**tokenizer(word, return_tensors="pt")).last_hidden_state
        torch.testing.assert_close(mean, states[0].mean(dim=0), rtol=1e-4, atol=1e-5)


def test_a_word_longer_than_the_encoder_reads(encoder: str, words: List[str]) -> None:
    read = multilingual_encoder._WordReader(encoder).read(["".join(words) * 50, words[0]])
    assert len(read) == 2 and read.isfinite().all()


def test_the_preset_finds_a_rotation(encoder: str, toy: Path) -> None:
    found = read_word_vectors(toy / "vectors" / "source.vec", max_words=600)
    generator = np.random.default_rng(2)
    rotation, _ = np.linalg.qr(generator.normal(size=(found.dim, found.dim)))
    rotated = (found.matrix @ rotation).astype(np.float32)
    target = WordVectors(found.words, rotated, "t", "t.vec")
    options = {"start": {"encoder": encoder, "words": 200}, "reweighting": 0.0}
    (mapping, report), (other, _) = (
        WordVectorMapper("multilingual_encoder", seed=seed, **options).map(found, target)
        for seed in (1, 2)
    )
    assert report["start"] == "multilingual_encoder" and not report["failed"]
    # Nothing is left to chance.
    np.testing.assert_array_equal(mapping.W, other.W)
    in_common = mapping.apply(found.matrix, "source"), mapping.apply(rotated, "target")
    np.testing.assert_allclose(*in_common, atol=1e-3)


def test_without_an_encoder(words: List[str]) -> None:
    with pytest.raises(ConfigurationError, match="Set start.encoder to a folder"):
        MultilingualEncoder().word_pairs(vectors(words), vectors(words))


def test_a_folder_that_is_none(encoder: str, words: List[str], tmp_path: Path) -> None:
    broken = tmp_path / "encoder"
    shutil.copytree(encoder, broken)
    (broken / "tokenizer.json").unlink()
    with pytest.raises(ConfigurationError, match="has no tokenizer.json"):
        MultilingualEncoder(str(broken)).word_pairs(vectors(words), vectors(words))


def test_impossible_settings(encoder: str) -> None:
    with pytest.raises(ConfigurationError, match="words"):
        MultilingualEncoder(encoder, words=0)
