"""Frozen word vectors in the common space."""

import gzip
import logging

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance, Token, Vocabulary
from allennlp.data.fields import TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer

from xner_allennlp.mapping import Mapping
from xner_allennlp.modules import subword_vectors
from xner_allennlp.modules.mapped_embedding import MappedEmbedding
from xner_allennlp.modules.sentences import Sentences
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.subword_vectors import SubwordVectors
from xner_allennlp.vectors import read_word_vectors

VECTORS = {"Anna": [1, 2, 3], "anna": [9, 9, 9], "sleeps": [4, 5, 6], "rome": [7, 8, 9]}


@pytest.fixture
def vocab():
    vocab = Vocabulary()
    vocab.add_tokens_to_namespace(["Anna", "Rome", "sleeps", "unseen"], "source_tokens")
    vocab.add_tokens_to_namespace(["Anna", "Rome", "sleeps", "unseen"], "target_tokens")
    return vocab


@pytest.fixture
def vector_file(tmp_path):
    return write(tmp_path / "words.vec", VECTORS)


def write(path, vectors):
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in vectors.items()]
    text = f"{len(vectors)} {len(next(iter(vectors.values())))}\n" + "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode("utf-8")))
    else:
        path.write_text(text, encoding="utf-8")
    return str(path)


def mapping_file(folder, vector_file, direction="source_to_target", other=None):
    fingerprint = read_word_vectors(vector_file).fingerprint
    W = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=np.float32)
    mapping = Mapping(
        W=W,
        direction=direction,
        provenance={
            "source_vectors": {"fingerprint": fingerprint, "path": vector_file},
            "target_vectors": {"fingerprint": other or "another", "path": "other.vec"},
        },
    )
    path = str(folder / "mapping.npz")
    mapping.save(path)
    return path


def row(embedder, vocab, word):
    index = vocab.get_token_index(word, f"{embedder.language}_tokens")
    return embedder.eval()(torch.tensor([[index]]))[0, 0].tolist()


@pytest.mark.parametrize("name", ["words.vec", "words.vec.gz", "words.txt"])
def test_exact_form_then_lower_case_then_zero(tmp_path, vocab, name):
    embedder = MappedEmbedding(vocab, "source", write(tmp_path / name, VECTORS), embedding_dim=3)
    assert row(embedder, vocab, "Anna") == [1, 2, 3]
    assert row(embedder, vocab, "Rome") == [7, 8, 9]
    assert row(embedder, vocab, "unseen") == [0, 0, 0]
    assert row(embedder, vocab, "never in the vocabulary") == [0, 0, 0]
    assert embedder(torch.zeros(1, 1, dtype=torch.long)).tolist() == [[[0, 0, 0]]]
    assert embedder.weight.shape == (6, 3)
    assert embedder.get_output_dim() == 3


@pytest.mark.parametrize(
    "direction, mapped", [("source_to_target", "source"), ("target_to_source", "target")]
)
def test_only_the_mapped_language_moves(tmp_path, vocab, vector_file, direction, mapped):
    for language in ("source", "target"):
        fingerprint = read_word_vectors(vector_file).fingerprint
        mapping = mapping_file(tmp_path, vector_file, direction, other=fingerprint)
        embedder = MappedEmbedding(vocab, language, vector_file, mapping, embedding_dim=3)
        # W x, with W a rotation of the axes
        expected = [5, 6, 4] if language == mapped else [4, 5, 6]
        assert row(embedder, vocab, "sleeps") == expected


def test_vectors_of_a_mean_length(tmp_path, vocab, vector_file):
    mapping = mapping_file(tmp_path, vector_file)
    plain = MappedEmbedding(vocab, "source", vector_file, mapping, 3).weight
    scaled = MappedEmbedding(vocab, "source", vector_file, mapping, 3, mean_length=8).weight
    lengths = scaled.norm(dim=1)
    # Padding, the unknown word and a word without a vector stay zero.
    assert (lengths > 0).tolist() == [False, False, True, True, True, False]
    assert lengths[lengths > 0].mean().item() == pytest.approx(8)
    factors = scaled[lengths > 0] / plain[lengths > 0]
    torch.testing.assert_close(factors, factors[:1, :1].expand_as(factors))


def spelled_vocab(words):
    vocab = Vocabulary()
    vocab.add_tokens_to_namespace(words, "target_tokens")
    vocab.add_tokens_to_namespace(list("abdehilmnoprstu"), "characters")
    return vocab


def sentence_of(vocab, words):
    """A batch of one sentence, as AllenNLP's own loader has it."""
    indexed = {
        "target_tokens": SingleIdTokenIndexer("target_tokens"),
        "characters": TokenCharactersIndexer("characters", min_padding_length=1),
    }
    field = TextField(list(map(Token, words)), indexed)
    field.index(vocab)
    return Batch([Instance({"tokens": field})]).as_tensor_dict()["tokens"]


def vectors_in(sentence, embedder):
    read = Sentences.of_tokens(sentence, "target", embedder)
    return torch.cat(read.vectors.parts_of_tokens(), dim=1)


INFLECTED = {
    stem + ending: [*(np.eye(4)[number] * 2), weight, 1]
    for number, stem in enumerate(["berlin", "tampere", "oulu", "lahti"])
    for weight, ending in enumerate(["", "ssa", "n"])
}


def test_subwords_give_a_word_a_vector_whether_or_not_the_vocabulary_has_it(tmp_path, caplog):
    seen = dict(INFLECTED)
    left_out = seen.pop("tamperessa")
    file = write(tmp_path / "words.vec", seen)
    known, new = spelled_vocab([*seen, "tamperessa"]), spelled_vocab(list(seen))
    with caplog.at_level(logging.INFO):
        embedder = MappedEmbedding(known, "target", file, embedding_dim=6, subwords=True)
    assert "1 target words without a vector have one by their spelling" in caplog.text
    other = MappedEmbedding(new, "target", file, embedding_dim=6, subwords=True)
    words = ["oulun", "tamperessa", "tamperessa", "berlin"]
    vectors = vectors_in(sentence_of(known, words), embedder)
    torch.testing.assert_close(vectors, vectors_in(sentence_of(new, words), other))
    assert vectors[[0, 3]].tolist() == [INFLECTED["oulun"], INFLECTED["berlin"]]
    assert torch.equal(vectors[1], vectors[2])
    similarity = torch.nn.functional.cosine_similarity(vectors[1], torch.tensor(left_out), dim=0)
    assert similarity > 0.8
    length = torch.tensor(
        np.median(np.linalg.norm(list(seen.values()), axis=1)), dtype=torch.float32
    )
    torch.testing.assert_close(vectors[1].norm(), length, atol=0.2, rtol=0)
    # Without them it has none.
    plain = MappedEmbedding(new, "target", file, embedding_dim=6)
    assert not vectors_in(sentence_of(new, words), plain)[1].any()


def test_subwords_spell_alike_whatever_the_vocabulary_knows(tmp_path):
    """Translated sentences train one embedder, target sentences are tagged by another."""
    file = write(tmp_path / "words.vec", INFLECTED)
    vectors = []
    for known in (list(INFLECTED)[:5], list(INFLECTED)[5:]):
        vocab = spelled_vocab([*known, "tampereella"])
        embedder = MappedEmbedding(vocab, "target", file, embedding_dim=6, subwords=True)
        vectors.append(vectors_in(sentence_of(vocab, ["tampereella", "turussa"]), embedder))
    assert torch.equal(*vectors)


def test_subwords_are_not_learned_of_a_vector_too_short_for_a_length(tmp_path):
    file = write(tmp_path / "words.vec", {**INFLECTED, "turku": [1e-25] * 6})
    vocab = spelled_vocab(["oulu", "tampereella"])
    embedder = MappedEmbedding(vocab, "target", file, embedding_dim=6, subwords=True)
    vectors = vectors_in(sentence_of(vocab, ["tampereella"]), embedder)
    assert torch.isfinite(vectors).all() and vectors.any()


def test_words_of_unknown_characters_keep_their_vectors(tmp_path):
    file = write(tmp_path / "words.vec", {"日": [1, 0, 0], "本": [0, 1, 0]})
    vocab = spelled_vocab(["日", "本"])
    embedder = MappedEmbedding(vocab, "target", file, embedding_dim=3)
    vectors = vectors_in(sentence_of(vocab, ["日", "本", "日"]), embedder)
    assert vectors.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_subwords_of_many_words_are_those_of_a_few(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    subwords = SubwordVectors(6)
    subwords.vectors.copy_(torch.randn(subwords.vectors.shape, generator=generator))
    subwords.squared_weights.copy_(torch.rand(subwords.squared_weights.shape, generator=generator))
    lengths = np.array([3, 0, 7, 1, 12, 4, 5])
    characters = torch.randint(1, 9000, (int(lengths.sum()),), generator=generator)
    spellings = Sequences(lengths, 12, torch.device("cpu"))
    whole = subwords(spellings, characters)
    monkeypatch.setattr(subword_vectors, "_WORDS_AT_ONCE", 3)
    assert torch.equal(subwords(spellings, characters), whole)


def test_subwords_live_in_the_weights(tmp_path):
    vocab = spelled_vocab(list(INFLECTED))
    file = write(tmp_path / "words.vec", INFLECTED)
    embedder = MappedEmbedding(vocab, "target", file, embedding_dim=6, subwords=True)
    assert list(embedder.parameters()) == []
    restored = MappedEmbedding(vocab, "target", embedding_dim=6, subwords=True)
    restored.load_state_dict(embedder.state_dict())
    sentence = sentence_of(vocab, ["lahtissa", "x", "oulu"])
    assert torch.equal(vectors_in(sentence, embedder), vectors_in(sentence, restored))
    assert vectors_in(sentence, restored).any(dim=1).all()


def test_subwords_need_characters(tmp_path, vocab, vector_file):
    with pytest.raises(ConfigurationError, match="subwords needs characters"):
        MappedEmbedding(vocab, "source", vector_file, embedding_dim=3, subwords=True)


def test_coverage_is_logged(vocab, vector_file, caplog):
    with caplog.at_level(logging.INFO):
        MappedEmbedding(vocab, "source", vector_file, embedding_dim=3)
    assert "of 4 source words 2 have a vector in their exact form, 1 in another, 1 none" in (
        caplog.text
    )


def test_is_frozen_and_lives_in_the_weights(vocab, vector_file):
    embedder = MappedEmbedding(vocab, "source", vector_file, embedding_dim=3)
    assert list(embedder.parameters()) == []
    # As in an archive, whose config has lost `pretrained_file`; the mapping may be gone too.
    restored = MappedEmbedding(vocab, "source", mapping_file="gone.npz", embedding_dim=3)
    restored.load_state_dict(embedder.state_dict())
    assert torch.equal(restored.weight, embedder.weight)
    restored.train()(torch.tensor([[2]]))


def test_training_without_vectors_is_refused(vocab):
    embedder = MappedEmbedding(vocab, "source", embedding_dim=3).train()
    with pytest.raises(ConfigurationError, match="pretrained_file"):
        embedder(torch.tensor([[2]]))


def test_mapping_of_the_other_direction_is_refused(tmp_path, vocab, vector_file):
    mapping = mapping_file(tmp_path, vector_file)
    with pytest.raises(ConfigurationError):
        MappedEmbedding(vocab, "target", vector_file, mapping, embedding_dim=3)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"language": "english"}, "'english' is not one of source, target"),
        ({"embedding_dim": 4}, "words.vec"),
        ({"pretrained_file": "nowhere.vec"}, "nowhere.vec"),
        ({"mapping_file": "nowhere.npz"}, "nowhere.npz"),
        ({"mean_length": 0}, "mean_length must be above 0"),
    ],
)
def test_bad_options(vocab, vector_file, options, message):
    complete = {
        "language": "source",
        "pretrained_file": vector_file,
        "embedding_dim": 3,
        **options,
    }
    with pytest.raises(ConfigurationError, match=message):
        MappedEmbedding(vocab, **complete)


def test_a_file_that_knows_no_word_is_refused(tmp_path, vocab):
    other = write(tmp_path / "other.vec", {"xyz": [1, 2, 3]})
    with pytest.raises(ConfigurationError, match="not one of the 4 words"):
        MappedEmbedding(vocab, "source", other, embedding_dim=3)
