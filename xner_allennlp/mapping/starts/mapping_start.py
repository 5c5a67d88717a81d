"""Where a mapping starts: the interface of all starts, what they are given and what they return."""

from dataclasses import dataclass
from typing import Any, Callable, ClassVar, Dict, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from allennlp.common import Registrable

from xner_allennlp.mapping.checkpoint import NO_CHECKPOINT, Checkpoint
from xner_allennlp.vectors import WordVectors

Observer = Callable[[Dict[str, Any]], None]


class Start(NamedTuple):
    """
    W : `np.ndarray`
        The matrix of the mapped language, float32, shape: (d, d).
    record : `Dict[str, Any]`
        How it was found, for `metrics.json`; `"steps"`, if there are any, has a record of each.
    """

    W: np.ndarray
    record: Dict[str, Any]


@dataclass(frozen=True)
class StartInput:
    """
    What a start is given.

    # Parameters

    mapped, fixed : `np.ndarray`
        Normalised vectors of the language that is mapped and of the other one, most frequent words
        first, without null vectors, shapes: (n, d) and (m, d).
    seed : `int`
    device : `str`, optional (default = `"cpu"`)
        Where to compute, as PyTorch names it.
    criterion : `Callable[[np.ndarray], float]`, optional
        How good a matrix is without a dictionary; larger is better.
    pairs : `Tuple[np.ndarray, np.ndarray]`, optional
        Vectors of the word pairs that the start asked for, mapped language first,
        shapes: (pairs, d).
    checkpoint : `Checkpoint`, optional
        Where to save the state of a long start, and from where to continue.
    checkpoint_name : `str`, optional (default = `"start"`)
        The name of that state.
    observer : `Callable[[Dict[str, Any]], None]`, optional
        Called with the record of every step; first with the steps that a checkpoint has already.
    """

    mapped: np.ndarray
    fixed: np.ndarray
    seed: int
    device: str = "cpu"
    criterion: Callable[[np.ndarray], float] = lambda W: 0.0
    pairs: Optional[Tuple[np.ndarray, np.ndarray]] = None
    checkpoint: Checkpoint = NO_CHECKPOINT
    checkpoint_name: str = "start"
    observer: Observer = lambda record: None


@dataclass(frozen=True)
class MappingStart(Registrable):
    """
    Finds a first matrix, which refinement then improves. In a config:
    `"start": {"type": "transport", "restarts": 16}`.

    A subclass is registered under the name that a config uses, and its constructor's parameters are
    the settings of that start alone. What all starts share is in
    [`MapperOptions`](../options.md#mapperoptions).
    """

    default_implementation = "adversarial"

    from_word_pairs: ClassVar[bool] = False
    """Whether the start needs word pairs."""
    takes_seed_dictionary: ClassVar[bool] = False
    """Whether these are given by the user."""
    advice: ClassVar[str] = ""
    """What to try if the mapping has failed."""

    @property
    def name(self) -> str:
        """The registered name."""
        names = MappingStart.list_available()
        return next(name for name in names if MappingStart.by_name(name) is type(self))

    def as_dict(self) -> Dict[str, Any]:
        """The config that makes the same start."""
        return {"type": self.name, **vars(self)}

    def word_pairs(
        self,
        source: WordVectors,
        target: WordVectors,
        seed_dictionary: Optional[Sequence[Tuple[str, str]]] = None,
    ) -> np.ndarray:
        """
        The word pairs to start from. Called before any work, so that wrong input is told at once.

        # Parameters

        source, target : `WordVectors`
        seed_dictionary : `Sequence[Tuple[str, str]]`, optional
            (source word, target word), where the start takes a dictionary.

        # Returns

        `np.ndarray`
            (source row, target row), int64, shape: (pairs, 2); (0, 2) for a start that needs none.

        # Raises

        `ConfigurationError`
            If the start needs word pairs and there are none.
        """
        return np.zeros((0, 2), dtype=np.int64)

    def find(self, given: StartInput) -> Start:
        """
        Finds the first matrix. The same seed gives the same matrix, and the random state of the
        process is left as it is.

        # Raises

        `ConfigurationError`
            If the start fails in a way that other settings can mend.
        """
        raise NotImplementedError
