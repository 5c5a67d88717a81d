"""
The largest numbers of every row or column of a block, with their positions.

`torch.topk` looks at every number with a comparison or two each, on the CPU many times slower than
the matrix product that made them. Here the numbers are first reduced to the maxima of groups of
sixteen, which runs at the speed of memory. The k largest numbers lie in the k groups of the largest
maxima (a number outside has k maxima above it), those above a threshold in groups whose maximum is
above it: only these groups are looked at, and the result is exact.

`dim` is the dimension that is searched, as in torch: 1 finds the largest numbers of every row, 0 of
every column. The words below are for 1.
"""

from typing import NamedTuple, Tuple

import torch

_GROUP = 16
# `top_k` is faster if more groups than this are above the threshold, for each of the k numbers of
# a row.
_MANY = 3


class Found(NamedTuple):
    """
    rows : `torch.Tensor`
        The rows that have a number above the threshold, ascending, shape: (c,).
    values : `torch.Tensor`
        Their numbers above the threshold, or at least the k largest of these, filled up with lesser
        ones or -inf, in no order, shape: (c, w).
    columns : `torch.Tensor`
        Of these numbers, shape: (c, w).
    """

    rows: torch.Tensor
    values: torch.Tensor
    columns: torch.Tensor


def top_k(block: torch.Tensor, k: int, dim: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    # Parameters

    block : `torch.Tensor`
        shape: (n, m).
    k : `int`
        At most m.

    # Returns

    `Tuple[torch.Tensor, torch.Tensor]`
        Numbers, largest first, and their columns, shapes: (n, k).
    """
    return _top_k(block, _maxima(block, dim), k, dim)


def above(block: torch.Tensor, k: int, dim: int, *, threshold: torch.Tensor) -> Found:
    """
    The k largest numbers of rows, as far as they are above a threshold: where a matrix goes by in
    blocks, few numbers of a later block can still change what was found.

    # Parameters

    block : `torch.Tensor`
        shape: (n, m).
    k : `int`
        At most m.
    threshold : `torch.Tensor`
        shape: (n,).
    """
    n, m = len(threshold), block.shape[dim]
    # shape: (n, groups)
    maxima = _maxima(block, dim)
    # shape: (n, groups)
    exceeds = (maxima > threshold[:, None]).contiguous()
    # shapes: (hits,)
    rows, groups = exceeds.nonzero(as_tuple=True)
    if len(rows) > _MANY * k * n:
        # shapes: (n, k)
        values, columns = _top_k(block, maxima, k, dim)
        return Found(torch.arange(n, device=block.device), values, columns)
    # shape: (hits, group)
    columns = _members(groups, maxima.shape[1])
    # shape: (hits, group)
    values = _take(block, rows[:, None], columns, dim)
    # shape: (found,)
    chosen = (values > threshold[rows][:, None]).flatten().nonzero().squeeze(1)
    # shape: (found,)
    rows = rows[torch.div(chosen, _GROUP, rounding_mode="floor")]
    # shapes: (found,)
    columns, values = columns.flatten()[chosen], values.flatten()[chosen]
    whole = maxima.shape[1] * _GROUP
    if whole < m:
        rest = block.narrow(dim, whole, m - whole)
        # shape: (n, rest)
        rest = rest if dim == 1 else rest.T
        more_rows, more_columns = (rest > threshold[:, None]).nonzero(as_tuple=True)
        values = torch.cat([values, rest[more_rows, more_columns]])
        columns = torch.cat([columns, more_columns + whole])
        rows, order = torch.cat([rows, more_rows]).sort()
        columns, values = columns[order], values[order]
    return side_by_side(rows, columns, values, n)


def _top_k(
    block: torch.Tensor, maxima: torch.Tensor, k: int, dim: int
) -> Tuple[torch.Tensor, torch.Tensor]:
    n, groups = maxima.shape
    if groups < 2 * k:
        return (block if dim == 1 else block.T).topk(k, dim=1)
    # shape: (n, k)
    best = maxima.topk(k, dim=1).indices
    # shape: (n, k * group)
    columns = _members(best, groups).flatten(1)
    rest = torch.arange(groups * _GROUP, block.shape[dim], device=block.device)
    # shape: (n, k * group + rest)
    columns = torch.cat([columns, rest.expand(n, -1)], dim=1)
    # shape: (n, 1)
    rows = torch.arange(n, device=block.device)[:, None]
    # shapes: (n, k)
    values, chosen = _take(block, rows, columns, dim).topk(k, dim=1)
    return values, columns.gather(1, chosen)


def _maxima(block: torch.Tensor, dim: int) -> torch.Tensor:
    """
    Of groups of columns, shape: (n, groups). Member j of group i is column j * groups + i, so that
    maxima of neighbouring groups lie side by side. The last columns may belong to none.
    """
    groups = block.shape[dim] // _GROUP
    whole = block.narrow(dim, 0, groups * _GROUP)
    maxima = whole.unflatten(dim, (_GROUP, groups)).amax(dim=dim)
    return maxima if dim == 1 else maxima.T


def _members(groups: torch.Tensor, number: int) -> torch.Tensor:
    """Columns, shape: (*groups.shape, group)."""
    return groups.unsqueeze(-1) + number * torch.arange(_GROUP, device=groups.device)


def _take(block: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor, dim: int) -> torch.Tensor:
    width = block.shape[1]
    return block.take(rows * width + columns if dim == 1 else columns * width + rows)


def side_by_side(rows: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, n: int) -> Found:
    """One line for each row that occurs. The rows are in order."""
    # shape: (n,)
    counts = torch.bincount(rows, minlength=n)
    # shape: (c,)
    which = counts.nonzero().squeeze(1)
    # shape: (c,)
    counts = counts[which]
    width = int(counts.max()) if len(which) else 0
    # shape: (c,)
    starts = counts.cumsum(0) - counts
    # The i-th number of line l goes to cell l * width + i.
    # shape: (c,)
    lines = torch.arange(len(which), device=rows.device)
    # shape: (found,)
    shifts = (lines * width - starts).repeat_interleave(counts)
    # shape: (found,)
    cells = torch.arange(len(rows), device=rows.device) + shifts
    line_values = values.new_full((len(which), width), -torch.inf)
    line_values.view(-1)[cells] = values
    line_columns = columns.new_zeros((len(which), width))
    line_columns.view(-1)[cells] = columns
    return Found(which, line_values, line_columns)
