"""Stage 1 of Algorithm 1 as a whole: from two files' word vectors to one `Mapping`."""

import logging
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.checkpoint import NO_CHECKPOINT, Checkpoint
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.normalization import apply_normalization, fit_normalization
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.refinement.procrustes import reweight
from xner_allennlp.mapping.refinement.refinement import Refinement, RefinementResult
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Observer, Start, StartInput
from xner_allennlp.mapping.verdict.control import Control, compare_with_control
from xner_allennlp.mapping.verdict.verdict import frequency_agreement
from xner_allennlp.vectors import WordVectors
from xner_allennlp.version import VERSION

logger = logging.getLogger(__name__)


class MapperResult(NamedTuple):
    """
    mapping : `Mapping`
        The best mapping found, by the unsupervised criterion.
    report : `Dict[str, Any]`
        What happened, for `metrics.json`: the verdict (`"failed"`), criterion of every stage, sizes
        of dictionaries, times.
    """

    mapping: Mapping
    report: Dict[str, Any]


class WordVectorMapper(FromParams):
    """
    Learns the mapping between the word vectors of two languages: a start (by default adversarial
    training, which needs no dictionary), then refinement by Procrustes on induced dictionaries. The
    unsupervised criterion chooses among the mappings met on the way, and a verdict tells whether
    the best of them means anything. Usable from plain Python:

        mapper = WordVectorMapper("cpu", seed=1)
        mapping, report = mapper.map(read_word_vectors("en.vec"), read_word_vectors("nl.vec"))
        mapping.save("mapping.npz")

    In a config: `"mapper": {"preset": "cpu", "start": {"restarts": 8}, "seed": 1}`.

    # Parameters

    preset : `str`, optional (default = `"paper"`)
        See `xner_allennlp.mapping.presets`.
    options
        What should differ from the preset, as in a config: see
        [`MapperOptions`](./options.md#mapperoptions).

    # Raises

    `ConfigurationError`
        If the preset or an option is unknown, or has an impossible value.
    """

    def __init__(self, preset: str = "paper", **options: Any) -> None:
        self.options = MapperOptions.of_preset(preset, **options)
        self._preset = preset

    @classmethod
    def from_params(cls, params: Params, *args: Any, **extras: Any) -> "WordVectorMapper":
        return cls(**params.as_dict(quiet=True))

    def map(
        self,
        source: WordVectors,
        target: WordVectors,
        *,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
        checkpoint: Checkpoint = NO_CHECKPOINT,
        observer: Observer = lambda record: None,
    ) -> MapperResult:
        """
        Learns a mapping.

        # Parameters

        source, target : `WordVectors`
            Most frequent words first.
        seed_dictionary : `Sequence[Tuple[str, str]]`, optional
            (source word, target word), for the start `"dictionary"`.
        checkpoint : `Checkpoint`, optional
            Where to save what an interrupted run needs to go on, and to go on from.
        observer : `Callable[[Dict[str, Any]], None]`, optional
            Called with the record of every step when it is done: `"restart"`, `"phase"` and what
            the report has of the step. Of work that a checkpoint has, too.

        # Raises

        `ConfigurationError`
            Before any long work, if the two do not fit together, or the start has no word pairs.
        """
        pairs = self.check(source, target, seed_dictionary=seed_dictionary)
        checkpoint.check_same_work(self._provenance(source, target))
        started = time.time()
        means = {
            "source": fit_normalization(source.matrix, self.options.normalize),
            "target": fit_normalization(target.matrix, self.options.normalize),
        }
        spaces = {
            "source": apply_normalization(source.matrix, self.options.normalize, means["source"]),
            "target": apply_normalization(target.matrix, self.options.normalize, means["target"]),
        }
        run = _Run(spaces, pairs, self.options, checkpoint, observer)
        best = run.best_of_restarts()
        final = run.final(best)
        control = run.control(best) if self.options.needs_control else None
        report: Dict[str, Any] = {
            "failed": final.agreement < self.options.least_agreement
            or (control is not None and control.gain < self.options.least_gain),
            "criterion": final.criterion,
            "frequency_agreement": final.agreement,
            "gain_over_control": None if control is None else control.gain,
            "direction": self.options.direction,
            "start": self.options.start.name,
            "preset": self._preset,
            "source_words": len(source),
            "target_words": len(target),
            "dimension": source.dim,
            "source_repairs": dict(source.counts),
            "target_repairs": dict(target.counts),
            "isometry_error": float(np.abs(best.W @ best.W.T - np.eye(len(best.W))).max()),
            "restarts": run.records,
            "seconds": round(time.time() - started, 1),
        }
        if report["failed"]:
            logger.warning("%s", failure_message(report))
        mapping = Mapping(
            W=final.W,
            direction=self.options.direction,
            normalize=tuple(self.options.normalize),
            means=means,
            criterion=final.criterion,
            provenance=self._provenance(source, target),
            fixed_W=final.fixed_W,
        )
        return MapperResult(mapping, report)

    def check(
        self,
        source: WordVectors,
        target: WordVectors,
        *,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
    ) -> np.ndarray:
        """
        Checks the input. Called by [`map`](#map).

        # Returns

        `np.ndarray`
            The word pairs to start from, (row of the mapped language, row of the other one), int64,
            shape: (pairs, 2); (0, 2) for a start without word pairs.

        # Raises

        `ConfigurationError`
            If nothing can be learned from the vectors, or the start has no word pairs.
        """
        for vectors in (source, target):
            if not vectors.matrix.any():
                raise ConfigurationError(
                    f"{vectors.path}: there are no word vectors but null ones."
                )
        if source.dim != target.dim:
            raise ConfigurationError(
                f"{source.path} has {source.dim} dimensions, but {target.path} has {target.dim}. "
                "Both languages' vectors must have the same dimension."
            )
        if source.fingerprint == target.fingerprint:
            logger.warning(
                "%s and %s begin with the same words: is one of them the wrong file?",
                source.path,
                target.path,
            )
        start = self.options.start
        if seed_dictionary is not None and not start.takes_seed_dictionary:
            raise ConfigurationError(
                f'A seed dictionary is given, but the start is "{start.name}". Set it to '
                '"dictionary", or leave the dictionary out.'
            )
        pairs = start.word_pairs(source, target, seed_dictionary)  # shape: (pairs, 2)
        return pairs if self.options.direction == "source_to_target" else pairs[:, ::-1]

    def _provenance(self, source: WordVectors, target: WordVectors) -> Dict[str, Any]:
        return {
            "source_vectors": _describe(source),
            "target_vectors": _describe(target),
            "method": self.options.start.name,
            "seed": self.options.seed,
            "preset": self._preset,
            "options": self.options.as_dict(),
            "package_version": VERSION,
        }


def failure_message(report: Dict[str, Any]) -> str:
    """What a user should know about a mapping that has failed, and what to try."""
    advice = MappingStart.by_name(report["start"]).advice
    gain = report["gain_over_control"]
    of_control = (
        ""
        if gain is None
        else f", and the criterion is {100 * gain:+.1f} % above that of words without meaning "
        "(least_gain)"
    )
    return (
        f"The mapping has failed (criterion {report['criterion']:.4f}): the frequency ranks of "
        f"words and translations agree to {report['frequency_agreement']:.3f} (least_agreement)"
        f'{of_control}. Try {advice}, preset "semi_supervised" (words written alike) or '
        '"supervised" (a seed dictionary). If the vector files are not sorted by frequency the '
        "agreement means nothing: set least_agreement to -1."
    )


class _Best(NamedTuple):
    W: np.ndarray
    criterion: float
    agreement: float
    pairs: Optional[np.ndarray]


class _Final(NamedTuple):
    W: np.ndarray
    fixed_W: Optional[np.ndarray]
    criterion: float
    agreement: float


class _Run:
    """One call of `WordVectorMapper.map` after everything is checked and normalised."""

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
        self._mapped = mapped[mapped.any(axis=1)][: options.vocabulary]  # shape: (n, d)
        self._fixed = fixed[fixed.any(axis=1)][: options.vocabulary]  # shape: (m, d)
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

    def best_of_restarts(self) -> _Best:
        """The best mapping of all seeds."""
        best: Optional[_Best] = None
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

    def _one(self, restart: int, seed: int, best: Optional[_Best]) -> _Best:
        started = time.time()
        start = self._start(restart, seed)
        record: Dict[str, Any] = {"seed": seed, "start": start.record}
        refined = self._refined(start, restart, seed, best)
        if refined is None:
            translations = self._search.translations_of_mapped(start.W)
            agreement = frequency_agreement(translations, self._options.criterion_words)
            result = _Best(
                start.W, self._search.criterion_of(translations), agreement, self._seed_pairs
            )
            record["ended_early"] = True
        else:
            pairs = self._seed_pairs if refined.pairs is None else refined.pairs
            result = _Best(refined.W, refined.criterion, refined.agreement, pairs)
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
        self, start: Start, restart: int, seed: int, best: Optional[_Best]
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

    def final(self, best: _Best) -> _Final:
        """The best mapping as it is handed out, with its own criterion."""
        W, fixed_W = self._reweighted(best) if self._options.reweighting else (best.W, None)
        found = self._search.translate(W, fixed_W, queries=self._options.criterion_words)
        agreement = frequency_agreement(found, self._options.criterion_words)
        return _Final(W, fixed_W, self._search.criterion_of(found), agreement)

    def control(self, best: _Best) -> Control:
        return compare_with_control(
            self._mapped,
            self._fixed,
            best.W,
            neighbours=self._options.neighbours,
            seed=self._options.seed,
            device=self._options.device,
        )

    def _reweighted(self, best: _Best) -> Tuple[np.ndarray, Optional[np.ndarray]]:
        mapped, fixed = self._mapped, self._fixed
        if best.pairs is None:
            # No refinement was better than the start.
            pairs = self._refinement.dictionary(best.W)
        else:
            pairs = best.pairs
            if pairs is self._seed_pairs:
                # Rows of all vectors; induced pairs are rows of those that were learned from.
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


def _describe(vectors: WordVectors) -> Dict[str, Any]:
    return {
        "path": vectors.path,
        "fingerprint": vectors.fingerprint,
        "words": len(vectors),
        "dimension": vectors.dim,
    }
