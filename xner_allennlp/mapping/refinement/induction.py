"""
Dictionary induction (Algorithm 1; MUSE's dictionary builder): from the translations under a mapping
to the word pairs that the next mapping is fitted to.

`S` is the language that is mapped and `T` the one that stays, as in MUSE:

    "S2T"        every mapped word with its best translation
    "T2S"        every word of the other language with its best translation
    "S2T|T2S"    all of both
    "S2T&T2S"    mutual translations only
"""

from typing import Any, Dict, Optional

import torch

from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.nearest import Neighbours

BUILDS = ("S2T", "T2S", "S2T|T2S", "S2T&T2S")


def build_dictionary(
    translations: Translations,
    *,
    build: str = "S2T",
    max_rank: Optional[int] = 15_000,
    min_size: int = 0,
    max_size: Optional[int] = None,
    threshold: float = 0.0,
) -> torch.Tensor:
    """
    # Parameters

    translations : `Translations`
        Of both languages.
    build : `str`, optional (default = `"S2T"`)
        See above.
    max_rank : `int`, optional (default = `15000`)
        Pairs with a word less frequent than that are left out.
    min_size, max_size : `int`, optional
        The least and the largest number of pairs that are kept of each direction: the most
        confident ones, in which the translation is furthest ahead of the second best.
    threshold : `float`, optional (default = `0.0`)
        Least confidence.

    # Returns

    `torch.Tensor`
        (row of the mapped language, row of the other one), int64, shape: (pairs, 2), the mapped
        language's most frequent words first.
    """
    limits: Dict[str, Any] = {"min_size": min_size, "max_size": max_size, "threshold": threshold}
    keys = []
    size = 1 + int(
        max(translations.of_mapped.rows.max(), len(translations.of_mapped.rows))
        if translations.of_fixed is None
        else max(len(translations.of_fixed.rows), len(translations.of_mapped.rows))
    )
    if build != "T2S":
        # shape: (pairs, 2)
        source = _confident(translations.of_mapped, max_rank, **limits)
        keys.append(source[:, 0] * size + source[:, 1])
    if build != "S2T":
        assert translations.of_fixed is not None
        # shape: (pairs, 2)
        target = _confident(translations.of_fixed, max_rank, **limits)
        keys.append(target[:, 1] * size + target[:, 0])
    if build == "S2T&T2S":
        # shape: (pairs,)
        chosen = keys[0][torch.isin(keys[0], keys[1])]
    else:
        # shape: (pairs,)
        chosen = torch.unique(torch.cat(keys))
    # shape: (pairs,)
    chosen = chosen.sort().values
    # shape: (pairs,)
    rows = torch.div(chosen, size, rounding_mode="floor")
    return torch.stack([rows, chosen % size], dim=1)


def _confident(
    found: Neighbours,
    max_rank: Optional[int],
    *,
    min_size: int,
    max_size: Optional[int],
    threshold: float,
) -> torch.Tensor:
    """(word, translation), shape: (pairs, 2)."""
    # shape: (n,)
    rows = torch.arange(len(found.rows), device=found.rows.device)
    # shape: (n, 2)
    pairs = torch.stack([rows, found.rows[:, 0]], dim=1)
    # A word of which all candidates were hidden has no translation.
    # shape: (n,)
    known = torch.isfinite(found.products[:, 0])
    if max_rank is not None:
        known &= (pairs < max_rank).all(dim=1)
    pairs = pairs[known]
    if min_size == 0 and max_size is None and threshold <= 0:
        return pairs
    if found.products.shape[1] < 2:  # the other language has one word
        # shape: (pairs,)
        lead = torch.full_like(found.products[:, 0], torch.inf)[known]
    else:
        # shape: (pairs,)
        lead = (found.products[:, 0] - found.products[:, 1])[known]
    # shape: (at most max_size,)
    order = lead.sort(descending=True, stable=True).indices[:max_size]
    positions = torch.arange(len(order), device=order.device)
    # shape: (at most max_size,)
    keep = (lead[order] >= threshold) | (positions < min_size)
    return pairs[order[keep]]
