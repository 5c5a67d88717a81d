"""Vectors of character n-grams, learned from vectors of words."""

import logging
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from xner_allennlp.text.ngrams import NUM_NGRAMS, ngrams

logger = logging.getLogger(__name__)

_PENALTY = 0.5
_ITERATIONS = 6


class NgramVectors(NamedTuple):
    """
    The direction of a word's vector is `mean` and the sum of its n-grams' `vectors`, divided by the
    square root of the sum of their `squared_weights`; its length is `length`.

    vectors : `(NUM_NGRAMS, dim)`, float32.
    squared_weights : `(NUM_NGRAMS,)`, float32.
    mean : `(dim,)`, float32, of the directions of all words.
    length : the words' median.
    """

    vectors: np.ndarray
    squared_weights: np.ndarray
    mean: np.ndarray
    length: float


def learn_ngram_vectors(
    num_characters: np.ndarray, characters: np.ndarray, vectors: np.ndarray
) -> NgramVectors:
    """
    Bag of subwords (Zhao, Mudgal and Liang, "Generalizing Word Embeddings using Bag of Subwords",
    EMNLP 2018), by ridge regression from tf-idf weights of a word's n-grams to its direction: rare
    n-grams, which say more, weigh more.

    # Parameters

    num_characters, characters
        As `ngrams` takes them.
    vectors : `np.ndarray`
        Shape `(num_words, dim)`, of words that have one: no row is zero.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    # shape: (num_words, dim)
    directions = (vectors / lengths[:, None]).astype(np.float32)
    mean = directions.mean(axis=0)
    words, numbers = ngrams(num_characters, characters)
    occurrences = np.bincount(numbers, minlength=NUM_NGRAMS)
    weights = (1 + np.log((1 + len(vectors)) / (1 + occurrences))).astype(np.float32)
    # shape: (num_words,)
    norms = np.sqrt(np.bincount(words, weights[numbers] ** 2, len(vectors)))
    values = weights[numbers] / norms[words].astype(np.float32)
    # Equal n-grams of a word are added up.
    features = csr_matrix((values, (words, numbers)), shape=(len(vectors), NUM_NGRAMS))
    coefficients = _ridge(features, directions - mean)
    logger.info(
        "vectors of %d n-grams of characters learned from %d words",
        np.count_nonzero(occurrences),
        len(vectors),
    )
    return NgramVectors(
        coefficients * weights[:, None], weights**2, mean, float(np.median(lengths))
    )


def _ridge(features: csr_matrix, targets: np.ndarray) -> np.ndarray:
    """
    The coefficients, `(num_features, dim)`, that are best for `targets`, `(num_words, dim)`: by
    conjugate gradients, preconditioned with the diagonal, without which six iterations would have
    to be forty. scikit-learn's solvers take one column of the targets after the other.
    """
    transposed = features.T.tocsr()
    # shape: (num_features, 1)
    diagonal = np.asarray(features.multiply(features).sum(axis=0)).reshape(-1, 1) + _PENALTY
    diagonal = diagonal.astype(np.float32)
    # shape (each): (num_features, dim)
    residual = transposed @ targets
    solution = np.zeros_like(residual)
    direction = residual / diagonal
    # shape (each): (dim,)
    size = (residual * direction).sum(axis=0)
    for _ in range(_ITERATIONS):
        product = transposed @ (features @ direction) + _PENALTY * direction
        curvature = (direction * product).sum(axis=0)
        step = np.divide(size, curvature, out=np.zeros_like(size), where=curvature > 0)
        solution += step * direction
        residual -= step * product
        preconditioned = residual / diagonal
        new_size = (residual * preconditioned).sum(axis=0)
        growth = np.divide(new_size, size, out=np.zeros_like(size), where=size > 0)
        direction = preconditioned + growth * direction
        size = new_size
    return solution
