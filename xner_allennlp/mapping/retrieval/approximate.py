"""
Approximate nearest neighbours by inner product, for vocabularies whose products of all pairs take
too long: faiss's inverted lists (Johnson et al. 2017, "Billion-scale similarity search with GPUs").

Keys are put into lists of similar ones by k-means, and a query is compared with the keys of the few
lists that are nearest to it. A neighbour in another list is missed.
"""

from typing import Tuple

import numpy as np
import torch

# The number of lists is this times the square root of the number of keys: then finding the lists
# takes as much time as searching them.
_LISTS = 4
_KEYS_A_LIST = 8
# Part of all lists that a query looks into.
_PROBED = 1 / 32
_LEAST_PROBES = 16
_ITERATIONS = 8
_TRAINING_KEYS_A_LIST = 64


def approximate_nearest(
    queries: np.ndarray, keys: np.ndarray, k: int, *, seed: int = 0
) -> Tuple[np.ndarray, np.ndarray]:
    """
    About the k keys of the largest inner product with each query. Needs the memory of the keys once
    more.

    # Parameters

    queries : `np.ndarray`
        float32, shape: (n, d).
    keys : `np.ndarray`
        float32, shape: (m, d).
    k : `int`
        At most m.
    seed : `int`, optional (default = `0`)
        Of k-means.

    # Returns

    `Tuple[np.ndarray, np.ndarray]`
        Inner products, largest first, float32, and rows of the keys, int64, shapes: (n, k). Where
        fewer than k keys were seen, the last products are repeated.
    """
    import faiss

    faiss.omp_set_num_threads(torch.get_num_threads())
    lists = max(1, min(int(_LISTS * len(keys) ** 0.5), len(keys) // _KEYS_A_LIST))
    quantizer = faiss.IndexFlatIP(keys.shape[1])
    index = faiss.IndexIVFFlat(quantizer, keys.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed, index.cp.niter = seed + 1, _ITERATIONS
    index.cp.max_points_per_centroid = _TRAINING_KEYS_A_LIST
    index.cp.min_points_per_centroid = 1  # no warning of few keys
    keys = np.ascontiguousarray(keys, dtype=np.float32)
    index.train(keys)
    index.add(keys)
    index.nprobe = min(lists, max(_LEAST_PROBES, int(lists * _PROBED)))
    products, rows = index.search(np.ascontiguousarray(queries, dtype=np.float32), k)
    for column in range(1, k):
        # shape: (n,)
        missing = rows[:, column] < 0
        for found in (products, rows):
            found[missing, column] = found[missing, column - 1]
    return products, rows
