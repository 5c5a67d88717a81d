"""
Cross-domain similarity local scaling (CSLS, Conneau et al. 2018, section 2.3): the cosine of two
words of different languages, less their mean cosine with their k nearest neighbours across the
border, so that words which are near to everything (hubs) win less often.

    CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)
    r(x) = mean of cos(x, y') over the k vectors y' of the other language nearest to x
"""

from typing import NamedTuple, Optional

import torch

from xner_allennlp.mapping.retrieval.candidate_pairs import CandidatePairs, too_many_products
from xner_allennlp.mapping.retrieval.nearest import (
    Dropout,
    Neighbours,
    neighbours_of_both,
)

METHODS = ("csls", "nn")


class Translations(NamedTuple):
    """
    The best two translations of the words of both languages, under one mapping. Values are CSLS
    (without - r(x), which changes no order, if only mapped words are translated), or cosines with
    the method `"nn"`.

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
    both sides, one for the translations of both. On the CPU, above 200,000 x 200,000 words, the
    search is approximate (see [`CandidatePairs`](./candidate_pairs.md#candidatepairs)), unless
    there is dropout.

    # Parameters

    mapped, fixed : `torch.Tensor`
        Vectors in the common space, of length 1, shapes: (n, d) and (m, d), on the same device.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    method : `str`, optional (default = `"csls"`)
        Or `"nn"`: nearest by cosine.
    queries : `int`, optional
        Translates the first `queries` words of the mapped language only (default: all).
    backward : `bool`, optional (default = `True`)
        Whether the other language's words are translated too.
    dropout : `Dropout`, optional
        Hides translations at random, but not neighbourhoods.

    # Raises

    `ConfigurationError`
        If the search is approximate and takes more memory than there is.
    """
    # shape: (q, d)
    asked = mapped[:queries]
    left, right = asked, fixed
    backward_k = 2 if backward else None
    if backward and len(asked) < len(mapped):
        raise ValueError("Backward translations need all words of the mapped language as queries.")
    if dropout is None and too_many_products(mapped if method == "csls" else asked, fixed):
        pairs = CandidatePairs(mapped, fixed, neighbours=neighbours, queries=queries, least=2)
        forward = pairs.best_of_left(2, hubness=method == "csls")
        back = pairs.best_of_right(2, hubness=method == "csls") if backward else None
        if method == "csls" and back is not None:
            # As below, where one sweep has both directions.
            forward.products.sub_(pairs.r_left[:, None])
            back.products.sub_(pairs.r_right[:, None])
        return _with_cosines(asked, fixed, forward, back)
    if method == "csls":
        # r of the words translated changes no order, but it does in the other direction.
        of_mapped, of_fixed = neighbours_of_both(
            mapped, fixed, neighbours if backward else None, neighbours
        )
        assert of_fixed is not None
        # shape: (m,)
        r_fixed = of_fixed.products.mean(dim=1)
        if of_mapped is not None:
            # shape: (n,)
            r_mapped = of_mapped.products.mean(dim=1)
        else:
            # shape: (q,)
            r_mapped = fixed.new_zeros(len(asked))
        # CSLS is itself an inner product: <(2x, 1, -r(x)), (y, -r(y), 1)>.
        ones = torch.ones_like
        left = torch.cat([2 * asked, ones(r_mapped)[:, None], -r_mapped[:, None]], dim=1)
        right = torch.cat([fixed, -r_fixed[:, None], ones(r_fixed)[:, None]], dim=1)
    found, back = neighbours_of_both(left, right, 2, backward_k, dropout=dropout)
    assert found is not None
    return _with_cosines(asked, fixed, found, back)


def _with_cosines(
    asked: torch.Tensor, fixed: torch.Tensor, forward: Neighbours, back: Optional[Neighbours]
) -> Translations:
    # shape: (q,)
    cosines = (asked * fixed[forward.rows[:, 0]]).sum(dim=1)
    return Translations(forward, back, cosines)
