"""Stage 1 of Algorithm 1 as a whole: from two files' word vectors to one `Mapping`."""

import logging
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.adversarial import AdversarialTraining
from xner_allennlp.mapping.criterion import MeanCslsCosine
from xner_allennlp.mapping.dictionary import identical_strings, known_pairs
from xner_allennlp.mapping.mapping import Mapping, check_direction
from xner_allennlp.mapping.normalization import (
    apply_normalization,
    check_steps,
    fit_normalization,
)
from xner_allennlp.mapping.procrustes import procrustes
from xner_allennlp.mapping.refinement import refine
from xner_allennlp.vectors import WordVectors
from xner_allennlp.version import VERSION

logger = logging.getLogger(__name__)

INITIALIZATIONS = ("adversarial", "identical_strings", "dictionary")

_FAILED_AGREEMENT = 0.05
_ENOUGH_IDENTICAL_STRINGS = 50


class MapperResult(NamedTuple):
    """
    mapping : `Mapping`
        The best mapping found, by the unsupervised criterion.
    report : `Dict[str, Any]`
        What happened, for `metrics.json`: criterion of every stage, sizes of dictionaries, times.
    """

    mapping: Mapping
    report: Dict[str, Any]


class WordVectorMapper(FromParams):
    """
    Learns the mapping between the word vectors of two languages: a start (by default adversarial
    training, which needs no dictionary), then refinement by Procrustes on induced dictionaries. The
    unsupervised criterion chooses among the mappings met on the way. Usable from plain Python:

        mapper = WordVectorMapper(seed=1)
        mapping, report = mapper.map(read_word_vectors("en.vec"), read_word_vectors("nl.vec"))
        mapping.save("mapping.npz")

    All defaults are MUSE's (Conneau et al. 2018), which the paper follows.

    # Parameters

    direction : `str`, optional (default = `"source_to_target"`)
        Which language is mapped into the space of the other; or `"target_to_source"`.
    initialization : `str`, optional (default = `"adversarial"`)
        `"adversarial"`, `"identical_strings"` (Procrustes on the words written alike in both
        languages) or `"dictionary"` (Procrustes on the seed dictionary given to [`map`](#map)).
    normalize : `Sequence[str]`, optional (default = `()`)
        Steps applied to both languages' vectors first, of `"renorm"` and `"center"`.
    seed : `int`, optional (default = `13370`)
    attempts : `int`, optional (default = `1`)
        Adversarial training may fail from one seed and succeed from the next. So many seeds
        (`seed`, `seed + 1`, ...) are tried, refinement included, and the best mapping kept.
    device : `str`, optional (default = `"cpu"`)
        Where the adversarial training runs, as PyTorch names it.
    epochs, words_per_epoch, batch_size, most_frequent, discriminator_steps, hidden_dim,
    num_layers, input_dropout, label_smoothing, mapping_lr, discriminator_lr, lr_decay, lr_shrink,
    beta, vector_length
        See [`AdversarialTraining`](./adversarial.md#adversarialtraining).
    refinements : `int`, optional (default = `5`)
        Number of refinements; 0 for none.
    refinement_vocabulary : `int`, optional (default = `15000`)
        Dictionaries are induced among so many most frequent words of either language.
    mutual : `bool`, optional (default = `True`)
        Whether an induced dictionary keeps mutual translations only, or one for each mapped word.
    neighbours : `int`, optional (default = `10`)
        k of CSLS.
    criterion_words : `int`, optional (default = `10000`)
        The criterion is the mean cosine of the CSLS translations of so many most frequent words of
        the mapped language,
    criterion_vocabulary : `int`, optional
        sought among so many most frequent words (default: all). Its cost grows with the square.
    """

    def __init__(
        self,
        *,
        direction: str = "source_to_target",
        initialization: str = "adversarial",
        normalize: Sequence[str] = (),
        seed: int = 13370,
        attempts: int = 1,
        device: str = "cpu",
        epochs: int = 5,
        words_per_epoch: int = 1_000_000,
        batch_size: int = 32,
        most_frequent: int = 75_000,
        discriminator_steps: int = 5,
        hidden_dim: int = 2048,
        num_layers: int = 2,
        input_dropout: float = 0.1,
        label_smoothing: float = 0.1,
        mapping_lr: float = 0.1,
        discriminator_lr: float = 0.1,
        lr_decay: float = 0.98,
        lr_shrink: float = 0.5,
        beta: float = 0.001,
        vector_length: Optional[float] = None,
        refinements: int = 5,
        refinement_vocabulary: int = 15_000,
        mutual: bool = True,
        neighbours: int = 10,
        criterion_words: int = 10_000,
        criterion_vocabulary: Optional[int] = None,
    ) -> None:
        self.direction = check_direction(direction)
        if initialization not in INITIALIZATIONS:
            raise ConfigurationError(
                f"initialization: {initialization!r} is unknown. Choose from "
                f"{', '.join(INITIALIZATIONS)}."
            )
        self.initialization = initialization
        self.normalize = check_steps(normalize)
        self.neighbours = neighbours
        self._seed = seed
        self._attempts = attempts
        self._most_frequent = most_frequent
        self._adversarial_options: Dict[str, Any] = {
            "epochs": epochs,
            "words_per_epoch": words_per_epoch,
            "batch_size": batch_size,
            "most_frequent": most_frequent,
            "discriminator_steps": discriminator_steps,
            "hidden_dim": hidden_dim,
            "num_layers": num_layers,
            "input_dropout": input_dropout,
            "label_smoothing": label_smoothing,
            "mapping_lr": mapping_lr,
            "discriminator_lr": discriminator_lr,
            "lr_decay": lr_decay,
            "lr_shrink": lr_shrink,
            "beta": beta,
            "vector_length": vector_length,
            "device": device,
        }
        self._refinement_options: Dict[str, Any] = {
            "iterations": refinements,
            "vocabulary": refinement_vocabulary,
            "neighbours": neighbours,
            "mutual": mutual,
        }
        self._criterion_options: Dict[str, Any] = {
            "num_words": criterion_words,
            "vocabulary": criterion_vocabulary,
            "neighbours": neighbours,
        }
        self._check_options(attempts, device)

    def map(
        self,
        source: WordVectors,
        target: WordVectors,
        *,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
    ) -> MapperResult:
        """
        Learns a mapping.

        # Parameters

        source, target : `WordVectors`
            Most frequent words first.
        seed_dictionary : `Sequence[Tuple[str, str]]`, optional
            (source word, target word), for the initialization `"dictionary"`.

        # Raises

        `ConfigurationError`
            Before any long work, if the two do not fit together, or the start has no word pairs.
        """
        pairs = self.check(source, target, seed_dictionary=seed_dictionary)
        started = time.time()
        means = {
            "source": fit_normalization(source.matrix, self.normalize),
            "target": fit_normalization(target.matrix, self.normalize),
        }
        spaces = {
            "source": self._normalized(source, means["source"]),
            "target": self._normalized(target, means["target"]),
        }
        mapped_language, fixed_language = self.direction.split("_to_")
        mapped, fixed = spaces[mapped_language], spaces[fixed_language]
        # Null vectors carry nothing to learn from, and their cosines are not defined.
        mapped_known, fixed_known = mapped[mapped.any(axis=1)], fixed[fixed.any(axis=1)]

        criterion = MeanCslsCosine(mapped_known, fixed_known, **self._criterion_options)
        attempts: List[Dict[str, Any]] = []
        best_W: Optional[np.ndarray] = None
        best = float("-inf")
        for attempt in range(self._attempts):
            seed = self._seed + attempt
            attempt_started = time.time()
            record: Dict[str, Any] = {"seed": seed}
            if self.initialization == "adversarial":
                training = AdversarialTraining(**self._adversarial_options)
                start = training.train(mapped_known, fixed_known, criterion=criterion, seed=seed)
                W = start.W  # shape: (d, d)
                record["start_criterion"] = start.criterion
                record["epochs"] = start.epochs
            else:
                W = procrustes(mapped[pairs[:, 0]], fixed[pairs[:, 1]])  # shape: (d, d)
                record["start_criterion"] = criterion(W)
                record["start_dictionary_size"] = len(pairs)
            refined = refine(
                W, mapped_known, fixed_known, criterion=criterion, **self._refinement_options
            )
            record["criterion"] = refined.criterion
            record["refinements"] = refined.iterations
            record["seconds"] = round(time.time() - attempt_started, 1)
            attempts.append(record)
            if best_W is None or refined.criterion > best:
                best_W, best = refined.W, refined.criterion
            if self._attempts > 1:
                logger.info(
                    "attempt %d of %d (seed %d): criterion %.4f, best so far %.4f",
                    attempt + 1,
                    self._attempts,
                    seed,
                    refined.criterion,
                    best,
                )
        assert best_W is not None  # there was at least one attempt

        report: Dict[str, Any] = {
            "criterion": best,
            "direction": self.direction,
            "initialization": self.initialization,
            "source_words": len(source),
            "target_words": len(target),
            "dimension": source.dim,
            **self._agreement(source, target, spaces, best_W),
            "attempts": attempts,
            "seconds": round(time.time() - started, 1),
        }
        mapping = Mapping(
            W=best_W,
            direction=self.direction,
            normalize=self.normalize,
            means=means,
            criterion=best,
            provenance=self._provenance(source, target),
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
        Everything about the input that can be wrong. Called by [`map`](#map).

        # Returns

        `np.ndarray`
            The word pairs to start from, (row of the mapped language, row of the other one), int64,
            shape: (pairs, 2). Of the adversarial start: none.
        """
        for vectors in (source, target):
            if not vectors.matrix.any():
                raise ConfigurationError(
                    f"{vectors.path}: there are no word vectors but null ones."
                )
            if len(vectors) < self._most_frequent and self.initialization == "adversarial":
                logger.warning(
                    "%s has %d words, fewer than most_frequent (%d): adversarial training draws "
                    "from all of them.",
                    vectors.path,
                    len(vectors),
                    self._most_frequent,
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
        if seed_dictionary is not None and self.initialization != "dictionary":
            raise ConfigurationError(
                "A seed dictionary is given, but the initialization is "
                f'"{self.initialization}". Set it to "dictionary", or leave the dictionary out.'
            )
        pairs = self._start_pairs(source, target, seed_dictionary)
        if self.initialization != "adversarial":
            if not len(pairs):
                raise ConfigurationError(
                    f"Not one word pair to start from ({self.initialization}) between "
                    f"{source.path} and {target.path}. Use another initialization."
                )
            logger.info("%d word pairs to start from (%s).", len(pairs), self.initialization)
            if len(pairs) < source.dim:
                logger.warning(
                    "%d word pairs are few for %d dimensions: expect a poor start.",
                    len(pairs),
                    source.dim,
                )
        return pairs

    def _start_pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]],
    ) -> np.ndarray:
        if self.initialization == "adversarial":
            return np.zeros((0, 2), dtype=np.int64)
        if self.initialization == "identical_strings":
            pairs = identical_strings(source.words, target.words)  # shape: (pairs, 2)
        elif seed_dictionary is None:
            raise ConfigurationError(
                'The initialization "dictionary" needs a seed dictionary. Give seed_dictionary.'
            )
        else:
            pairs = known_pairs(seed_dictionary, source.index(), target.index())
        return pairs if self.direction == "source_to_target" else pairs[:, ::-1]

    def _normalized(self, vectors: WordVectors, means: np.ndarray) -> np.ndarray:
        return apply_normalization(vectors.matrix, self.normalize, means)

    def _agreement(
        self,
        source: WordVectors,
        target: WordVectors,
        spaces: Dict[str, np.ndarray],
        W: np.ndarray,
    ) -> Dict[str, Any]:
        """
        How many of the words written alike in both languages are translated by themselves: a sign
        of failure that needs no dictionary. It is only reported, and chooses nothing.
        """
        mapped_language, fixed_language = self.direction.split("_to_")
        words = {"source": source.words, "target": target.words}
        criterion = MeanCslsCosine(
            spaces[mapped_language], spaces[fixed_language], **self._criterion_options
        )
        translations = criterion.translations(W)  # shape: (words,)
        pairs = identical_strings(
            words[mapped_language][: len(translations)],
            words[fixed_language][: self._criterion_options["vocabulary"]],
        )  # shape: (pairs, 2)
        if not len(pairs):
            return {"identical_strings": 0, "identical_strings_agreement": None}
        agreement = float((translations[pairs[:, 0]] == pairs[:, 1]).mean())
        logger.info(
            "%.1f %% of %d words written alike are each other's translation.",
            100 * agreement,
            len(pairs),
        )
        if agreement < _FAILED_AGREEMENT and len(pairs) >= _ENOUGH_IDENTICAL_STRINGS:
            logger.warning(
                "Of %d words written alike in both languages, only %.1f %% are translated by "
                "themselves: the mapping has probably failed. Try other seeds (attempts), or "
                'initialization "identical_strings".',
                len(pairs),
                100 * agreement,
            )
        return {"identical_strings": len(pairs), "identical_strings_agreement": agreement}

    def _provenance(self, source: WordVectors, target: WordVectors) -> Dict[str, Any]:
        options: Dict[str, Any] = {
            "normalize": list(self.normalize),
            "refinement": self._refinement_options,
            "criterion": self._criterion_options,
        }
        if self.initialization == "adversarial":
            options["attempts"] = self._attempts
            options["adversarial"] = self._adversarial_options
        return {
            "source_vectors": _describe(source),
            "target_vectors": _describe(target),
            "method": self.initialization,
            "seed": self._seed,
            "options": options,
            "package_version": VERSION,
        }

    def _check_options(self, attempts: int, device: str) -> None:
        at_least_one = {
            "attempts": attempts,
            "neighbours": self.neighbours,
            **{
                name: self._adversarial_options[name]
                for name in (
                    "epochs",
                    "words_per_epoch",
                    "batch_size",
                    "most_frequent",
                    "discriminator_steps",
                    "hidden_dim",
                )
            },
            "refinement_vocabulary": self._refinement_options["vocabulary"],
            "criterion_words": self._criterion_options["num_words"],
        }
        for name, value in at_least_one.items():
            if value < 1:
                raise ConfigurationError(f"{name} must be at least 1, not {value}.")
        smoothing = self._adversarial_options["label_smoothing"]
        if not 0 <= smoothing < 0.5:
            raise ConfigurationError(
                f"label_smoothing must be at least 0 and less than 0.5, not {smoothing}."
            )
        try:
            wanted = torch.device(device)
        except RuntimeError as error:
            raise ConfigurationError(f"device: {device!r} is no PyTorch device.") from error
        if wanted.type == "cuda" and not torch.cuda.is_available():
            raise ConfigurationError(
                f'device is "{device}", but there is no CUDA device here. Set it to "cpu".'
            )


def _describe(vectors: WordVectors) -> Dict[str, Any]:
    return {
        "path": vectors.path,
        "fingerprint": vectors.fingerprint,
        "words": len(vectors),
        "dimension": vectors.dim,
    }
