"""
How good a mapping is: precision@k of word translation, if a bilingual dictionary is at hand, and
the unsupervised criterion, if not.

A word of the dictionary counts if it and at least one of its translations have vectors, which null
vectors are not; it counts once, and is right if any of its translations is among the k words found.
Coverage is the share of the dictionary's words that count.
"""

from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.mapping.dictionary import in_known_forms, rows_of
from xner_allennlp.mapping.mapping import Mapping, other_language
from xner_allennlp.mapping.retrieval.csls import METHODS
from xner_allennlp.mapping.use.common_space import CommonSpace
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

    # Raises

    `ConfigurationError`
        If `max_words` is less than 1.
    """
    check_at_least_one(max_words=max_words)
    source, target = (
        replace(
            vectors, words=vectors.words[:max_words], matrix=vectors.matrix[:max_words]
        ).without_null()
        for vectors in (source, target)
    )
    space = CommonSpace.of_mapping(mapping, source.matrix, target.matrix, neighbours=neighbours)
    return dictionary_precision(space, source.words, target.words, dictionary)


def dictionary_precision(
    space: CommonSpace,
    source_words: Sequence[str],
    target_words: Sequence[str],
    dictionary: Sequence[Tuple[str, str]],
) -> Dict[str, Any]:
    """
    The same of words that are in a common space already.

    # Parameters

    space : `CommonSpace`
    source_words, target_words : `Sequence[str]`
        The words of its rows.
    dictionary : `Sequence[Tuple[str, str]]`
        (source word, target word).
    """
    source_index, target_index = (
        {word: row for row, word in enumerate(words)} for words in (source_words, target_words)
    )
    # Words that differ in case alone are one where the vectors are lower-cased.
    dictionary = in_known_forms(dictionary, source_index, target_index)
    # shape: (pairs, 2)
    pairs = rows_of(dictionary, source_index, target_index)
    sizes = [len({words[side] for words in dictionary}) for side in (0, 1)]
    return {
        "source_to_target": _precision(space, "source", pairs, sizes[0]),
        "target_to_source": _precision(space, "target", pairs[:, ::-1], sizes[1]),
    }


def mean_csls_cosine(space: CommonSpace, language: str, *, words: int = 10_000) -> float:
    """
    The unsupervised criterion that chooses between mappings (Conneau et al. 2018, section 3.5): the
    mean cosine of words and their best translations by CSLS.

    # Parameters

    space : `CommonSpace`
        Most frequent words first.
    language : `str`
        The language translated; the criterion of a mapping is that of its mapped language.
    words : `int`, optional (default = `10000`)
        So many most frequent words of it are translated.
    """
    # shape: (words, d)
    queries = space.vectors(language)[:words]
    # shape: (words, 1)
    _, best = space.nearest(np.arange(len(queries)), language)
    # shape: (words, d)
    translations = space.vectors(other_language(language))[best[:, 0]]
    return float((queries * translations).sum(axis=1).mean())


def departure_from_isometry(W: np.ndarray) -> Dict[str, float]:
    """
    How far a matrix is from an isometry, which would change no cosine within a language.

    # Parameters

    W : `np.ndarray`
        shape: (d, d)

    # Returns

    `Dict[str, float]`
        `"max_deviation"`, the largest absolute element of `W W^T - I`, 0 for an isometry;
        `"smallest_singular_value"` and `"largest_singular_value"`, both 1 for an isometry.
    """
    # shape: (d, d)
    W = W.astype(np.float64)
    # shape: (d, d)
    deviation = np.abs(W @ W.T - np.eye(len(W)))
    # shape: (d,)
    singular_values = np.linalg.svd(W, compute_uv=False)
    return {
        "max_deviation": float(deviation.max()),
        "smallest_singular_value": float(singular_values.min()),
        "largest_singular_value": float(singular_values.max()),
    }


def _precision(
    space: CommonSpace, language: str, pairs: np.ndarray, dictionary_size: int
) -> Dict[str, Any]:
    right: Dict[int, Set[int]] = {}
    for query, key in pairs.tolist():
        right.setdefault(query, set()).add(key)
    rows = sorted(right)
    result: Dict[str, Any] = {
        "words": len(rows),
        "coverage": len(rows) / max(dictionary_size, 1),
    }
    for method in reversed(METHODS):
        found: Optional[np.ndarray] = None
        if rows:
            # shape: (words, most)
            _, found = space.nearest(np.array(rows), language, k=max(CUTOFFS), method=method)
        for k in CUTOFFS:
            result[f"{method}_precision_at_{k}"] = (
                None if found is None else _share_of_hits([right[row] for row in rows], found, k)
            )
    return result


def _share_of_hits(right: List[Set[int]], found: np.ndarray, k: int) -> float:
    hits = [bool(keys & set(row[:k])) for keys, row in zip(right, found.tolist())]
    return sum(hits) / len(hits)
