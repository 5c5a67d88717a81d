"""Two languages' vectors in the common space, searched again and again in both directions."""

from typing import Dict, Optional, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.mapping.mapping import Mapping, other_language
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.retrieval.candidate_pairs import CandidatePairs, too_many_products
from xner_allennlp.mapping.retrieval.csls import METHODS
from xner_allennlp.mapping.retrieval.nearest import Neighbours, as_tensor, neighbours_of_both


class CommonSpace:
    """
    Finds the nearest words of the other language, by cosine or CSLS. The neighbourhoods of CSLS,
    whose cost grows with the product of both vocabularies, are found once, when first needed.

    # Parameters

    source, target : `np.ndarray`
        Vectors in the common space, of any length, shapes: (n, d) and (m, d).
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    approximate : `bool`, optional (default = `False`)
        Whether neighbourhoods and the nearest words by CSLS are found approximately (see
        [`CandidatePairs`](./candidate_pairs.md#candidatepairs)), all words at once. Always so above
        200,000 x 200,000 pairs of words.
    """

    def __init__(
        self,
        source: np.ndarray,
        target: np.ndarray,
        *,
        neighbours: int = 10,
        approximate: bool = False,
    ) -> None:
        if source.shape[1] != target.shape[1]:
            raise ConfigurationError(
                f"Vectors of {source.shape[1]} and of {target.shape[1]} dimensions are not in one "
                "space."
            )
        check_at_least_one(neighbours=neighbours)
        self._neighbours = neighbours
        # CSLS is itself an inner product, up to a term of the query alone:
        # 2 <x, y> - r(y) = <(2x, 1), (y, -r(y))>, and the cosine is <(x, 0), (y, -r(y))>.
        # The last column waits for -r.
        self._sides: Dict[str, torch.Tensor] = {
            # shape: (n, d + 1)
            "source": _with_a_column(source),
            # shape: (m, d + 1)
            "target": _with_a_column(target),
        }
        self._approximate = approximate or too_many_products(*self._sides.values())
        self._has_neighbourhoods = False
        # If the search is approximate.
        self._pairs: Optional[CandidatePairs] = None
        self._translations: Dict[str, Neighbours] = {}

    @classmethod
    def of_mapping(
        cls, mapping: Mapping, source: np.ndarray, target: np.ndarray, *, neighbours: int = 10
    ) -> "CommonSpace":
        """Of both languages' vectors as they stand in their files: `mapping` is applied here."""
        return cls(
            mapping.apply(source, "source"),
            mapping.apply(target, "target"),
            neighbours=neighbours,
        )

    def vectors(self, language: str) -> np.ndarray:
        """The vectors of a language at length 1, shape: (n, d); a view, not a copy."""
        return self._side(language)[:, :-1].numpy()

    def nearest(
        self, rows: np.ndarray, language: str = "source", *, k: int = 1, method: str = "csls"
    ) -> Tuple[np.ndarray, np.ndarray]:
        """
        The nearest words of the other language.

        # Parameters

        rows : `np.ndarray`
            The rows of the words asked for, shape: (q,).
        language : `str`, optional (default = `"source"`)
            Their language.
        k : `int`, optional (default = `1`)
            How many are wanted; there may be fewer.
        method : `str`, optional (default = `"csls"`)
            Or `"nn"`: nearest by cosine.

        # Returns

        `Tuple[np.ndarray, np.ndarray]`
            CSLS values or cosines, best first, float32, and rows of the other language, int64,
            shapes: (q, k).

        # Raises

        `ConfigurationError`
            If the method or the language is unknown, k less than 1, or the search approximate and
            in need of more memory than there is.
        """
        if method not in METHODS:
            raise ConfigurationError(
                f"method: {method!r} is unknown. Choose from {' and '.join(METHODS)}."
            )
        check_at_least_one(k=k)
        other_language(language)  # checks it
        if method == "csls":
            self._find_neighbourhoods()
        # shape: (q,)
        rows_asked = torch.as_tensor(rows, dtype=torch.int64)
        if method == "nn" or self._pairs is None:
            found = self._search(rows_asked, language, k, method)
        else:
            found = self._look_up(self._pairs, rows_asked, language, k)
        # shape: (q, k)
        values = found.products.numpy()
        if method == "csls":
            # shape: (q, k)
            values = values + self._side(language)[rows_asked, -1:].numpy()
        return values, found.rows.numpy()

    def _search(self, rows: torch.Tensor, language: str, k: int, method: str) -> Neighbours:
        """By 2 <x, y> - r(y) or the cosine."""
        # shape: (q, d + 1)
        queries = self._side(language)[rows]
        if method == "csls":
            queries[:, :-1] *= 2
        # shape: (q, d + 1)
        queries[:, -1] = 1 if method == "csls" else 0
        found, _ = neighbours_of_both(queries, self._side(other_language(language)), k, None)
        assert found is not None
        return found

    def _look_up(
        self, pairs: CandidatePairs, rows: torch.Tensor, language: str, k: int
    ) -> Neighbours:
        """The same of what was found for all words; where that is less than k, it is searched."""
        k = min(k, len(self._side(other_language(language))))
        if k > pairs.most:
            return self._search(rows, language, k, "csls")
        known = self._translations.get(language)
        if known is None or known.rows.shape[1] < k:
            known = pairs.best_of_left(k) if language == "source" else pairs.best_of_right(k)
            self._translations[language] = known
        # shapes: (q, k)
        values, found = known.products[rows, :k], known.rows[rows, :k]
        # shape: (q',)
        lacking = (~torch.isfinite(values[:, -1])).nonzero().squeeze(1)
        if len(lacking):
            values[lacking], found[lacking] = self._search(rows[lacking], language, k, "csls")
        return Neighbours(values, found)

    def _side(self, language: str) -> torch.Tensor:
        other_language(language)  # checks it
        return self._sides[language]

    def _find_neighbourhoods(self) -> None:
        if self._has_neighbourhoods:
            return
        source, target = self._sides["source"], self._sides["target"]
        if self._approximate:
            self._pairs = CandidatePairs(source, target, neighbours=self._neighbours)
            of_source, of_target = self._pairs.r_left, self._pairs.r_right
        else:
            found = neighbours_of_both(source, target, self._neighbours, self._neighbours)
            assert found[0] is not None and found[1] is not None
            of_source, of_target = (side.products.mean(dim=1) for side in found)
        # shapes: (n,) and (m,)
        source[:, -1], target[:, -1] = -of_source, -of_target
        self._has_neighbourhoods = True


def _with_a_column(vectors: np.ndarray) -> torch.Tensor:
    # shape: (n, d + 1)
    side = torch.zeros(len(vectors), vectors.shape[1] + 1)
    side[:, :-1] = as_tensor(unit_length(vectors))
    return side
