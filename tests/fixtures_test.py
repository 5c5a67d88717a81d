"""The committed toy world is what its generator writes, and is the world that its README says."""

import subprocess
import sys
from pathlib import Path
from typing import List, Set, Tuple

import numpy as np
import pytest

from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.vectors import WordVectors, read_word_vectors

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TOY = FIXTURES / "toy"
TYPES = {"PER", "LOC", "ORG", "MISC"}
SENTENCES = {
    "source.train": 1200,
    "source.testa": 250,
    "source.testb": 250,
    "target.train": 1400,
    "target.testa": 250,
    "target.testb": 250,
}

Sentence = List[Tuple[str, str]]  # (word, tag)


def generate(output: Path, *arguments: str) -> None:
    command = [sys.executable, FIXTURES / "generate.py", "--output", output, *arguments]
    subprocess.run(command, check=True)


def read_sentences(name: str) -> List[Sentence]:
    text = (TOY / "ner" / name).read_text(encoding="utf-8")
    sentences = []
    for block in text.rstrip("\n").split("\n\n"):
        rows = [line.split(" ") for line in block.split("\n")]
        assert all(len(row) == 2 for row in rows), block
        sentences.append([(word, tag) for word, tag in rows])
    return sentences


def entity_words(name: str) -> Set[str]:
    return {word for sentence in read_sentences(name) for word, tag in sentence if tag != "O"}


def word_pairs() -> List[Tuple[str, str]]:
    lines = (TOY / "dictionary.txt").read_text(encoding="utf-8").splitlines()
    return [(line.split(" ")[0], line.split(" ")[1]) for line in lines]


@pytest.fixture(scope="module")
def source_vectors() -> WordVectors:
    return read_word_vectors(TOY / "vectors" / "source.vec")


@pytest.fixture(scope="module")
def target_vectors() -> WordVectors:
    return read_word_vectors(TOY / "vectors" / "target.vec")


def test_generator_writes_the_committed_files(tmp_path: Path) -> None:
    generate(tmp_path)
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    committed = {path.relative_to(TOY) for path in TOY.rglob("*") if path.is_file()}
    assert written == committed - {Path("mapping.npz")}
    for path in written:
        assert (tmp_path / path).read_bytes() == (TOY / path).read_bytes(), path


def test_another_seed_makes_another_world(tmp_path: Path) -> None:
    generate(tmp_path, "--seed", "2021")
    for path in ("ner/target.testb", "vectors/target.vec"):
        assert (tmp_path / path).read_bytes() != (TOY / path).read_bytes()


def test_the_world_is_small() -> None:
    assert sum(path.stat().st_size for path in TOY.rglob("*") if path.is_file()) < 1_500_000


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences_are_valid_iob2(name: str) -> None:
    sentences = read_sentences(name)
    assert len(sentences) == SENTENCES[name]
    types = set()
    for sentence in sentences:
        previous = "O"
        for word, tag in sentence:
            assert word and not any(character.isspace() for character in word)
            if tag != "O":
                position, _, entity_type = tag.partition("-")
                assert position in ("B", "I")
                types.add(entity_type)
                # Inside follows only the same entity.
                assert position == "B" or previous[2:] == entity_type, sentence
            previous = tag
    assert types == TYPES
    lengths = [len(sentence) for sentence in sentences]
    assert min(lengths) >= 3 and 25 <= max(lengths) <= 40
    assert 6 <= np.median(lengths) <= 12


@pytest.mark.parametrize("language", ["source", "target"])
@pytest.mark.parametrize("split", ["testa", "testb"])
def test_names_are_held_out(language: str, split: str) -> None:
    seen = entity_words(f"{language}.train")
    mentions = [
        word
        for sentence in read_sentences(f"{language}.{split}")
        for word, tag in sentence
        if tag != "O"
    ]
    unseen = sum(word not in seen for word in mentions) / len(mentions)
    assert 0.3 < unseen < 0.6


def test_held_out_target_names_are_unknown_to_the_source_training_data_too() -> None:
    known = entity_words("source.train") | entity_words("target.train")
    assert len(entity_words("target.testb") - known) > 100


def test_languages_share_names_but_hardly_any_other_word() -> None:
    source = read_sentences("source.train")
    target = read_sentences("target.train")
    common_words = [
        {word.lower() for sentence in sentences for word, tag in sentence if tag == "O"}
        for sentences in (source, target)
    ]
    shared = {word for word in common_words[0] & common_words[1] if word.isalpha()}
    assert len(shared) < 0.02 * len(common_words[1])
    names = entity_words("target.train")
    assert 0.2 < len(names & entity_words("source.train")) / len(names) < 0.6


def test_vectors_have_a_header_and_no_word_twice(
    source_vectors: WordVectors, target_vectors: WordVectors
) -> None:
    for language, vectors in (("source", source_vectors), ("target", target_vectors)):
        header = (TOY / "vectors" / f"{language}.vec").open(encoding="utf-8").readline()
        assert header == f"{len(vectors.words)} {vectors.matrix.shape[1]}\n"
        assert len(set(vectors.words)) == len(vectors.words)
        assert 1000 < len(vectors.words) < 1700
        assert vectors.matrix.shape[1] == 40
        assert np.isfinite(vectors.matrix).all()


def test_some_names_have_no_vector_but_every_other_word_has(
    target_vectors: WordVectors,
) -> None:
    known = set(target_vectors.words)
    tokens = [token for sentence in read_sentences("target.testb") for token in sentence]
    missing_names = [word for word, tag in tokens if tag != "O" and word not in known]
    names = [word for word, tag in tokens if tag != "O"]
    assert 0.2 < len(missing_names) / len(names) < 0.6
    others = {word for word, tag in tokens if tag == "O"}
    assert {word for word in others if word not in known and word.lower() not in known} == set()


def test_dictionary_pairs_have_vectors_in_both_languages(
    source_vectors: WordVectors, target_vectors: WordVectors
) -> None:
    pairs = word_pairs()
    assert len(set(pairs)) == len(pairs) > 800
    assert {word for word, _ in pairs} <= set(source_vectors.words)
    assert {word for _, word in pairs} <= set(target_vectors.words)


def test_vectors_are_of_one_space_up_to_a_rotation(
    source_vectors: WordVectors, target_vectors: WordVectors
) -> None:
    pairs = word_pairs()
    rows = {word: row for row, word in enumerate(source_vectors.words)}
    columns = {word: row for row, word in enumerate(target_vectors.words)}
    source = source_vectors.matrix[[rows[word] for word, _ in pairs]]  # shape: (pairs, d)
    target = target_vectors.matrix[[columns[word] for _, word in pairs]]  # shape: (pairs, d)
    answers = np.array([columns[word] for _, word in pairs])

    def precision_at_1(mapped: np.ndarray) -> float:
        mapped = mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
        table = target_vectors.matrix
        table = table / np.linalg.norm(table, axis=1, keepdims=True)
        return float((np.argmax(mapped @ table.T, axis=1) == answers).mean())

    assert precision_at_1(source) < 0.02  # the rotation is hidden
    # Learned on one half of the dictionary, it holds for the other.
    W = procrustes(source[::2], target[::2])
    assert precision_at_1(source @ W.T) > 0.95
