"""
Approximate nearest neighbours by inner product, for vocabularies whose products of all pairs take
too long: inverted lists of product quantisation codes in faiss (Johnson et al. 2017, "Billion-scale
similarity search with GPUs"; André et al. 2015 for products looked up in registers).

Keys are put into lists of similar ones by k-means, and what a key differs from its list's centroid
is kept as a code of two bits a number. A query is compared with the codes of the lists nearest to
it; the best of these are compared with the vectors themselves. A neighbour is missed if its list
is not looked into, or if its code says too little.
"""

import math
from typing import Any, Iterator, NamedTuple

import numpy as np
import torch
from allennlp.common.tqdm import Tqdm

from xner_allennlp.mapping.retrieval.nearest import nearest

# The number of lists is this times the square root of the number of keys: then finding the lists
# takes no more time than searching them.
_LISTS = 4
_KEYS_A_LIST = 64
# A query looks into this times the square root of the number of lists: a smaller part of more keys.
_PROBES = 1.6
_ITERATIONS = 6
_TRAINING_KEYS_A_LIST = 48
_NUMBERS_A_CODE = 2
_BITS = 4
# Codes of one list stand in blocks of this number.
_CODES_A_BLOCK = 32
# Fewer keys than this are searched exactly: there is nothing to save, and little to learn codes of.
_FEW_KEYS = 2048
_BLOCK = 4096


class Candidates(NamedTuple):
    """
    products : `np.ndarray`
        Inner products, largest first, float32, shape: (n, c).
    rows : `np.ndarray`
        Rows of the keys, int32, shape: (n, c). Where fewer than c keys were seen, the last ones are
        -1 and their products -inf.
    """

    products: np.ndarray
    rows: np.ndarray


class ApproximateIndex:
    """
    # Parameters

    keys : `np.ndarray`
        float32, shape: (m, d); they are not copied.
    seed : `int`, optional (default = `0`)
        Of k-means.
    """

    def __init__(self, keys: np.ndarray, *, seed: int = 0) -> None:
        self._keys = np.ascontiguousarray(keys, dtype=np.float32)
        self._index = _index(self._keys, seed) if len(keys) >= _FEW_KEYS else None

    def search(self, queries: np.ndarray, count: int, *, least: int = 1) -> Candidates:
        """
        About the `count` keys of the largest inner product with each query; the products are exact.

        # Parameters

        queries : `np.ndarray`
            float32, shape: (n, d).
        count : `int`
            If there are fewer keys, all are found.
        least : `int`, optional (default = `1`)
            Queries for which fewer keys than this were seen are searched exactly.
        """
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        count = min(count, len(self._keys))
        products = np.full((len(queries), count), -np.inf, dtype=np.float32)
        rows = np.full((len(queries), count), -1, dtype=np.int32)
        # shape: (unseen queries,)
        lost = np.arange(len(queries))
        if self._index is not None:
            _search(self._index, queries, self._keys, Candidates(products, rows))
            lost = np.flatnonzero(rows[:, min(least, count) - 1] < 0)
        for part in _blocks(len(lost)):
            some = lost[part]
            products[some], rows[some] = nearest(queries[some], self._keys, count)
        return Candidates(products, rows)


def _search(index: Any, queries: np.ndarray, keys: np.ndarray, into: Candidates) -> None:
    import faiss

    faiss.omp_set_num_threads(torch.get_num_threads())
    progress = Tqdm.tqdm(total=len(queries), desc="searching", unit=" words")
    for part in _blocks(len(queries)):
        exact = into.products[part]
        # shape: (b, c)
        found = index.search(_padded(queries[part]), exact.shape[1])[1]
        faiss.fvec_inner_products_by_idx(
            *map(faiss.swig_ptr, (exact, queries[part], keys, found)), keys.shape[1], *found.shape
        )
        exact[found < 0] = -np.inf
        # shape: (b, c)
        order = np.argsort(-exact, axis=1, kind="stable")
        into.products[part] = np.take_along_axis(exact, order, axis=1)
        into.rows[part] = np.take_along_axis(found, order, axis=1)
        progress.update(len(found))
    progress.close()


def candidate_bytes(queries: int, count: int) -> int:
    """What the candidates of this number of queries take."""
    return queries * count * (np.dtype(np.float32).itemsize + np.dtype(np.int32).itemsize)


def index_bytes(keys: int, dim: int) -> int:
    """What a search takes besides at most, until it ends."""
    lists, codes = _lists(keys), -(-dim // _NUMBERS_A_CODE)
    # A list's last block is half empty on average, and lists grow by doubling.
    stored = (
        2 * (keys + lists * _CODES_A_BLOCK) * (codes * _BITS // 8 + np.dtype(np.int64).itemsize)
    )
    # A block of queries has tables of its products with all values of a code, floats and bytes.
    looked_up = _BLOCK * codes * 2**_BITS * (np.dtype(np.float32).itemsize + 1)
    trained = (1 + 2 * _TRAINING_KEYS_A_LIST) * lists * dim * np.dtype(np.float32).itemsize
    return stored + trained + looked_up


def _index(keys: np.ndarray, seed: int) -> Any:
    import faiss

    faiss.omp_set_num_threads(torch.get_num_threads())
    lists = _lists(len(keys))
    # shape: (at most lists * training keys, d')
    sample = keys
    if len(keys) > lists * _TRAINING_KEYS_A_LIST:
        chosen = np.random.default_rng(seed).choice(
            len(keys), lists * _TRAINING_KEYS_A_LIST, replace=False
        )
        sample = keys[np.sort(chosen)]
    sample = _padded(sample)
    dim = sample.shape[1]
    index = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dim),
        dim,
        lists,
        dim // _NUMBERS_A_CODE,
        _BITS,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.by_residual = True
    index.cp.seed, index.cp.niter, index.cp.spherical = seed + 1, _ITERATIONS, True
    for parameters in (index.cp, index.pq.cp):
        parameters.min_points_per_centroid = 1  # no warning of few keys
    index.pq.cp.seed = seed + 1
    index.train(sample)
    for part in _blocks(len(keys)):
        index.add(_padded(keys[part]))
    index.nprobe = min(lists, math.ceil(_PROBES * lists**0.5))
    return index


def _lists(keys: int) -> int:
    return max(1, min(int(_LISTS * keys**0.5), keys // _KEYS_A_LIST))


def _padded(vectors: np.ndarray) -> np.ndarray:
    """With zeros up to whole codes, shape: (n, d')."""
    missing = -vectors.shape[1] % _NUMBERS_A_CODE
    return np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors


def _blocks(number: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, number, _BLOCK))
