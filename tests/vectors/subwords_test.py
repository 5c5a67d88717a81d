"""Vectors of n-grams: against the exact solution, and for words that were left out."""

import itertools

import numpy as np
import pytest

from xner_allennlp.text.ngrams import NUM_NGRAMS, ngrams
from xner_allennlp.vectors.subwords import _PENALTY, learn_ngram_vectors

DIM = 20


@pytest.fixture(scope="module")
def words():
    """Inflected words, in any order: each stem with each ending."""
    rng = np.random.default_rng(3)
    stems = ["".join(rng.choice(list("bdfgklmnprst"), 5)) for _ in range(150)]
    return rng.permutation([stem + ending for stem, ending in itertools.product(stems, ENDINGS)])


ENDINGS = ["a", "issa", "ille", "en", "iksi"]


@pytest.fixture(scope="module")
def vectors(words):
    """Sums of the stem's vector, a smaller one of the ending, and what nothing explains."""
    rng = np.random.default_rng(5)
    part = {}
    rows = []
    for word in words:
        for name, size in ((word[:5], 1), (word[5:], 0.3)):
            part.setdefault(name, size * rng.normal(size=DIM))
        rows.append(part[word[:5]] + part[word[5:]] + 0.1 * rng.normal(size=DIM) + 1)
    return np.array(rows, dtype=np.float32) * 3


def spelled(words):
    lengths = np.array(list(map(len, words)))
    return lengths, np.array([ord(c) for word in words for c in word])


def directions_of(words, learned):
    of_word, numbers = ngrams(*spelled(words))
    sums = np.zeros((len(words), DIM))
    squares = np.zeros(len(words))
    np.add.at(sums, of_word, learned.vectors[numbers])
    np.add.at(squares, of_word, learned.squared_weights[numbers])
    return learned.mean + sums / np.sqrt(squares)[:, None]


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_a_word_that_was_left_out_is_near_its_vector(words, vectors):
    learned = learn_ngram_vectors(*spelled(words[:-100]), vectors[:-100])
    # Without the mean, which all words share.
    centre = vectors.mean(axis=0) / np.linalg.norm(vectors, axis=1).mean()
    true = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) - centre
    guessed = directions_of(words[-100:], learned) - centre
    assert cosines(guessed, true[-100:]).mean() > 0.8
    # Which word it is, of all.
    assert np.mean(np.argmax(guessed @ true[-100:].T, axis=1) == np.arange(100)) > 0.6
    assert learned.length == pytest.approx(np.median(np.linalg.norm(vectors[:-100], axis=1)))


def test_it_is_the_ridge_regression(words, vectors):
    learned = learn_ngram_vectors(*spelled(words), vectors)
    of_word, numbers = ngrams(*spelled(words))
    weights = np.sqrt(learned.squared_weights.astype(np.float64))
    rare, common = np.bincount(numbers) == 1, np.bincount(numbers) > 50
    assert weights[: len(rare)][rare].min() > weights[: len(rare)][common].max()
    features = np.zeros((len(words), NUM_NGRAMS))
    np.add.at(features, (of_word, numbers), weights[numbers])
    squares = np.bincount(of_word, weights[numbers] ** 2)
    features /= np.sqrt(squares)[:, None]
    targets = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    # shape: (num_words, num_words), the same regression in its dual form
    kernel = features @ features.T
    dual = np.linalg.solve(kernel + _PENALTY * np.eye(len(words)), targets - targets.mean(axis=0))
    exact = kernel @ dual
    found = directions_of(words, learned) - learned.mean
    assert np.linalg.norm(found - exact) < 0.05 * np.linalg.norm(exact)


def test_words_of_one_direction_have_it(words):
    vectors = np.tile(np.arange(1.0, DIM + 1, dtype=np.float32), (len(words), 1))
    learned = learn_ngram_vectors(*spelled(words), vectors)
    np.testing.assert_allclose(cosines(directions_of(["unseen"], learned), vectors[:1]), 1)
