"""Start and refinement with one seed after another, and the best of them."""

import logging
import time
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.refinement.procrustes import procrustes, reweight
from xner_allennlp.mapping.refinement.refinement import Refinement
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts.mapping_start import Observer, Start, StartInput

logger = logging.getLogger(__name__)


class BestRestart(NamedTuple):
    """
    W : `np.ndarray`, shape: (d, d).
    criterion : `float`
        The unsupervised criterion.
    pairs : `np.ndarray`, optional
        The word pairs that `W` was fitted to, shape: (pairs, 2).
    """

    W: np.ndarray
    criterion: float
    pairs: Optional[np.ndarray]


class FinalMapping(NamedTuple):
    """
    W, fixed_W : `np.ndarray`, shape: (d, d)
        What the mapped language, and the other one, are multiplied with; `fixed_W` only after
        re-weighting.
    criterion : `float`
    """

    W: np.ndarray
    fixed_W: Optional[np.ndarray]
    criterion: float


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

    def best(self) -> Iterator[BestRestart]:
        """The best mapping so far: of `restarts` seeds, then of one more each time."""
        best: Optional[BestRestart] = None
        most = self._options.restarts + self._options.further_restarts
        for restart in range(most):
            result = self._one(restart, self._options.seed + restart)
            if best is None or result.criterion > best.criterion:
                best = result
            if most > 1:
                logger.info(
                    "restart %d of at most %d, seed %d: criterion %.4f, best so far %.4f",
                    restart + 1,
                    most,
                    self._options.seed + restart,
                    result.criterion,
                    best.criterion,
                )
            if restart + 1 >= self._options.restarts:
                yield best

    def _one(self, restart: int, seed: int) -> BestRestart:
        started = time.time()
        start = self._start(restart, seed)
        refined = self._refinement.refine(
            start.W,
            seed=seed,
            checkpoint=self._checkpoint,
            name=f"restart{restart}-refinement",
            observer=self._observer_of(restart, "refinement"),
        )
        self.records.append(
            {
                "seed": seed,
                "start": start.record,
                "refinements": refined.iterations,
                "criterion": refined.criterion,
                "seconds": round(time.time() - started, 1),
            }
        )
        pairs = self._seed_pairs if refined.pairs is None else refined.pairs
        return BestRestart(refined.W, refined.criterion, pairs)

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
                pairs=self._vectors_of(self._seed_pairs),
                checkpoint=self._checkpoint,
                checkpoint_name=name,
                observer=observer,
            )
        )
        self._checkpoint.save(f"{name}-done", start.record, {"W": start.W})
        return start

    def _vectors_of(self, pairs: Optional[np.ndarray]) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        if pairs is None:
            return None
        mapped, fixed = self._full
        return mapped[pairs[:, 0]], fixed[pairs[:, 1]]

    def _observer_of(self, restart: int, phase: str) -> Observer:
        return lambda step: self._observer({"restart": restart, "phase": phase, **step})

    def final(self, best: BestRestart, seed_pairs: np.ndarray) -> FinalMapping:
        """
        The best mapping as it is handed out, with its own criterion. If it was fitted to word pairs
        that were given, it is now fitted to `seed_pairs`, shape: (pairs, 2).
        """
        W, fixed_W = best.W, None
        # Induced pairs are rows of the vectors that were learned from.
        vectors: Optional[Tuple[np.ndarray, np.ndarray]] = None
        if best.pairs is not None and best.pairs is self._seed_pairs:
            vectors = self._vectors_of(seed_pairs)
            assert vectors is not None
            W = procrustes(*vectors)
        elif self._options.reweighting:
            pairs = self._refinement.dictionary(best.W) if best.pairs is None else best.pairs
            vectors = self._mapped[pairs[:, 0]], self._fixed[pairs[:, 1]]
        if self._options.reweighting and vectors is not None:
            if len(vectors[0]):
                W, fixed_W = reweight(*vectors, self._options.reweighting, self._options.whitening)
            else:
                logger.warning("There are no translations to re-weight with: the mapping stays.")
        found = self._search.translate(W, fixed_W, queries=self._options.criterion_words)
        return FinalMapping(W, fixed_W, self._search.criterion_of(found))
