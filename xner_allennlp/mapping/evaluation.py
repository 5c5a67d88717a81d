"""
Precision@k of word translation: how good a mapping is, if a bilingual dictionary is at hand.

A word of the dictionary counts if it and at least one of its translations have vectors; it counts
once, and is right if any of its translations is among the k words found. Coverage is the share of
the dictionary's words that count.
"""

from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from xner_allennlp.mapping.csls import csls_nearest, mean_similarity, nearest
from xner_allennlp.mapping.dictionary import known_pairs
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.vectors import WordVectors

CUTOFFS = (1, 5, 10)


def evaluate_mapping(
    mapping: Mapping,
    source: WordVectors,
    target: WordVectors,
    dictionary: Sequence[Tuple[str, str]],
    *,
    neighbours: int = 10,
    max_words: Optional[int] = None,
) -> Dict[str, Any]:
    """
    # Parameters

    mapping : `Mapping`
    source, target : `WordVectors`
        As read: the mapping is applied here.
    dictionary : `Sequence[Tuple[str, str]]`
        (source word, target word).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    max_words : `int`, optional
        Use only so many most frequent words of either language (default: all).

    # Returns

    `Dict[str, Any]`
        `"source_to_target"` and `"target_to_source"` (which side is translated; the mapping is the
        same), each with `"words"`, `"coverage"` and `"nn_precision_at_k"`, `"csls_precision_at_k"`
        for k = 1, 5, 10, as fractions; `None` where no word counts.
    """
    source_words, target_words = source.words[:max_words], target.words[:max_words]
    source_space = unit_length(mapping.apply(source.matrix[:max_words], "source"))
    target_space = unit_length(mapping.apply(target.matrix[:max_words], "target"))
    pairs = known_pairs(
        dictionary,
        {word: row for row, word in enumerate(source_words)},
        {word: row for row, word in enumerate(target_words)},
    )
    source_size = len({source_word for source_word, _ in dictionary})
    target_size = len({target_word for _, target_word in dictionary})
    return {
        "source_to_target": translation_precision(
            source_space, target_space, pairs, dictionary_size=source_size, neighbours=neighbours
        ),
        "target_to_source": translation_precision(
            target_space,
            source_space,
            pairs[:, ::-1],
            dictionary_size=target_size,
            neighbours=neighbours,
        ),
    }


def translation_precision(
    queries: np.ndarray,
    keys: np.ndarray,
    pairs: np.ndarray,
    *,
    dictionary_size: int,
    neighbours: int = 10,
) -> Dict[str, Any]:
    """
    # Parameters

    queries : `np.ndarray`
        All vectors of the language translated, in the common space and of length 1, shape: (n, d).
    keys : `np.ndarray`
        All vectors of the other language, shape: (m, d).
    pairs : `np.ndarray`
        (row of `queries`, row of `keys`) of right translations, shape: (pairs, 2).
    dictionary_size : `int`
        Number of distinct words that the dictionary translates, with or without vectors.
    """
    right: Dict[int, Set[int]] = {}
    for query, key in pairs.tolist():
        right.setdefault(query, set()).add(key)
    rows = sorted(right)
    result: Dict[str, Any] = {
        "words": len(rows),
        "coverage": len(rows) / max(dictionary_size, 1),
    }
    by_method: Dict[str, Optional[np.ndarray]] = {"nn": None, "csls": None}
    if rows:
        key_similarity = mean_similarity(keys, queries, neighbours)  # shape: (m,)
        chosen = queries[rows]  # shape: (words, d)
        most = max(CUTOFFS)
        by_method["nn"] = nearest(chosen, keys, most)[1]  # shape: (words, most)
        by_method["csls"] = csls_nearest(chosen, keys, key_similarity=key_similarity, k=most)[1]
    for method, found in by_method.items():
        for k in CUTOFFS:
            precision = None if found is None else _precision([right[r] for r in rows], found, k)
            result[f"{method}_precision_at_{k}"] = precision
    return result


def _precision(right: List[Set[int]], found: np.ndarray, k: int) -> float:
    hits = [bool(keys & set(row[:k])) for keys, row in zip(right, found.tolist())]
    return sum(hits) / len(hits)
