import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.mapping.retrieval.csls_test import brute_force_csls
from xner_allennlp.mapping import Mapping, evaluate_mapping
from xner_allennlp.mapping.verdict.evaluation import departure_from_isometry
from xner_allennlp.vectors import WordVectors


def make_vectors(prefix: str, matrix: np.ndarray) -> WordVectors:
    words = [f"{prefix}{row}" for row in range(len(matrix))]
    return WordVectors(words, matrix.astype(np.float32), prefix, f"{prefix}.vec")


@pytest.fixture
def world() -> "tuple[WordVectors, WordVectors, list[tuple[str, str]], Mapping]":
    rng = np.random.default_rng(4)
    source = make_vectors("s", rng.normal(size=(40, 6)))
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    target = make_vectors("t", source.matrix @ rotation.T + rng.normal(scale=0.9, size=(40, 6)))
    # Several translations of a word, words without vectors, a word of which no translation has one.
    dictionary = [(f"s{row}", f"t{row}") for row in range(30)]
    dictionary += [("s3", "t4"), ("s3", "unknown"), ("unknown", "t7"), ("s35", "nowhere")]
    return source, target, dictionary, Mapping(rotation, "source_to_target")


def brute_force(scores: np.ndarray, right: "dict[int, set[int]]", k: int) -> float:
    hits = [bool(set(np.argsort(-scores[row])[:k]) & keys) for row, keys in right.items()]
    return sum(hits) / len(hits)


@pytest.mark.parametrize("direction", ["source_to_target", "target_to_source"])
def test_precision_equals_brute_force(world, direction: str) -> None:
    source, target, dictionary, mapping = world
    metrics = evaluate_mapping(mapping, source, target, dictionary, neighbours=4)[direction]
    spaces = [mapping.apply(source.matrix, "source"), mapping.apply(target.matrix, "target")]
    pairs = [(row, row) for row in range(30)] + [(3, 4)]
    if direction == "target_to_source":
        spaces = spaces[::-1]
        pairs = [(right, left) for left, right in pairs]
    right: dict[int, set[int]] = {}
    for query, key in pairs:
        right.setdefault(query, set()).add(key)
    unit = [space / np.linalg.norm(space, axis=1, keepdims=True) for space in spaces]
    scores = {"nn": unit[0] @ unit[1].T, "csls": brute_force_csls(*spaces, 4)}
    for method in ("nn", "csls"):
        for k in (1, 5, 10):
            expected = brute_force(scores[method], right, k)
            assert metrics[f"{method}_precision_at_{k}"] == pytest.approx(expected)
    assert 0.3 < metrics["csls_precision_at_1"] < 1  # neither trivial nor hopeless
    assert metrics["words"] == 30
    # Of 32 source words one is unknown, one has no known translation; of 32 target words
    # ("unknown", "nowhere" among them) two are unknown.
    assert metrics["coverage"] == pytest.approx(30 / 32)


def test_max_words(world) -> None:
    source, target, dictionary, mapping = world
    metrics = evaluate_mapping(mapping, source, target, dictionary, max_words=10)
    assert metrics["source_to_target"]["words"] == 10


@pytest.mark.parametrize("max_words", [0, -5])
def test_no_words(world, max_words: int) -> None:
    source, target, dictionary, mapping = world
    with pytest.raises(ConfigurationError, match="max_words must be at least 1"):
        evaluate_mapping(mapping, source, target, dictionary, max_words=max_words)


def test_null_vectors_are_none(world) -> None:
    source, target, dictionary, mapping = world
    known = evaluate_mapping(mapping, source, target, dictionary)
    # Further words of either language, none of which has a vector, in front of all others.
    more = [
        WordVectors(
            [f"null_{vectors.path}{row}" for row in range(20)] + vectors.words,
            np.concatenate([np.zeros((20, 6), np.float32), vectors.matrix]),
            vectors.fingerprint,
            vectors.path,
        )
        for vectors in (source, target)
    ]
    assert evaluate_mapping(mapping, more[0], more[1], dictionary) == known
    pairs = [*dictionary, ("s5", "null_t.vec7"), ("null_s.vec7", "t5"), ("s36", "null_t.vec8")]
    found = evaluate_mapping(mapping, more[0], more[1], pairs)["source_to_target"]
    assert found["words"] == known["source_to_target"]["words"]
    name = "csls_precision_at_1"
    assert found[name] == known["source_to_target"][name]


def test_capitals_where_the_vectors_are_lower_cased(world) -> None:
    source, target, dictionary, mapping = world
    shouted = [(left.upper(), right.upper()) for left, right in dictionary]
    expected = evaluate_mapping(mapping, source, target, dictionary)
    assert evaluate_mapping(mapping, source, target, shouted) == expected
    # The same words again are no further ones.
    known = [pair for pair in dictionary if "un" not in "".join(pair)][:-1]
    both = [*known, *((left.upper(), right) for left, right in known)]
    assert evaluate_mapping(mapping, source, target, both)["source_to_target"]["coverage"] == 1


def test_dictionary_without_known_words(world) -> None:
    source, target, _, mapping = world
    metrics = evaluate_mapping(mapping, source, target, [("x", "y")])["source_to_target"]
    assert metrics["words"] == 0
    assert metrics["coverage"] == 0
    assert metrics["nn_precision_at_1"] is None


def test_rotation_is_an_isometry() -> None:
    W = np.linalg.qr(np.random.default_rng(0).normal(size=(7, 7)))[0].astype(np.float32)
    departure = departure_from_isometry(W)
    assert departure["max_deviation"] < 1e-6
    assert departure["smallest_singular_value"] == pytest.approx(1, abs=1e-6)
    assert departure["largest_singular_value"] == pytest.approx(1, abs=1e-6)


def test_stretched() -> None:
    assert departure_from_isometry(np.diag([0.5, 1.0, 2.0]).astype(np.float32)) == {
        "max_deviation": 3.0,
        "smallest_singular_value": 0.5,
        "largest_singular_value": 2.0,
    }


def test_rows_that_are_not_orthogonal() -> None:
    # Both rows have length 1; only what is beside the diagonal tells.
    W = np.array([[1, 0], [0.6, 0.8]])
    assert departure_from_isometry(W)["max_deviation"] == pytest.approx(0.6)
