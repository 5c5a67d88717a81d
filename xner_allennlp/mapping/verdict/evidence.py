"""
What speaks for a mapping, measured so that neither the size of the corpora nor the order of the
words matters.

- **Known words** ([`precision_of_known_words`](#precision_of_known_words)): pairs that the mapping
  has not learned from, a part of the user's dictionary or words written alike in both languages.
  How often is the right one found first?
- **Words that the mapping has not seen** ([`held_out_agreement`](#held_out_agreement)), which needs
  no known pair. An orthogonal mapping is fitted to half of the translations, and the other words
  are translated by it twice, each time with one half of the dimensions. Where meanings agree, both
  halves know them, and find the same translation. Where noise was fitted to noise, nothing is left
  of the fit in words that had no part in it, and the halves agree by chance.
"""

import math
import zlib
from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch

from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.retrieval.csls import Translations, translate_both
from xner_allennlp.mapping.retrieval.nearest import as_tensor

_HELD_OUT_PART = 5
_MOST_HELD_OUT = 1000
_FEWEST_WORDS = 50
_QUERIES = 4000
# Of the 95 % interval, in standard deviations.
_WIDTH = 1.96


class Precision(NamedTuple):
    """
    A share of words translated rightly, with its 95 % interval (Wilson's, which holds for few words
    and for shares near 0, too).

    # Parameters

    right : `int`
    words : `int`
    """

    right: int
    words: int

    @property
    def value(self) -> float:
        return self.right / self.words

    @property
    def interval(self) -> Tuple[float, float]:
        """The lower and the upper end."""
        square = _WIDTH**2 / self.words
        middle = self.value + square / 2
        spread = math.sqrt(square * (self.value * (1 - self.value) + square / 4))
        return (
            max(0.0, (middle - spread) / (1 + square)),
            min(1.0, (middle + spread) / (1 + square)),
        )


def held_out(pairs: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """
    Which of the known pairs are kept for the verdict: a fifth of the words, 1,000 at most, with all
    of their translations. The choice depends on how a word is written alone, so that it is the same
    whatever the order of the files. Of fewer than 50 words none is held out.

    # Parameters

    pairs : `np.ndarray`
        (row of `words`, row of the other language), shape: (pairs, 2).
    words : `Sequence[str]`

    # Returns

    `np.ndarray`
        bool, shape: (pairs,).
    """
    rows = np.unique(pairs[:, 0]).tolist()
    if len(rows) < _FEWEST_WORDS:
        return np.zeros(len(pairs), dtype=bool)
    rows.sort(key=lambda row: (zlib.crc32(words[row].encode()), words[row]))
    chosen = rows[: min(len(rows) // _HELD_OUT_PART, _MOST_HELD_OUT)]
    # shape: (pairs,)
    return np.isin(pairs[:, 0], chosen)


def precision_of_known_words(translations: Translations, pairs: np.ndarray) -> Optional[Precision]:
    """
    # Parameters

    translations : `Translations`
        Of the mapped language.
    pairs : `np.ndarray`
        (row of the mapped language, row of the other one), shape: (pairs, 2).

    # Returns

    `Optional[Precision]`
        How many of the words have a right first translation; `None` if there are no words.
    """
    if not len(pairs):
        return None
    # shape: (n,)
    found = translations.of_mapped.rows[:, 0].cpu().numpy()
    # shape: (pairs,)
    is_right = found[pairs[:, 0]] == pairs[:, 1]
    right = len(np.unique(pairs[is_right, 0]))
    return Precision(right, len(np.unique(pairs[:, 0])))


def held_out_agreement(
    mapped: np.ndarray, fixed: np.ndarray, translations: Translations, *, neighbours: int = 10
) -> float:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors of both languages, before the mapping, shapes: (n, d) and (m, d).
    translations : `Translations`
        Of all of them, in both directions, under the mapping in question.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.

    # Returns

    `float`
        The part of the held-out words (4,000 at most) for which both halves of the dimensions find
        the same translation among the held-out words of the other language. 0 if there are too few
        words to hold any out.
    """
    assert translations.of_fixed is not None
    # shape: (n,)
    forward = translations.of_mapped.rows[:, 0].cpu().numpy()
    # shape: (m,)
    back = translations.of_fixed.rows[:, 0].cpu().numpy()
    # shape: (pairs,)
    mutual = np.flatnonzero(back[forward] == np.arange(len(forward)))[::2]
    # shape: (n', d)
    unseen_mapped = np.delete(mapped, mutual, axis=0)
    # shape: (m', d)
    unseen_fixed = np.delete(fixed, forward[mutual], axis=0)
    if not len(mutual) or not len(unseen_mapped) or not len(unseen_fixed):
        return 0.0
    step = max(1, len(unseen_mapped) // _QUERIES)
    # shape: (d, d)
    W = procrustes(mapped[mutual], fixed[forward[mutual]])
    # The halves are of directions drawn at random: single columns may have a meaning of their own.
    generator = np.random.default_rng(0)
    # shape: (d, d)
    axes = np.linalg.qr(generator.normal(size=W.shape))[0].astype(np.float32)
    # shape: (q, d)
    queries = unseen_mapped[::step] @ W.T @ axes
    # shape: (m', d)
    keys = unseen_fixed @ axes
    half = W.shape[0] // 2
    # shapes: (q,)
    one, other = (
        translate_both(
            as_tensor(unit_length(queries[:, part])),
            as_tensor(unit_length(keys[:, part])),
            neighbours=neighbours,
            backward=False,
        ).of_mapped.rows[:, 0]
        for part in (slice(half), slice(half, None))
    )
    return float(torch.mean((one == other).float()))
