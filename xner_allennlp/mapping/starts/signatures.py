"""
A start of the mapping from sorted similarity signatures (Artetxe et al. 2018, "A robust
self-learning method for fully unsupervised cross-lingual mappings of word embeddings"): the sorted
similarities of a word to all words of its own language look alike for translations. Cheap and
without chance; enough for related languages with vectors of similar domains.
"""

import numpy as np
import torch

from xner_allennlp.mapping.refinement.induction import build_dictionary
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.retrieval.nearest import as_tensor


def similarity_signatures(
    mapped: np.ndarray, fixed: np.ndarray, *, words: int = 4000, neighbours: int = 10
) -> np.ndarray:
    """
    Word pairs by similarity signature.

    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors, most frequent words first, shapes: (n, d) and (m, d).
    words : `int`, optional (default = `4000`)
        So many most frequent words of each language are compared.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.

    # Returns

    `np.ndarray`
        (row of the mapped language, row of the other one), int64, shape: (pairs, 2).
    """
    words = min(words, len(mapped), len(fixed))
    found = translate_both(
        _signatures(as_tensor(mapped[:words])),
        _signatures(as_tensor(fixed[:words])),
        neighbours=neighbours,
    )
    return build_dictionary(found, build="S2T|T2S", max_rank=None).numpy()


def _signatures(vectors: torch.Tensor) -> torch.Tensor:
    left, strengths, _ = torch.linalg.svd(vectors, full_matrices=False)
    # The square root of the matrix of similarities: of less skew than the similarities.
    similarities = (left * strengths) @ left.T  # shape: (words, words)
    signatures = _unit_length(similarities.sort(dim=1).values)  # shape: (words, words)
    return _unit_length(signatures - signatures.mean(dim=0))  # shape: (words, words)


def _unit_length(vectors: torch.Tensor) -> torch.Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-12)
