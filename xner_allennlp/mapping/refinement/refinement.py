"""
Refinement of a mapping (Algorithm 1, after the adversarial training; eq. 5): induce a dictionary
with CSLS under the present mapping, solve Procrustes on it, and again.

Optionally the vocabulary grows on the way (frequent words have the better vectors, and a wrong
mapping is mended faster among few), translations are hidden at random while it does (stochastic
dictionary induction, Artetxe et al. 2018), and translations are sought under re-weighted mappings.
"""

import logging
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import numpy as np
import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from xner_allennlp.common.bounds import AT_LEAST_ONE, NOT_NEGATIVE, check_bounds, check_values
from xner_allennlp.mapping.checkpoint import NO_CHECKPOINT, Checkpoint
from xner_allennlp.mapping.refinement.induction import BUILDS, build_dictionary
from xner_allennlp.mapping.refinement.procrustes import reweight
from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.nearest import Dropout
from xner_allennlp.mapping.retrieval.search import TranslationSearch

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefinementOptions(FromParams):
    """
    How a mapping is refined. The defaults are MUSE's; what MUSE has not is off.

    # Parameters

    iterations : `int`, optional (default = `5`)
        Iterations on the whole vocabulary; 0 for none.
    tolerance : `float`, optional
        End when an iteration raises the criterion by less than this (default: never).
    build : `str`, optional (default = `"S2T"`)
        Which translations make the dictionary: see
        [`build_dictionary`](./induction.md#build_dictionary), also for the next four. S is the
        language that is mapped.
    max_rank : `int`, optional (default = `15000`)
    min_size : `int`, optional (default = `0`)
    max_size : `int`, optional
    threshold : `float`, optional (default = `0.0`)
    growth_from : `int`, optional
        Refine among this number of most frequent words first, and double it until it is the
        vocabulary (default: the whole vocabulary at once).
    growth_iterations : `int`, optional (default = `5`)
        Iterations before each doubling.
    growth_keep : `float`, optional (default = `1.0`)
        Stochastic dictionary induction (Artetxe et al. 2018) while the vocabulary grows: each
        translation is kept with this probability, so that wrong ones do not settle.
    power : `float`, optional (default = `0.0`)
        Translations are sought under mappings re-weighted with this power (see
        [`reweight`](./procrustes.md#reweight)); 0 for orthogonal ones.

    # Raises

    `ConfigurationError`
        If a parameter has an impossible value.
    """

    iterations: int = 5
    tolerance: Optional[float] = None
    build: str = "S2T"
    max_rank: Optional[int] = 15_000
    min_size: int = 0
    max_size: Optional[int] = None
    threshold: float = 0.0
    growth_from: Optional[int] = None
    growth_iterations: int = 5
    growth_keep: float = 1.0
    power: float = 0.0

    def __post_init__(self) -> None:
        check_values(self)
        if self.build not in BUILDS:
            raise ConfigurationError(
                f"build: {self.build!r} is unknown. Choose from {', '.join(BUILDS)}."
            )
        check_bounds(self, NOT_NEGATIVE, ("iterations", "min_size", "power"))
        check_bounds(self, AT_LEAST_ONE, ("max_rank", "max_size"))
        check_bounds(self, AT_LEAST_ONE, ("growth_from", "growth_iterations"))
        if not 0 < self.growth_keep <= 1:
            raise ConfigurationError(
                f"growth_keep must be above 0 and at most 1, not {self.growth_keep}."
            )


class RefinementResult(NamedTuple):
    """
    W : `np.ndarray`
        The best orthogonal mapping by the criterion, shape: (d, d). The one given may be it, unless
        the vocabulary grows or translations are sought under re-weighted mappings, whose criteria
        cannot be compared with its own.
    criterion : `float`
        That of the mapping under which the translations were sought: with `power`, of the
        re-weighted one.
    pairs : `np.ndarray`, optional
        The dictionary it was fitted to, shape: (pairs, 2); `None` if it is the one given.
    iterations : `List[Dict[str, Any]]`
        Of every iteration: vocabulary, dictionary size and criterion after it. Criteria of
        different vocabularies cannot be compared.
    """

    W: np.ndarray
    criterion: float
    pairs: Optional[np.ndarray]
    iterations: List[Dict[str, Any]]


class _Stage(NamedTuple):
    """One iteration to come; the last ones are on the `whole` vocabulary."""

    vocabulary: int
    keep: float
    whole: bool


class Refinement:
    """
    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors of both languages, most frequent words first, shapes: (n, d) and (m, d).
    search : `TranslationSearch`
        Of the same vectors.
    options : `RefinementOptions`
    criterion_words : `int`, optional (default = `10000`)
        The number of most frequent mapped words that the search's criterion looks at.
    """

    def __init__(
        self,
        mapped: np.ndarray,
        fixed: np.ndarray,
        *,
        search: TranslationSearch,
        options: RefinementOptions,
        criterion_words: int = 10_000,
    ) -> None:
        self._mapped = mapped
        self._fixed = fixed
        self._search = search
        self._options = options
        self._criterion_words = criterion_words

    def refine(
        self,
        W: np.ndarray,
        *,
        seed: int = 0,
        checkpoint: Checkpoint = NO_CHECKPOINT,
        name: str = "refinement",
        observer: Callable[[Dict[str, Any]], None] = lambda iteration: None,
    ) -> RefinementResult:
        """
        # Parameters

        W : `np.ndarray`
            Where to start, shape: (d, d).
        seed : `int`, optional (default = `0`)
            Of stochastic dictionary induction.
        checkpoint : `Checkpoint`, optional
            Where to save the state after every iteration, and to go on from.
        name : `str`, optional (default = `"refinement"`)
            Of the state in the checkpoint.
        observer : `Callable[[Dict[str, Any]], None]`, optional
            Called after every iteration, with its record; first for those that a checkpoint has.
        """
        state = _State(W, self._search, torch.Generator().manual_seed(seed))
        options = self._options
        if not state.resume(checkpoint, name) and options.growth_from is None and not options.power:
            state.note(self._translate(state))
            logger.info("refinement starts from criterion %.4f", state.best)
        for iteration in state.history:
            observer(iteration)
        stages = self._stages()
        done = len(state.history)
        if state.finished:
            stages = stages[:done]
        for stage in Tqdm.tqdm(stages[done:], desc="refinement", initial=done, total=len(stages)):
            pairs = self._induce(state, stage)
            if not len(pairs):
                logger.warning("refinement: no translations are left, stopped.")
                break
            state.pairs = pairs
            state.W, state.fixed_W = reweight(
                self._mapped[pairs[:, 0]], self._fixed[pairs[:, 1]], options.power
            )
            # shapes: (d, d)
            state.orthogonal, _ = reweight(self._mapped[pairs[:, 0]], self._fixed[pairs[:, 1]], 0)
            before = state.best
            state.translations = self._translate(state) if stage.whole else None
            state.record(stage, len(pairs))
            tolerance = options.tolerance
            if stage.whole and tolerance is not None and state.best - before < tolerance:
                logger.info("refinement: the criterion gains less than %g, stopped.", tolerance)
                state.finished = True
            state.save(checkpoint, name)
            observer(state.history[-1])
            if state.finished:
                break
        if not np.isfinite(state.best):
            state.note(self._translate(state))
        return state.result()

    def dictionary(self, W: np.ndarray) -> np.ndarray:
        """The word pairs induced under a mapping, shape: (pairs, 2)."""
        return self._chosen(self._search.translate(W, queries=self._queries()))

    def _stages(self) -> List[_Stage]:
        size = max(len(self._mapped), len(self._fixed))
        stages: List[_Stage] = []
        vocabulary = self._options.growth_from or size
        while vocabulary < size:
            growing = _Stage(vocabulary, self._options.growth_keep, False)
            stages += [growing] * self._options.growth_iterations
            vocabulary *= 2
        return stages + [_Stage(size, 1.0, True)] * self._options.iterations

    def _translate(
        self, state: "_State", vocabulary: Optional[int] = None, dropout: Optional[Dropout] = None
    ) -> Translations:
        return self._search.translate(
            state.W, state.fixed_W, vocabulary=vocabulary, queries=self._queries(), dropout=dropout
        )

    def _queries(self) -> Optional[int]:
        """How many words have to be translated where only one direction is needed."""
        if self._options.build != "S2T" or self._options.max_rank is None:
            return None
        return max(self._options.max_rank, self._criterion_words)

    def _induce(self, state: "_State", stage: _Stage) -> np.ndarray:
        """The dictionary of an iteration, shape: (pairs, 2)."""
        translations = state.translations if stage.whole else None
        if translations is None:
            dropout = Dropout(stage.keep, state.generator) if stage.keep < 1 else None
            translations = self._translate(state, stage.vocabulary, dropout)
        return self._chosen(translations)

    def _chosen(self, translations: Translations) -> np.ndarray:
        options = self._options
        pairs = build_dictionary(
            translations,
            build=options.build,
            max_rank=options.max_rank,
            min_size=options.min_size,
            max_size=options.max_size,
            threshold=options.threshold,
        )
        return pairs.cpu().numpy()


class _State:
    """All that changes while refining."""

    def __init__(
        self,
        W: np.ndarray,
        search: TranslationSearch,
        generator: torch.Generator,
    ) -> None:
        self.W, self.orthogonal = W, W
        self.fixed_W: Optional[np.ndarray] = None
        # What they were fitted to, shape: (pairs, 2).
        self.pairs: Optional[np.ndarray] = None
        self.generator = generator
        self.history: List[Dict[str, Any]] = []
        self.finished = False
        # Of `W`, if they are known: they serve the criterion, and then the next dictionary.
        self.translations: Optional[Translations] = None
        self.best = float("-inf")
        self._best_W = W
        self._best_pairs: Optional[np.ndarray] = None
        self._search = search

    def note(self, translations: Translations) -> None:
        """Keeps the present mapping if it is the best."""
        self.translations = translations
        value = self._search.criterion_of(translations)
        if value > self.best:
            self.best, self._best_W, self._best_pairs = value, self.orthogonal, self.pairs

    def record(self, stage: _Stage, dictionary_size: int) -> None:
        record: Dict[str, Any] = {
            "iteration": len(self.history) + 1,
            "vocabulary": stage.vocabulary,
            "dictionary_size": dictionary_size,
        }
        if self.translations is not None:
            self.note(self.translations)
            record["criterion"] = self._search.criterion_of(self.translations)
        self.history.append(record)
        logger.info(
            "refinement %d: vocabulary %d, dictionary of %d pairs%s",
            record["iteration"],
            stage.vocabulary,
            dictionary_size,
            f", criterion {record['criterion']:.4f}" if "criterion" in record else "",
        )

    def result(self) -> RefinementResult:
        return RefinementResult(self._best_W, self.best, self._best_pairs, self.history)

    def save(self, checkpoint: Checkpoint, name: str) -> None:
        values = {
            "history": self.history,
            "finished": self.finished,
            "best": self.best if np.isfinite(self.best) else None,
        }
        arrays = {
            "W": self.W,
            "orthogonal": self.orthogonal,
            "best_W": self._best_W,
            "random_state": self.generator.get_state().numpy(),
        }
        optional = {
            "fixed_W": self.fixed_W,
            "pairs": self.pairs,
            "best_pairs": self._best_pairs,
        }
        arrays.update({key: value for key, value in optional.items() if value is not None})
        checkpoint.save(name, values, arrays)

    def resume(self, checkpoint: Checkpoint, name: str) -> bool:
        state = checkpoint.load(name)
        if state is None:
            return False
        values, arrays = state
        self.history, self.finished = values["history"], values["finished"]
        if values["best"] is not None:
            self.best = values["best"]
        self.W, self.orthogonal = arrays["W"], arrays["orthogonal"]
        self._best_W = arrays["best_W"]
        self.fixed_W = arrays.get("fixed_W")
        self.pairs, self._best_pairs = arrays.get("pairs"), arrays.get("best_pairs")
        self.generator.set_state(torch.from_numpy(arrays["random_state"]))
        logger.info("refinement goes on after %d iterations.", len(self.history))
        return True
