"""
Exact nearest neighbours by inner product, of one set of vectors among another or of both among each
other, on the CPU or a GPU.

The n x m products are made a tile at a time and never kept. Neighbours of both sides come out of
one sweep: a product serves its row and its column. A GPU is better at many products that are not
exact yet than at waiting for what a tile has changed: see [`rescoring`](./rescoring.md).
"""

from typing import NamedTuple, Optional, Tuple, Union

import numpy as np
import torch

from xner_allennlp.mapping.retrieval.rescoring import rescored_nearest
from xner_allennlp.mapping.retrieval.top_k import above

Vectors = Union[np.ndarray, torch.Tensor]

# Small enough for the CPU's cache.
_TILE_ROWS = 1024
_TILE_COLUMNS = 4096
_ROWS_OF_A_DRAW = 256  # divides the rows of a tile


class Neighbours(NamedTuple):
    """
    products : `torch.Tensor`
        Inner products, largest first, shape: (n, k).
    rows : `torch.Tensor`
        Rows of the neighbours, shape: (n, k).
    """

    products: torch.Tensor
    rows: torch.Tensor


class Dropout(NamedTuple):
    """
    Hides candidates at random: for each block of 256 vectors of the left side, every vector of the
    right one is left with probability `keep`. Where a vector has fewer candidates left than are
    wanted, -inf stands for the others' products and their rows mean nothing.
    """

    keep: float
    generator: torch.Generator


def nearest(queries: Vectors, keys: Vectors, k: int) -> Tuple[np.ndarray, np.ndarray]:
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
        Inner products, largest first, float32, shape: (n, min(k, m)), and the keys' rows, int64, of
        the same shape.
    """
    found, _ = neighbours_of_both(as_tensor(queries), as_tensor(keys), k, None)
    assert found is not None
    return found.products.cpu().numpy(), found.rows.cpu().numpy()


@torch.no_grad()
def neighbours_of_both(
    left: torch.Tensor,
    right: torch.Tensor,
    k_left: Optional[int],
    k_right: Optional[int],
    *,
    dropout: Optional[Dropout] = None,
) -> Tuple[Optional[Neighbours], Optional[Neighbours]]:
    """
    Neighbours of each side among the other, in one sweep.

    # Parameters

    left, right : `torch.Tensor`
        shapes: (n, d) and (m, d), on the same device.
    k_left, k_right : `int`, optional
        How many neighbours of every vector of `left` (in `right`), and of `right` (in `left`);
        `None` if they are not wanted. More than there are cannot be found.
    dropout : `Dropout`, optional

    # Returns

    `Tuple[Optional[Neighbours], Optional[Neighbours]]`
        Of `left`, shape: (n, min(k_left, m)), and of `right`, shape: (m, min(k_right, n)).
    """
    if left.device.type != "cpu":
        return _by_candidates(left, right, k_left, k_right, dropout, torch.float16)
    of_left = _Best(left, min(k_left, len(right)), dim=1) if k_left else None
    of_right = _Best(right, min(k_right, len(left)), dim=0) if k_right else None
    height, width = _TILE_ROWS, _TILE_COLUMNS
    # One piece of memory for all tiles: new pages for each would take longer than the product.
    memory = left.new_empty(min(height, len(left)) * min(width, len(right)))
    for top in range(0, len(left), height):
        # shape: (tile rows, d)
        rows = left[top : top + height]
        hidden = None if dropout is None else _draw(len(rows), right, dropout)
        for start in range(0, len(right), width):
            # shape: (tile columns, d)
            columns = right[start : start + width]
            tile = memory[: len(rows) * len(columns)].view(len(rows), len(columns))
            torch.mm(rows, columns.T, out=tile)
            if hidden is not None:
                _hide(tile, hidden[:, start : start + width])
            if of_left is not None:
                of_left.add(tile, top, start)
            if of_right is not None:
                of_right.add(tile, start, top)
    return (
        None if of_left is None else of_left.result(),
        None if of_right is None else of_right.result(),
    )


def as_tensor(vectors: Vectors, device: Union[str, torch.device] = "cpu") -> torch.Tensor:
    """float32 on `device`; on the CPU, an array's memory is shared."""
    return torch.as_tensor(vectors, dtype=torch.float32, device=device)


def _by_candidates(
    left: torch.Tensor,
    right: torch.Tensor,
    k_left: Optional[int],
    k_right: Optional[int],
    dropout: Optional[Dropout],
    dtype: torch.dtype,
) -> Tuple[Optional[Neighbours], Optional[Neighbours]]:
    """The same, each direction on its own (see [`rescoring`](./rescoring.md))."""
    of_left = of_right = hidden_from_left = hidden_from_right = None
    if dropout is not None:
        # shape: (blocks, m)
        drawn = _draw(len(left), right, dropout)
        # shape: (n,)
        block_of_row = torch.arange(len(left), device=left.device) // _ROWS_OF_A_DRAW
        hidden_from_left = lambda rows: drawn[block_of_row[rows]]  # noqa: E731
        hidden_from_right = lambda rows: drawn.T[rows][:, block_of_row]  # noqa: E731
    if k_left:
        k = min(k_left, len(right))
        of_left = Neighbours(
            *rescored_nearest(left, right, k, hidden=hidden_from_left, dtype=dtype)
        )
    if k_right:
        k = min(k_right, len(left))
        of_right = Neighbours(
            *rescored_nearest(right, left, k, hidden=hidden_from_right, dtype=dtype)
        )
    return of_left, of_right


def _draw(rows: int, right: torch.Tensor, dropout: Dropout) -> torch.Tensor:
    """Which vectors of `right` each block of rows does not see, shape: (blocks, m)."""
    blocks = -(-rows // _ROWS_OF_A_DRAW)
    # Drawn on the CPU, so that a seed means the same words on every device.
    # shape: (blocks, m)
    drawn = torch.rand((blocks, len(right)), generator=dropout.generator)
    return (drawn >= dropout.keep).to(right.device)


def _hide(tile: torch.Tensor, hidden: torch.Tensor) -> None:
    for rows, columns in zip(tile.split(_ROWS_OF_A_DRAW), hidden):
        rows.masked_fill_(columns, -torch.inf)


class _Best:
    """
    The k largest products so far of each vector of one side, which is a row of every tile (`dim` is
    1) or a column (0).
    """

    def __init__(self, vectors: torch.Tensor, k: int, dim: int) -> None:
        self._k = k
        self._dim = dim
        self._products = vectors.new_full((len(vectors), k), -torch.inf)
        self._rows = torch.zeros((len(vectors), k), dtype=torch.int64, device=vectors.device)

    def add(self, tile: torch.Tensor, first: int, first_other: int) -> None:
        """A tile of the vectors from `first` on and of the other side's from `first_other` on."""
        last = first + tile.shape[1 - self._dim]
        # shape: (tile vectors,)
        threshold = self._products[first:last, -1]
        k = min(self._k, tile.shape[self._dim])
        vectors, products, others = above(tile, k, self._dim, threshold=threshold)
        if not len(vectors):
            return
        vectors += first
        # shape: (c, k + w)
        products = torch.cat([self._products[vectors], products], dim=1)
        # shape: (c, k + w)
        others = torch.cat([self._rows[vectors], others + first_other], dim=1)
        # shapes: (c, k)
        products, chosen = products.topk(self._k, dim=1)
        self._products[vectors] = products
        # shape: (c, k)
        self._rows[vectors] = others.gather(1, chosen)

    def result(self) -> Neighbours:
        return Neighbours(self._products, self._rows)
