"""Translation of the words of two languages under a mapping, again and again with new mappings."""

from typing import Optional, Union

import numpy as np
import torch

from xner_allennlp.mapping.retrieval.csls import Translations, translate_both
from xner_allennlp.mapping.retrieval.nearest import Dropout, as_tensor


class TranslationSearch:
    """
    Holds both languages' vectors on the device, and what does not change with the mapping.

    # Parameters

    mapped : `np.ndarray`
        Normalised but not yet mapped vectors of the language that moves, most frequent words first,
        shape: (n, d).
    fixed : `np.ndarray`
        Normalised vectors of the language that stays, shape: (m, d).
    neighbours, method
        See [`translate_both`](./csls.md#translate_both).
    criterion_words : `int`, optional (default = `10000`)
        Number of most frequent mapped words over which the criterion is the mean.
    device : `str`, optional (default = `"cpu"`)
    """

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        *,
        neighbours: int = 10,
        method: str = "csls",
        criterion_words: int = 10_000,
        device: Union[str, torch.device] = "cpu",
    ) -> None:
        # shape: (n, d)
        self._mapped = as_tensor(mapped, device)
        # shape: (m, d)
        self._fixed = _unit_length(as_tensor(fixed, device))
        self._neighbours = neighbours
        self._method = method
        self._criterion_words = criterion_words

    def translate(
        self,
        W: np.ndarray,
        fixed_W: Optional[np.ndarray] = None,
        *,
        vocabulary: Optional[int] = None,
        queries: Optional[int] = None,
        dropout: Optional[Dropout] = None,
    ) -> Translations:
        """
        # Parameters

        W : `np.ndarray`
            Of the language that moves, shape: (d, d).
        fixed_W : `np.ndarray`, optional
            Of the other language, if it moves too (re-weighting), shape: (d, d).
        vocabulary : `int`, optional
            Number of most frequent words of each language to search among (default: all).
        queries : `int`, optional
            Number of most frequent words to translate, of the language that moves only (default:
            all words of both languages).
        dropout : `Dropout`, optional
            Hides translations at random.
        """
        # shape: (m', d)
        fixed = self._fixed[:vocabulary]
        if fixed_W is not None:
            # shape: (m', d)
            fixed = _unit_length(fixed @ as_tensor(fixed_W, fixed.device).T)
        return translate_both(
            self._moved(W, vocabulary),
            fixed,
            neighbours=self._neighbours,
            method=self._method,
            queries=queries,
            backward=queries is None,
            dropout=dropout,
        )

    def translations_of_mapped(self, W: np.ndarray, *, words: Optional[int] = None) -> Translations:
        """Of the first `words` of the mapped language (default: the words of the criterion)."""
        return translate_both(
            self._moved(W, None),
            self._fixed,
            neighbours=self._neighbours,
            queries=words or self._criterion_words,
            backward=False,
        )

    def criterion(self, W: np.ndarray) -> float:
        """
        The unsupervised criterion that chooses between mappings (Conneau et al. 2018, section 3.5):
        the mean cosine of the most frequent words of the mapped language and their translations by
        CSLS. It needs no dictionary, and follows the accuracy of the mapping closely.
        """
        return self.criterion_of(self.translations_of_mapped(W))

    def criterion_of(self, translations: Translations) -> float:
        """The same of translations already made, which then decide the vocabulary."""
        return float(translations.cosines[: self._criterion_words].mean())

    def _moved(self, W: np.ndarray, vocabulary: Optional[int]) -> torch.Tensor:
        # shape: (n', d)
        mapped = self._mapped[:vocabulary]
        # shape: (n', d)
        return _unit_length(mapped @ as_tensor(W, mapped.device).T)


def _unit_length(vectors: torch.Tensor) -> torch.Tensor:
    # shape: (n, 1)
    lengths = vectors.norm(dim=1, keepdim=True)
    return vectors / torch.where(lengths == 0, torch.ones_like(lengths), lengths)
