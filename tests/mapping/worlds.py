"""What the mapping's tests share: word vectors of two small languages, a mapper in no time."""

from typing import Any, Dict, NamedTuple, Tuple

import numpy as np

from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.retrieval.nearest import as_tensor
from xner_allennlp.vectors import WordVectors

# Options of a `WordVectorMapper` whose adversarial training is over at once.
QUICK: Dict[str, Any] = {
    "start": {"epochs": 2, "words_per_epoch": 320, "hidden_dim": 8, "most_frequent": 50}
}


class World(NamedTuple):
    """`mapped @ rotation.T` is `fixed` but for some noise; row i of both is the same word."""

    mapped: np.ndarray
    fixed: np.ndarray
    rotation: np.ndarray


def clustered(words: int = 400, dim: int = 20, *, seed: int = 0, noise: float = 0.1) -> World:
    """Clusters and directions of unequal strength, as word vectors have them."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(25, dim))
    mapped = centers[rng.integers(len(centers), size=words)] + 0.7 * rng.normal(size=(words, dim))
    mapped *= np.linspace(1.5, 0.3, dim)
    return _rotated(mapped, noise, rng)


def round_cloud(words: int = 400, dim: int = 12, *, seed: int = 1, noise: float = 0.3) -> World:
    """Nothing but noise: only a dictionary can find the rotation."""
    rng = np.random.default_rng(seed)
    return _rotated(rng.normal(size=(words, dim)), noise, rng)


def _rotated(mapped: np.ndarray, noise: float, rng: np.random.Generator) -> World:
    dim = mapped.shape[1]
    rotation = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
    fixed = mapped @ rotation.T + noise * rng.normal(size=mapped.shape)
    return World(*(array.astype(np.float32) for array in (mapped, fixed, rotation)))


def rough(rotation: np.ndarray, amount: float = 0.25) -> np.ndarray:
    """An orthogonal matrix not far from `rotation`."""
    noise = np.random.default_rng(2).normal(scale=amount, size=rotation.shape)
    left, _, right = np.linalg.svd(rotation + noise)
    return (left @ right).astype(np.float32)


def as_word_vectors(name: str, matrix: np.ndarray, *, shared: int = 0) -> WordVectors:
    """The first `shared` words are written alike in all languages."""
    words = [f"shared{row}" if row < shared else f"{name}{row}" for row in range(len(matrix))]
    return WordVectors(words, matrix.astype(np.float32), name, f"{name}.vec")


def best_translations(
    queries: np.ndarray, keys: np.ndarray, *, neighbours: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Of every query the best key by CSLS: values and rows, shapes: (n,)."""
    sides = (as_tensor(unit_length(vectors)) for vectors in (queries, keys))
    found = translate_both(*sides, neighbours=neighbours).of_mapped
    return found.products[:, 0].numpy(), found.rows[:, 0].numpy()
