"""
Approximate CSLS among vocabularies whose products of all pairs take too long.

Both languages' words are searched among the other's once, approximately, by cosine. The
neighbourhoods r of CSLS come from what was found, and so do the translations of a word x: CSLS is
computed for the words found for x, and for the words for which x was found. The second part matters
as much as the first. A word that CSLS prefers to nearer ones is one with distant neighbours, among
which x stands well ahead; and what one of the two searches misses the other often finds.
"""

import logging
from typing import Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.free_memory import free_memory
from xner_allennlp.mapping.retrieval.approximate import (
    ApproximateIndex,
    Candidates,
    candidate_bytes,
    index_bytes,
)
from xner_allennlp.mapping.retrieval.nearest import Neighbours
from xner_allennlp.mapping.retrieval.top_k import side_by_side

logger = logging.getLogger(__name__)

# More products than this are not made: 200,000 words of either language, about eight minutes of a
# CPU core.
_MAX_PRODUCTS = 200_000**2
# Words found for each word.
_CANDIDATES = 64
_BLOCK = 16_384
_GIB = 1 << 30


def too_many_products(left: torch.Tensor, right: torch.Tensor) -> bool:
    """
    Whether a search of all of `left` among all of `right` is better made approximately: on the CPU,
    above 200,000 words of each. A GPU makes the products fast enough.
    """
    return left.device.type == "cpu" and len(left) * len(right) > _MAX_PRODUCTS


class CandidatePairs:
    """
    # Parameters

    left, right : `torch.Tensor`
        Vectors of length 1, float32, on the CPU, shapes: (n, d) and (m, d).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    queries : `int`, optional
        Translations of the first `queries` words of `left` only are wanted, and none of `right`
        (default: of all).
    least : `int`, optional (default = `1`)
        The number of translations that each word must have, if there are as many words. More than
        `most` cannot be told.

    # Raises

    `ConfigurationError`
        If this takes more memory than there is.
    """

    def __init__(
        self,
        left: torch.Tensor,
        right: torch.Tensor,
        *,
        neighbours: int = 10,
        queries: Optional[int] = None,
        least: int = 1,
    ) -> None:
        # shape: (q, d)
        asked = left[:queries]
        count = max(_CANDIDATES, neighbours, least)
        _check_memory(len(asked), len(left), len(right), left.shape[1], count)
        least = max(neighbours, least)
        # One index after the other, since only one is needed at a time.
        self._of_left = ApproximateIndex(right.numpy()).search(asked.numpy(), count, least=least)
        self._of_right = ApproximateIndex(left.numpy()).search(right.numpy(), count, least=least)
        # The largest k whose translations can be told.
        self.most = count
        # shape: (q,)
        self.r_left = _mean_of_first(self._of_left, neighbours)
        # shape: (m,)
        self.r_right = _mean_of_first(self._of_right, neighbours)

    def best_of_left(self, k: int, *, hubness: bool = True) -> Neighbours:
        """
        The k best translations of each word of `left` by 2 cos(x, y) - r(y), which is CSLS up to a
        term of the word itself, or by the cosine without `hubness`.

        # Returns

        `Neighbours`
            Values and rows of `right`, int64, shapes: (q, min(k, m)). -inf where there is none.
        """
        return _best(self._of_left, self._of_right, k, self.r_right if hubness else None)

    def best_of_right(self, k: int, *, hubness: bool = True) -> Neighbours:
        """The same of the words of `right`, shapes: (m, min(k, n))."""
        return _best(self._of_right, self._of_left, k, self.r_left if hubness else None)


def _check_memory(queries: int, left: int, right: int, dim: int, count: int) -> None:
    found = candidate_bytes(queries, min(count, right)) + candidate_bytes(right, min(count, left))
    needed = found + index_bytes(max(left, right), dim)
    free = free_memory(torch.device("cpu"))
    logger.warning(
        "The approximate search of %d x %d words takes up to %.1f GiB of memory beside the vectors "
        "(%s free).",
        left,
        right,
        needed / _GIB,
        "an unknown number" if free is None else f"{free / _GIB:.1f} GiB",
    )
    if free is not None and needed > free:
        raise ConfigurationError(
            f"Searching {left} words among {right} takes up to {needed / _GIB:.1f} GiB of memory "
            f"beside the vectors, and {free / _GIB:.1f} GiB are free. Take fewer words "
            "(`--max-words`, or the mapper's `vocabulary`), or a machine with more memory."
        )


def _mean_of_first(found: Candidates, k: int) -> torch.Tensor:
    """Over those that were seen, shape: (n,)."""
    # shape: (n, k)
    products = torch.from_numpy(found.products[:, :k])
    # shape: (n, k)
    seen = torch.isfinite(products)
    return products.masked_fill(~seen, 0.0).sum(dim=1) / seen.sum(dim=1).clamp(min=1)


def _best(
    found: Candidates, found_back: Candidates, k: int, r_keys: Optional[torch.Tensor]
) -> Neighbours:
    number, keys = len(found.rows), len(found_back.rows)
    k = min(k, found.rows.shape[1])
    best = Neighbours(torch.empty(number, k), torch.empty((number, k), dtype=torch.int64))
    for start in range(0, number, _BLOCK):
        # shapes: (b, c)
        products, rows = _part(found, start)
        values = products if r_keys is None else 2 * products - r_keys[rows]
        # shapes: (b, k)
        values, chosen = values.topk(k, dim=1)
        best.products[start : start + _BLOCK] = values
        best.rows[start : start + _BLOCK] = rows.gather(1, chosen)
    for start in range(0, keys, _BLOCK):
        # shapes: (b, c)
        products, rows = _part(found_back, start)
        values = products
        if r_keys is not None:
            values = 2 * products - r_keys[start : start + _BLOCK, None]
        # Words beyond the queries were found, too, but are not asked for.
        # shape: (b, c)
        asked = rows < number
        # shape: (b, c)
        better = asked & (values > best.products[rows * asked, -1])
        # shapes: (pairs,)
        positions, _ = better.nonzero(as_tuple=True)
        _add(best, rows[better], positions + start, values[better])
    return Neighbours(best.products, best.rows.clamp(min=0))


def _add(best: Neighbours, rows: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> None:
    """`values[i]`, of row `rows[i]` with key `keys[i]`, is more than that row's last one so far."""
    k = best.products.shape[1]
    # shape: (pairs,)
    known = (best.rows[rows] == keys[:, None]).any(dim=1)
    # shapes: (new pairs,)
    rows, order = rows[~known].sort(stable=True)
    if not len(rows):
        return
    more = side_by_side(rows, keys[~known][order], values[~known][order], len(best.rows))
    # shapes: (c, k + w)
    all_values = torch.cat([best.products[more.rows], more.values], dim=1)
    all_keys = torch.cat([best.rows[more.rows], more.columns], dim=1)
    # shapes: (c, k)
    top, chosen = all_values.topk(k, dim=1)
    best.products[more.rows] = top
    best.rows[more.rows] = all_keys.gather(1, chosen)


def _part(found: Candidates, start: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """float32 and int64, shapes: (b, c)."""
    part = slice(start, start + _BLOCK)
    return torch.from_numpy(found.products[part]), torch.from_numpy(found.rows[part]).long()
