"""
Exact nearest neighbours by inner product on a GPU: candidates by products in half precision, which
its matrix units make ten times as fast, and exact products of these few.

A product in half precision is off by no more than a known part of both vectors' lengths. If the
k-th best exact product is ahead of the last candidate's by that much, no vector that is no
candidate can be among the k nearest. Where this cannot be said (many vectors almost equally near),
a query is searched again with exact products only. So the result is exact, and the host waits for
the device once, not at every block.
"""

from typing import Callable, Optional, Tuple

import torch

from xner_allennlp.common.tf32 import tf32_products
from xner_allennlp.mapping.retrieval.top_k import top_k

# Bounds the memory: products of a block of queries, and vectors of their candidates.
_PRODUCTS = 2**28
_QUERIES = 16_384
_MORE_CANDIDATES = 22
# Half precision needs rows of sixteen bytes.
_MULTIPLE = 8

# From rows of queries, shape: (q,), to the keys that each does not see, shape: (q, m).
Hidden = Callable[[torch.Tensor], torch.Tensor]


def rescored_nearest(
    queries: torch.Tensor,
    keys: torch.Tensor,
    k: int,
    *,
    hidden: Optional[Hidden] = None,
    dtype: torch.dtype = torch.float16,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    # Parameters

    queries, keys : `torch.Tensor`
        float32, shapes: (n, d) and (m, d), on the same device.
    k : `int`
        At most m.
    hidden : `Hidden`, optional
        Pairs that do not count.
    dtype : `torch.dtype`, optional (default = `torch.float16`)
        In which candidates are sought.

    # Returns

    `Tuple[torch.Tensor, torch.Tensor]`
        Inner products, largest first, and rows of the keys, shapes: (n, k).
    """
    # shape: (n,)
    every = torch.arange(len(queries), device=queries.device)
    products = queries.new_empty((len(queries), k))
    rows = every.new_empty((len(queries), k))
    candidates = k + _MORE_CANDIDATES
    if candidates >= len(keys):
        _search(every, queries, keys, hidden, products, rows)
        return products, rows
    longest = keys.norm(dim=1).max().clamp_min(torch.finfo(torch.float32).tiny)
    # Of length 1 at most, so nothing overflows, and the bound is that of a product of two such.
    # shape: (d', m)
    reduced_keys = _reduced(keys / longest, dtype).T
    # Both vectors are rounded by half a unit in the last place each, their product by a quarter;
    # and there are numbers too small to have all their digits.
    tolerance = 2 * torch.finfo(dtype).eps
    is_certain = torch.empty(len(queries), dtype=torch.bool, device=queries.device)
    for block in every.split(_block_size(len(keys))):
        # shape: (queries, 1)
        lengths = queries[block].norm(dim=1, keepdim=True)
        units = queries[block] / lengths.clamp_min(torch.finfo(torch.float32).tiny)
        # shape: (queries, m)
        approximate = _reduced(units, dtype) @ reduced_keys
        if hidden is not None:
            approximate.masked_fill_(hidden(block), -torch.inf)
        # shapes: (queries, candidates)
        found, columns = top_k(approximate, candidates, 1)
        # shape: (queries, candidates)
        exact = (keys[columns] * queries[block][:, None]).sum(dim=2)
        exact.masked_fill_(found == -torch.inf, -torch.inf)
        # shapes: (queries, k)
        products[block], order = exact.topk(k, dim=1)
        # shape: (queries, k)
        rows[block] = columns.gather(1, order)
        highest = (found[:, -1].float() + tolerance) * lengths.squeeze(1) * longest
        # Of all others, shape: (queries,)
        is_certain[block] = products[block][:, -1] >= highest
    # shape: (a few,)
    again = (~is_certain).nonzero().squeeze(1)
    _search(again, queries, keys, hidden, products, rows)
    return products, rows


def _search(
    wanted: torch.Tensor,
    queries: torch.Tensor,
    keys: torch.Tensor,
    hidden: Optional[Hidden],
    products: torch.Tensor,
    rows: torch.Tensor,
) -> None:
    """Of the queries wanted, by exact products only, into `products` and `rows`, shapes: (n, k)."""
    with tf32_products(False):
        for block in wanted.split(_block_size(len(keys))):
            # shape: (queries, m)
            tile = queries[block] @ keys.T
            if hidden is not None:
                tile.masked_fill_(hidden(block), -torch.inf)
            products[block], rows[block] = top_k(tile, products.shape[1], 1)


def _block_size(keys: int) -> int:
    return min(max(_PRODUCTS // keys, 1), _QUERIES)


def _reduced(vectors: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """In less precision, with columns of zeros up to a multiple of eight, shape: (n, d')."""
    return torch.nn.functional.pad(vectors.to(dtype), (0, -vectors.shape[1] % _MULTIPLE))
