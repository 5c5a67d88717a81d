"""Stage 1 of Algorithm 1 as a whole: from two files' word vectors to one `Mapping`."""

import hashlib
import logging
import time
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from allennlp.common import FromParams, Params
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.checkpoint import NO_CHECKPOINT, Checkpoint
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.normalization import apply_normalization, fit_normalization
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.restarts import BestRestart, FinalMapping, Restarts
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Observer
from xner_allennlp.mapping.verdict.evidence import held_out
from xner_allennlp.mapping.verdict.verdict import FAILED, WORKS, Verdict, judge
from xner_allennlp.vectors import WordVectors
from xner_allennlp.version import VERSION

logger = logging.getLogger(__name__)

# Files whose first words all have the same vector say nothing.
_DISTINCT_AMONG = 1000


class MapperResult(NamedTuple):
    """
    mapping : `Mapping`
        The best mapping found, by the unsupervised criterion.
    report : `Dict[str, Any]`
        What happened, for `metrics.json`: the verdict, criterion of every stage, sizes of
        dictionaries, times.
    """

    mapping: Mapping
    report: Dict[str, Any]


class WordVectorMapper(FromParams):
    """
    Learns the mapping between the word vectors of two languages: a start (by default adversarial
    training, which needs no dictionary), then refinement by Procrustes on induced dictionaries. The
    unsupervised criterion chooses among the mappings met on the way, and a verdict tells whether
    the best of them works. Usable from plain Python:

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
        pairs: Optional[np.ndarray] = None,
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
        pairs : `np.ndarray`, optional
            What [`check`](#check) has returned, where it was called before.
        checkpoint : `Checkpoint`, optional
            Where to save what an interrupted run needs to go on, and to go on from.
        observer : `Callable[[Dict[str, Any]], None]`, optional
            Called with the record of every step when it is done: `"restart"`, `"phase"` and what
            the report has of the step. Of work that a checkpoint has, too.

        # Raises

        `ConfigurationError`
            Before any long work, if the two do not fit together, or the start has no word pairs.
        """
        if pairs is None:
            pairs = self.check(source, target, seed_dictionary=seed_dictionary)
        checkpoint.check_same_work(self.describe(source, target, pairs))
        started = time.time()
        # Of the words that are learned from: those of rare words lie elsewhere.
        means = {
            language: fit_normalization(
                vectors.matrix[: self.options.vocabulary], self.options.normalize
            )
            for language, vectors in (("source", source), ("target", target))
        }
        spaces = {
            "source": apply_normalization(source.matrix, self.options.normalize, means["source"]),
            "target": apply_normalization(target.matrix, self.options.normalize, means["target"]),
        }
        mapped = source if self.options.direction == "source_to_target" else target
        # shape: (pairs,)
        is_held_out = held_out(pairs, mapped.words)
        restarts = Restarts(spaces, pairs[~is_held_out], self.options, checkpoint, observer)
        best: Optional[BestRestart] = None
        for found in restarts.best():
            if found is not best:
                best = found
                # The verdict is on a mapping that the pairs held out had no part in.
                judged = restarts.final(best, pairs[~is_held_out])
                verdict = self._verdict(
                    self._mapping(judged, means, {}), source, target, pairs, is_held_out
                )
            if verdict.statement == WORKS:
                break
            logger.info("The best mapping so far: %s", verdict.summary)
        assert best is not None  # there was at least one restart
        final = restarts.final(best, pairs) if is_held_out.any() else judged
        provenance = self._provenance(source, target)
        report: Dict[str, Any] = {
            "failed": verdict.statement == FAILED,
            "verdict": verdict.as_dict(),
            "criterion": final.criterion,
            "direction": self.options.direction,
            "start": self.options.start.name,
            "preset": self._preset,
            "source_words": len(source),
            "target_words": len(target),
            "dimension": source.dim,
            "source_repairs": dict(source.counts),
            "target_repairs": dict(target.counts),
            "isometry_error": float(np.abs(best.W @ best.W.T - np.eye(len(best.W))).max()),
            "restarts": restarts.records,
            "seconds": round(time.time() - started, 1),
        }
        if report["failed"]:
            logger.warning("%s", failure_message(report))
        else:
            logger.info("The mapping %s", verdict.summary)
        provenance["verdict"] = report["verdict"]
        return MapperResult(self._mapping(final, means, provenance), report)

    def _verdict(
        self,
        mapping: Mapping,
        source: WordVectors,
        target: WordVectors,
        pairs: np.ndarray,
        is_held_out: np.ndarray,
    ) -> Verdict:
        if self.options.direction == "target_to_source":
            pairs = pairs[:, ::-1]
        from_dictionary = self.options.start.takes_seed_dictionary
        return judge(
            mapping,
            source,
            target,
            dictionary=pairs[is_held_out] if from_dictionary else None,
            from_dictionary=from_dictionary,
            learned_from={source.words[row] for row in pairs[~is_held_out, 0].tolist()},
            neighbours=self.options.neighbours,
            device=self.options.device,
        )

    def _mapping(
        self, final: FinalMapping, means: Dict[str, np.ndarray], provenance: Dict[str, Any]
    ) -> Mapping:
        return Mapping(
            W=final.W,
            direction=self.options.direction,
            normalize=tuple(self.options.normalize),
            means=means,
            criterion=final.criterion,
            provenance=provenance,
            fixed_W=final.fixed_W,
        )

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
        if source.dim != target.dim:
            raise ConfigurationError(
                f"{source.path} has {source.dim} dimensions, but {target.path} has {target.dim}. "
                "Both languages' vectors must have the same dimension."
            )
        for vectors in (source, target):
            # shape: (known,)
            known = np.flatnonzero(vectors.matrix.any(axis=1))[:_DISTINCT_AMONG]
            if not len(known):
                raise ConfigurationError(
                    f"{vectors.path}: there are no word vectors but null ones."
                )
            if (vectors.matrix[known] == vectors.matrix[known[0]]).all():
                raise ConfigurationError(
                    f"{vectors.path}: there is but one distinct word vector. Give those of many "
                    "words, best of thousands."
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
        # shape: (pairs, 2)
        pairs = start.word_pairs(source, target, seed_dictionary)
        return pairs if self.options.direction == "source_to_target" else pairs[:, ::-1]

    def describe(
        self, source: WordVectors, target: WordVectors, pairs: np.ndarray
    ) -> Dict[str, Any]:
        """What the result depends on; an interrupted run goes on only where it is the same."""
        description = self._provenance(source, target)
        if self.options.start.takes_seed_dictionary:
            description["seed_dictionary"] = hashlib.sha256(
                repr(pairs.tolist()).encode()
            ).hexdigest()
        return description

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
    return (
        f"The mapping has {report['verdict']['summary']}. Try {advice}, preset "
        '"semi_supervised" (words written alike), "multilingual_encoder" (pairs that a pretrained '
        'encoder finds) or "supervised" (a seed dictionary).'
    )


def _describe(vectors: WordVectors) -> Dict[str, Any]:
    return {
        "path": vectors.path,
        "fingerprint": vectors.fingerprint,
        "words": len(vectors),
        "dimension": vectors.dim,
    }
