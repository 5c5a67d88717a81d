"""
Cross-domain similarity local scaling (CSLS, Conneau et al. 2018, section 2.3): the cosine of two
words of different languages, less their mean cosine with their k nearest neighbours across the
border, so that words which are near to everything (hubs) win less often.

    CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)
    r(x) = mean of cos(x, y') over the k vectors y' of the other language nearest to x

All searches are exact and done by faiss, a block of queries at a time: the n x m matrix of
similarities never exists.
"""

from typing import Optional, Tuple

import numpy as np

from xner_allennlp.mapping.normalization import unit_length

_BLOCK = 4096


def nearest(queries: np.ndarray, keys: np.ndarray, k: int) -> Tuple[np.ndarray, np.ndarray]:
    """
    The k keys of the largest inner product with each query.

    # Parameters

    queries : `np.ndarray`
        float32, shape: (n, d).
    keys : `np.ndarray`
        float32, shape: (m, d).
    k : `int`
        How many; at most m are found.

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        Inner products, best first, float32, shape: (n, min(k, m)), and the keys' rows, int64, of
        the same shape.
    """
    k = min(k, len(keys))
    import faiss  # Not at the top: tagging, too, imports this module, and has no use for it.

    index = faiss.IndexFlatIP(keys.shape[1])
    index.add(np.ascontiguousarray(keys, dtype=np.float32))
    products = np.empty((len(queries), k), dtype=np.float32)
    rows = np.empty((len(queries), k), dtype=np.int64)
    for start in range(0, len(queries), _BLOCK):
        block = np.ascontiguousarray(queries[start : start + _BLOCK], dtype=np.float32)
        found = index.search(block, k)  # shapes: (block, k), (block, k)
        products[start : start + _BLOCK], rows[start : start + _BLOCK] = found
    return products, rows


def mean_similarity(queries: np.ndarray, keys: np.ndarray, k: int = 10) -> np.ndarray:
    """
    `r`: the mean cosine of each query with its k nearest keys.

    # Parameters

    queries : `np.ndarray`
        Of length 1, shape: (n, d).
    keys : `np.ndarray`
        Of length 1, shape: (m, d).

    # Returns

    `np.ndarray`
        float32, shape: (n,).
    """
    return nearest(queries, keys, k)[0].mean(axis=1)  # shape: (n,)


def csls_nearest(
    queries: np.ndarray,
    keys: np.ndarray,
    *,
    key_similarity: np.ndarray,
    query_similarity: Optional[np.ndarray] = None,
    k: int = 1,
) -> Tuple[np.ndarray, np.ndarray]:
    """
    The k keys of the largest CSLS for each query.

    # Parameters

    queries : `np.ndarray`
        Of length 1, shape: (n, d).
    keys : `np.ndarray`
        Of length 1, shape: (m, d).
    key_similarity : `np.ndarray`
        `r` of the keys among the *other* language's vectors, shape: (m,).
    query_similarity : `np.ndarray`, optional
        `r` of the queries, shape: (n,). It changes no order; without it the values returned lack
        the term - r(x).
    k : `int`, optional (default = `1`)

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        CSLS values, best first, float32, shape: (n, min(k, m)), and rows of the keys, int64.
    """
    # 2 <x, y> - r(y) is itself an inner product: <(2x, 1), (y, -r(y))>.
    ones = np.ones((len(queries), 1), dtype=np.float32)
    extended_queries = np.hstack([2 * queries, ones])  # shape: (n, d + 1)
    extended_keys = np.hstack([keys, -key_similarity[:, None]])  # shape: (m, d + 1)
    values, rows = nearest(extended_queries, extended_keys, k)
    if query_similarity is not None:
        values = values - query_similarity[:, None]  # shape: (n, k)
    return values, rows


def csls_translations(
    queries: np.ndarray, keys: np.ndarray, *, neighbours: int = 10
) -> Tuple[np.ndarray, np.ndarray]:
    """
    The best key by CSLS for every query, with the neighbourhoods taken among just these vectors.

    # Parameters

    queries, keys : `np.ndarray`
        Of any length, shapes: (n, d) and (m, d).
    neighbours : `int`, optional (default = `10`)
        k of the definition.

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        CSLS values, shape: (n,), and rows of the keys, shape: (n,).
    """
    queries, keys = unit_length(queries), unit_length(keys)
    values, rows = csls_nearest(
        queries,
        keys,
        key_similarity=mean_similarity(keys, queries, neighbours),
        query_similarity=mean_similarity(queries, keys, neighbours),
    )
    return values[:, 0], rows[:, 0]
