"""
Cross-domain similarity local scaling (CSLS, Conneau et al. 2018, section 2.3): the cosine of two
words of different languages, less their mean cosine with their k nearest neighbours across the
border, so that words which are near to everything (hubs) win less often.

    CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)
    r(x) = mean of cos(x, y') over the k vectors y' of the other language nearest to x
"""

from typing import NamedTuple, Optional, Tuple

import numpy as np
import torch

from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.retrieval.nearest import (
    Dropout,
    Neighbours,
    as_tensor,
    neighbours_of_both,
)

METHODS = ("csls", "nn")


class Translations(NamedTuple):
    """
    The best two translations of the words of both languages, under one mapping. Values are those of
    CSLS (without - r(x), which changes no order, if only mapped words are translated), or cosines
    with the method `"nn"`.

    # Parameters

    of_mapped : `Neighbours`
        Of the mapped language's words, values and rows of the other language, shapes: (q, 2).
    of_fixed : `Neighbours`, optional
        Of the other language's words, shapes: (m, 2).
    cosines : `torch.Tensor`
        Of the mapped words with their best translation, shape: (q,).
    """

    of_mapped: Neighbours
    of_fixed: Optional[Neighbours]
    cosines: torch.Tensor


def translate_both(
    mapped: torch.Tensor,
    fixed: torch.Tensor,
    *,
    neighbours: int = 10,
    method: str = "csls",
    queries: Optional[int] = None,
    backward: bool = True,
    dropout: Optional[Dropout] = None,
) -> Translations:
    """
    Translates the words of either language. Two sweeps over the products of all pairs: one for r of
    both sides, one for the translations of both.

    # Parameters

    mapped, fixed : `torch.Tensor`
        Vectors in the common space, of length 1, shapes: (n, d) and (m, d), on the same device.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    method : `str`, optional (default = `"csls"`)
        Or `"nn"`: nearest by cosine.
    queries : `int`, optional
        Only so many first words of the mapped language are translated (default: all).
    backward : `bool`, optional (default = `True`)
        Whether the other language's words are translated too.
    dropout : `Dropout`, optional
        Hides translations at random, but not neighbourhoods.
    """
    asked = mapped[:queries]  # shape: (q, d)
    left, right = asked, fixed
    backward_k = 2 if backward else None
    if backward and len(asked) < len(mapped):
        raise ValueError("Backward translations need all words of the mapped language as queries.")
    if method == "csls":
        # r of the words translated changes no order, but it does in the other direction.
        of_mapped, of_fixed = neighbours_of_both(
            mapped, fixed, neighbours if backward else None, neighbours
        )
        assert of_fixed is not None
        r_fixed = of_fixed.products.mean(dim=1)  # shape: (m,)
        if of_mapped is not None:
            r_mapped = of_mapped.products.mean(dim=1)  # shape: (n,)
        else:
            r_mapped = fixed.new_zeros(len(asked))  # shape: (q,)
        # CSLS is itself an inner product: <(2x, 1, -r(x)), (y, -r(y), 1)>.
        ones = torch.ones_like
        left = torch.cat([2 * asked, ones(r_mapped)[:, None], -r_mapped[:, None]], dim=1)
        right = torch.cat([fixed, -r_fixed[:, None], ones(r_fixed)[:, None]], dim=1)
    forward, back = neighbours_of_both(left, right, 2, backward_k, dropout=dropout)
    assert forward is not None
    cosines = (asked * fixed[forward.rows[:, 0]]).sum(dim=1)  # shape: (q,)
    return Translations(forward, back, cosines)


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
    found, _ = neighbours_of_both(as_tensor(queries), as_tensor(keys), k, None)
    assert found is not None
    return found.products.mean(dim=1).numpy()  # shape: (n,)


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
    found, _ = neighbours_of_both(as_tensor(extended_queries), as_tensor(extended_keys), k, None)
    assert found is not None
    values = found.products.numpy()  # shape: (n, k)
    if query_similarity is not None:
        values = values - query_similarity[:, None]  # shape: (n, k)
    return values, found.rows.numpy()


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
    found = translate_both(
        as_tensor(unit_length(queries)), as_tensor(unit_length(keys)), neighbours=neighbours
    ).of_mapped
    return found.products[:, 0].numpy(), found.rows[:, 0].numpy()
