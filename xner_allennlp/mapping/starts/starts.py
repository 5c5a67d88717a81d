"""Where a mapping starts, and what has to be right for it: all initializations behind one call."""

import logging
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.dictionary import identical_strings, known_pairs, numerals
from xner_allennlp.mapping.options import (
    ADVERSARIAL,
    DICTIONARY,
    IDENTICAL_STRINGS,
    NUMERALS,
    TRANSPORT,
    MapperOptions,
)
from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts.adversarial import AdversarialTraining
from xner_allennlp.mapping.starts.signatures import similarity_signatures
from xner_allennlp.mapping.starts.transport import TransportInitialization
from xner_allennlp.vectors import WordVectors

logger = logging.getLogger(__name__)

FROM_PAIRS = (IDENTICAL_STRINGS, NUMERALS, DICTIONARY)


class Start(NamedTuple):
    """
    W : `np.ndarray`
        shape: (d, d).
    record : `Dict[str, Any]`
        How it was found; `"steps"` has what there is to say of each step.
    """

    W: np.ndarray
    record: Dict[str, Any]


class Starts:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors, most frequent words first, shapes: (n, d) and (m, d).
    search : `TranslationSearch`
        Of the same vectors.
    options : `MapperOptions`
    pairs_W : `np.ndarray`, optional
        Procrustes' solution of the word pairs, for an initialization that has some.
    dictionary_size : `int`, optional (default = `0`)
        Their number, for the record.
    """

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        *,
        search: TranslationSearch,
        options: MapperOptions,
        pairs_W: Optional[np.ndarray],
        dictionary_size: int = 0,
    ) -> None:
        self._mapped = mapped
        self._fixed = fixed
        self._search = search
        self._options = options
        self._pairs_W = pairs_W
        self._dictionary_size = dictionary_size

    def start(
        self,
        seed: int,
        *,
        checkpoint: Checkpoint,
        name: str,
        observer: Callable[[Dict[str, Any]], None],
    ) -> Start:
        """
        The start of one seed; one that a checkpoint has is not made again. The observer gets the
        record of every step as soon as there is one.
        """
        done = checkpoint.load(f"{name}-done")
        if done is not None:
            for step in done.values.get("steps", []):
                observer(step)
            return Start(done.arrays["W"], done.values)
        start = self._find(seed, checkpoint, name, observer)
        checkpoint.save(f"{name}-done", start.record, {"W": start.W})
        return start

    def _find(
        self,
        seed: int,
        checkpoint: Checkpoint,
        name: str,
        observer: Callable[[Dict[str, Any]], None],
    ) -> Start:
        options = self._options
        if self._pairs_W is not None:
            return Start(self._pairs_W, {"dictionary_size": self._dictionary_size})
        if options.initialization == ADVERSARIAL:
            found = AdversarialTraining(options).train(
                self._mapped,
                self._fixed,
                criterion=self._search.criterion,
                seed=seed,
                checkpoint=checkpoint,
                name=name,
                observer=observer,
            )
            return Start(found.W, {"criterion": found.criterion, "steps": found.epochs})
        if options.initialization == TRANSPORT:
            transport = TransportInitialization(
                restarts=options.transport_starts,
                words=options.transport_words,
                device=options.device,
            ).find(self._mapped, self._fixed, seed=seed)
            for step in transport.restarts:
                observer(step)
            return Start(
                transport.W, {"objective": transport.objective, "steps": transport.restarts}
            )
        pairs = similarity_signatures(
            self._mapped, self._fixed, words=options.signature_words, neighbours=options.neighbours
        )
        W = procrustes(self._mapped[pairs[:, 0]], self._fixed[pairs[:, 1]])  # shape: (d, d)
        return Start(W, {"dictionary_size": len(pairs)})


def check_vectors(source: WordVectors, target: WordVectors, options: MapperOptions) -> None:
    """
    # Raises

    `ConfigurationError`
        If nothing can be learned from these vectors.
    """
    for vectors in (source, target):
        if not vectors.matrix.any():
            raise ConfigurationError(f"{vectors.path}: there are no word vectors but null ones.")
        if len(vectors) < options.most_frequent and options.initialization == ADVERSARIAL:
            logger.warning(
                "%s has %d words, fewer than most_frequent (%d): adversarial training draws "
                "from all of them.",
                vectors.path,
                len(vectors),
                options.most_frequent,
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


def start_pairs(
    source: WordVectors,
    target: WordVectors,
    seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    options: MapperOptions,
) -> np.ndarray:
    """
    The word pairs to start from.

    # Returns

    `np.ndarray`
        (row of the mapped language, row of the other one), int64, shape: (pairs, 2). Of a start
        without word pairs: none.

    # Raises

    `ConfigurationError`
        If there should be some, but are none.
    """
    if seed_dictionary is not None and options.initialization != DICTIONARY:
        raise ConfigurationError(
            f'A seed dictionary is given, but the initialization is "{options.initialization}". '
            'Set it to "dictionary", or leave the dictionary out.'
        )
    if options.initialization not in FROM_PAIRS:
        return np.zeros((0, 2), dtype=np.int64)
    if options.initialization == IDENTICAL_STRINGS:
        pairs = identical_strings(source.words, target.words)  # shape: (pairs, 2)
    elif options.initialization == NUMERALS:
        pairs = numerals(source.words, target.words)  # shape: (pairs, 2)
    elif seed_dictionary is None:
        raise ConfigurationError(
            'The initialization "dictionary" needs a seed dictionary. Give seed_dictionary.'
        )
    else:
        pairs = known_pairs(seed_dictionary, source.index(), target.index())
    if not len(pairs):
        raise ConfigurationError(
            f"Not one word pair to start from ({options.initialization}) between {source.path} and "
            f"{target.path}. Use another initialization."
        )
    logger.info("%d word pairs to start from (%s).", len(pairs), options.initialization)
    if len(pairs) < source.dim:
        logger.warning(
            "%d word pairs are few for %d dimensions: expect a poor start.", len(pairs), source.dim
        )
    return pairs if options.direction == "source_to_target" else pairs[:, ::-1]
