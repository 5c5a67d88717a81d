"""Start and refinement with one seed after another, and the best of them."""

import logging
import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.refinement.procrustes import reweight
from xner_allennlp.mapping.refinement.refinement import Refinement, RefinementResult
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts.mapping_start import Observer, Start, StartInput
from xner_allennlp.mapping.verdict.control import Control, compare_with_control
from xner_allennlp.mapping.verdict.verdict import frequency_agreement

logger = logging.getLogger(__name__)


class BestRestart(NamedTuple):
    """
    W : `np.ndarray`, shape: (d, d).
    criterion, agreement : `float`
        The unsupervised criterion, and the agreement of frequency ranks.
    pairs : `np.ndarray`, optional
        The word pairs that `W` was fitted to, shape: (pairs, 2).
    """

    W: np.ndarray
    criterion: float
    agreement: float
    pairs: Optional[np.ndarray]


class FinalMapping(NamedTuple):
    """
    W, fixed_W : `np.ndarray`, shape: (d, d)
        What the mapped language, and the other one, are multiplied with; `fixed_W` only after
        re-weighting.
    criterion, agreement : `float`
    """

    W: np.ndarray
    fixed_W: Optional[np.ndarray]
    criterion: float
    agreement: float


class Restarts:
    """
    The work of one call of `WordVectorMapper.map`, after everything is checked and normalised.

    # Parameters

    spaces : `Dict[str, np.ndarray]`
        The normalised vectors of each language, shape: (words, d).
    pairs : `np.ndarray`
        The word pairs to start from, of all vectors, shape: (pairs, 2); (0, 2) if there are none.
    options : `MapperOptions`
    checkpoint : `Checkpoint`
    observer : `Observer`
    """

    def __init__(
        self,
        spaces: Dict[str, np.ndarray],
        pairs: np.ndarray,
        options: MapperOptions,
        checkpoint: Checkpoint,
        observer: Observer,
    ) -> None:
        mapped_language, fixed_language = options.direction.split("_to_")
        mapped, fixed = spaces[mapped_language], spaces[fixed_language]
        self._options = options
        self._checkpoint = checkpoint
        self._observer = observer
        # Null vectors carry nothing to learn from, and their cosines are not defined.
        # shape: (n, d)
        self._mapped = mapped[mapped.any(axis=1)][: options.vocabulary]
        # shape: (m, d)
        self._fixed = fixed[fixed.any(axis=1)][: options.vocabulary]
        self._search = TranslationSearch(
            self._mapped,
            self._fixed,
            neighbours=options.neighbours,
            method=options.dictionary_method,
            criterion_words=options.criterion_words,
            device=options.device,
        )
        self._refinement = Refinement(
            self._mapped,
            self._fixed,
            search=self._search,
            options=options.refinement,
            criterion_words=options.criterion_words,
        )
        self._seed_pairs = pairs if len(pairs) else None
        self._full = (mapped, fixed)
        self.records: List[Dict[str, Any]] = []

    def best(self) -> BestRestart:
        """The best mapping of all seeds."""
        best: Optional[BestRestart] = None
        for restart in range(self._options.restarts):
            result = self._one(restart, self._options.seed + restart, best)
            lost = "ended_early" in self.records[-1]
            if best is None or (result.criterion > best.criterion and not lost):
                best = result
            if self._options.restarts > 1:
                logger.info(
                    "restart %d of %d: criterion %.4f, best so far %.4f",
                    restart + 1,
                    self._options.restarts,
                    result.criterion,
                    best.criterion,
                )
        assert best is not None  # there was at least one restart
        return best

    def _one(self, restart: int, seed: int, best: Optional[BestRestart]) -> BestRestart:
        started = time.time()
        start = self._start(restart, seed)
        record: Dict[str, Any] = {"seed": seed, "start": start.record}
        refined = self._refined(start, restart, seed, best)
        if refined is None:
            translations = self._search.translations_of_mapped(start.W)
            agreement = frequency_agreement(translations, self._options.criterion_words)
            result = BestRestart(
                start.W, self._search.criterion_of(translations), agreement, self._seed_pairs
            )
            record["ended_early"] = True
        else:
            pairs = self._seed_pairs if refined.pairs is None else refined.pairs
            result = BestRestart(refined.W, refined.criterion, refined.agreement, pairs)
            record["refinements"] = refined.iterations
        record["criterion"], record["frequency_agreement"] = result.criterion, result.agreement
        record["seconds"] = round(time.time() - started, 1)
        self.records.append(record)
        return result

    def _start(self, restart: int, seed: int) -> Start:
        """The start with this seed, from the checkpoint if it is finished there."""
        observer = self._observer_of(restart, "start")
        name = f"restart{restart}-start"
        done = self._checkpoint.load(f"{name}-done")
        if done is not None:
            for step in done.values.get("steps", []):
                observer(step)
            return Start(done.arrays["W"], done.values)
        start = self._options.start.find(
            StartInput(
                self._mapped,
                self._fixed,
                seed=seed,
                device=self._options.device,
                criterion=self._search.criterion,
                pairs=self._vectors_of_seed_pairs(),
                checkpoint=self._checkpoint,
                checkpoint_name=name,
                observer=observer,
            )
        )
        self._checkpoint.save(f"{name}-done", start.record, {"W": start.W})
        return start

    def _vectors_of_seed_pairs(self) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        if self._seed_pairs is None:
            return None
        mapped, fixed = self._full
        return mapped[self._seed_pairs[:, 0]], fixed[self._seed_pairs[:, 1]]

    def _refined(
        self, start: Start, restart: int, seed: int, best: Optional[BestRestart]
    ) -> Optional[RefinementResult]:
        """`None` if the restart is clearly lost: refinement could not bring it to the front."""
        if best is not None and best.agreement >= self._options.least_agreement:
            translations = self._search.translations_of_mapped(start.W)
            agreement = frequency_agreement(translations, self._options.criterion_words)
            if agreement < self._options.least_agreement / 3:
                logger.info("restart %d: clearly lost (agreement %.3f).", restart + 1, agreement)
                return None
        return self._refinement.refine(
            start.W,
            seed=seed,
            checkpoint=self._checkpoint,
            name=f"restart{restart}-refinement",
            observer=self._observer_of(restart, "refinement"),
        )

    def _observer_of(self, restart: int, phase: str) -> Observer:
        return lambda step: self._observer({"restart": restart, "phase": phase, **step})

    def final(self, best: BestRestart) -> FinalMapping:
        """The best mapping as it is handed out, with its own criterion."""
        W, fixed_W = self._reweighted(best) if self._options.reweighting else (best.W, None)
        found = self._search.translate(W, fixed_W, queries=self._options.criterion_words)
        agreement = frequency_agreement(found, self._options.criterion_words)
        return FinalMapping(W, fixed_W, self._search.criterion_of(found), agreement)

    def control(self, best: BestRestart) -> Control:
        return compare_with_control(
            self._mapped,
            self._fixed,
            best.W,
            neighbours=self._options.neighbours,
            seed=self._options.seed,
            device=self._options.device,
        )

    def _reweighted(self, best: BestRestart) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        mapped, fixed = self._mapped, self._fixed
        if best.pairs is None:
            # No refinement was better than the start.
            pairs = self._refinement.dictionary(best.W)
        else:
            pairs = best.pairs
            if pairs is self._seed_pairs:
                # Rows of all vectors; induced pairs are rows of the vectors that were learned from.
                mapped, fixed = self._full
        if not len(pairs):
            logger.warning("There are no translations to re-weight with: the mapping stays.")
            return best.W, None
        return reweight(
            mapped[pairs[:, 0]],
            fixed[pairs[:, 1]],
            self._options.reweighting,
            self._options.whitening,
        )
