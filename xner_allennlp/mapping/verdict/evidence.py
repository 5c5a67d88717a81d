"""
What speaks for a mapping, measured so that neither the size of the corpora nor the order of the
words matters.

- **Known words** ([`precision_of_known_words`](#precision_of_known_words)): pairs that the mapping
  has not learned from, a part of the user's dictionary or words written alike in both languages.
  How often is the right one found first?
- **Words that the mapping has not seen** ([`unseen_words`](#unseen_words)), which need no known
  pair. An orthogonal mapping is fitted to half of the mutual translations, and the words of the
  other half are translated by it twice, each time with one half of the principal axes, which do not
  vary with each other. Where meanings agree, both halves know them, and find the same translation.
  Where noise was fitted to noise, topics may agree, but then the halves agree as often on a word
  and its nearest neighbour as on the word itself.
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
# Rare words have vectors of few sentences, and their translations are noise in any mapping.
_UNSEEN_AMONG = 10_000
# Fewer axes where fewer pairs were fitted to: in every axis a fit leans a little to its noise, the
# more so the fewer the pairs, and many axes add that up to an agreement.
_PAIRS_PER_AXIS, _FEWEST_AXES = 8, 10
# Of the 95 % interval, in standard deviations; from below alone.
_WIDTH, _ONE_SIDED_WIDTH = 1.96, 1.645


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


class UnseenWords(NamedTuple):
    """
    # Parameters

    agreed : `int`
        For how many of the words both halves of the axes find the same translation.
    agreed_with_neighbours : `int`
        How often one half finds the same for a word as the other half for its nearest neighbour:
        two questions a word.
    words : `int`
    """

    agreed: int
    agreed_with_neighbours: int
    words: int

    @property
    def agreement(self) -> float:
        return self.agreed / max(self.words, 1)

    @property
    def neighbours_agreement(self) -> float:
        return self.agreed_with_neighbours / max(2 * self.words, 1)

    @property
    def excess(self) -> float:
        """
        By how much words agree more than neighbours, at least: the lower end of the one-sided 95 %
        interval, as few words agree by chance, too (both counts are taken for Poisson's); 0 if it
        is negative.
        """
        variance = self.agreed + self.agreed_with_neighbours / 4
        least = self.agreed - self.agreed_with_neighbours / 2 - _ONE_SIDED_WIDTH * variance**0.5
        return max(0.0, least / max(self.words, 1))


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


def unseen_words(
    mapped: np.ndarray, fixed: np.ndarray, translations: Translations, *, neighbours: int = 10
) -> UnseenWords:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Vectors of both languages, before the mapping, shapes: (n, d) and (m, d). Only their
        directions count, as in CSLS.
    translations : `Translations`
        Of all of them, in both directions, under the mapping in question.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.

    # Returns

    `UnseenWords`
        Of the mutual translations among the 10,000 most frequent words, each half held out once.
        No words if there are fewer than four, or if one dimension has no halves.
    """
    assert translations.of_fixed is not None
    # shape: (n,)
    forward = translations.of_mapped.rows[:, 0].cpu().numpy()
    # shape: (m,)
    back = translations.of_fixed.rows[:, 0].cpu().numpy()
    # shape: (pairs,)
    mutual = np.flatnonzero(back[forward] == np.arange(len(forward)))
    mutual = mutual[(mutual < _UNSEEN_AMONG) & (forward[mutual] < _UNSEEN_AMONG)]
    if len(mutual) < 4 or mapped.shape[1] < 2:
        return UnseenWords(0, 0, 0)
    # By length a few long vectors would be the nearest neighbours of all words.
    mapped, fixed = unit_length(mapped[:_UNSEEN_AMONG]), unit_length(fixed[:_UNSEEN_AMONG])
    folds = []
    for seen, unseen in ((mutual[::2], mutual[1::2]), (mutual[1::2], mutual[::2])):
        # shape: (d, d)
        W = procrustes(mapped[seen], fixed[forward[seen]])
        # shape: (q, d)
        asked = mapped[unseen] @ W.T
        # shape: (m', d)
        keys = np.delete(fixed, forward[seen], axis=0)
        axes = max(_FEWEST_AXES, len(seen) // _PAIRS_PER_AXIS)
        folds.append(_asked_of_both_halves(asked, keys, axes, neighbours))
    return UnseenWords(*np.sum(folds, axis=0).tolist())


def _asked_of_both_halves(
    asked: np.ndarray, keys: np.ndarray, axes: int, neighbours: int
) -> UnseenWords:
    # In principal axes no direction of one half varies with one of the other half.
    # shape: (d, axes)
    strongest = np.linalg.eigh(keys.T @ keys)[1][:, ::-1][:, :axes]
    # Both halves have strong and weak directions: 0 1 1 0 0 1 1 0 ...
    # shape: (axes,)
    half_of = (np.arange(strongest.shape[1]) + 1) // 2 % 2
    # shapes: (q,)
    one, other = (
        translate_both(
            as_tensor(unit_length(asked @ half)),
            as_tensor(unit_length(keys @ half)),
            neighbours=neighbours,
            backward=False,
        ).of_mapped.rows[:, 0]
        for half in (strongest[:, half_of == 0], strongest[:, half_of == 1])
    )
    # shape: (q, q)
    similarities = as_tensor(asked) @ as_tensor(asked).T
    # shape: (q,)
    nearest = similarities.fill_diagonal_(-torch.inf).argmax(dim=1)
    # shape: (2 * q,)
    with_neighbours = torch.cat([one == other[nearest], other == one[nearest]])
    return UnseenWords(int((one == other).sum()), int(with_neighbours.sum()), len(asked))
