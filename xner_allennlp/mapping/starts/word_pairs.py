"""Starts from word pairs: Procrustes on their vectors."""

import logging
from abc import abstractmethod
from typing import Optional, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Start, StartInput
from xner_allennlp.vectors import WordVectors

logger = logging.getLogger(__name__)


class WordPairStart(MappingStart):
    """The orthogonal matrix that fits word pairs best. A subclass says which pairs."""

    from_word_pairs = True
    advice = "more word pairs"
    # What to do where there is not one pair.
    remedy = "Use another start."

    def word_pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
    ) -> np.ndarray:
        found = list(self._pairs(source, target, seed_dictionary))
        # shape: (pairs, 2)
        pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
        # A null vector is none.
        # shape: (pairs,)
        is_known = source.matrix[pairs[:, 0]].any(axis=1) & target.matrix[pairs[:, 1]].any(axis=1)
        pairs = pairs[is_known]
        if not len(pairs):
            unknown = (
                f": of none of the {len(seed_dictionary)} pairs do both words have a vector"
                if self.takes_seed_dictionary and seed_dictionary is not None
                else ""
            )
            raise ConfigurationError(
                f"Not one word pair to start from ({self.name}) between {source.path} and "
                f"{target.path}{unknown}. {self.remedy}"
            )
        logger.info("%d word pairs to start from (%s).", len(pairs), self.name)
        if len(pairs) < source.dim:
            logger.warning(
                "%d word pairs are few for %d dimensions: expect a poor start.",
                len(pairs),
                source.dim,
            )
        return pairs

    def find(self, given: StartInput) -> Start:
        assert given.pairs is not None  # `word_pairs` has found some
        mapped, fixed = given.pairs
        return Start(procrustes(mapped, fixed), {"dictionary_size": len(mapped)})

    @abstractmethod
    def _pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> Sequence[Tuple[int, int]]:
        """(source row, target row)"""
