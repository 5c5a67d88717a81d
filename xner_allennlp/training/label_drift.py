"""How far the entity types of labels have moved from what they were at first."""

import math
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np
import torch

from xner_allennlp.spans import EntityFinder

# In bits. A type with a fifth of the entities that loses half of them moves the types by 0.014, one
# that is lost by 0.11.
ALARMING = 0.02


class Drift(NamedTuple):
    """
    The Jensen-Shannon `divergence` between the types of entities `before` and `now` (type -> number
    of entities), in bits: 0 for equal proportions, 1 for no type in common.
    """

    divergence: float
    before: Dict[str, int]
    now: Dict[str, int]

    def __str__(self) -> str:
        """The types that have moved, the furthest first: `ORG 21 % -> 3 %, ...`."""
        before, now = (_shares(types) for types in (self.before, self.now))
        names = sorted(
            {*before, *now}, key=lambda name: -abs(now.get(name, 0) - before.get(name, 0))
        )
        return ", ".join(
            f"{name} {100 * before.get(name, 0):.0f} % -> {100 * now.get(name, 0):.0f} %"
            for name in names
        )


class LabelDrift:
    """
    Compares the entity types of labels with those that the first labels of the same sentences had:
    short sentences have other types than long ones, so only labels of the same sentences tell.

    # Parameters

    names : `Dict[int, str]`, required.
        The tag of each label index.
    """

    def __init__(self, names: Dict[int, str]) -> None:
        self._finder = EntityFinder(names)
        # shape: (num_sentences, num_types)
        self._first: Optional[np.ndarray] = None

    @property
    def has_started(self) -> bool:
        return self._first is not None

    def start(self, labels: Dict[int, np.ndarray], num_sentences: int) -> None:
        """Takes these as the first labels: position, below `num_sentences`, -> label indices."""
        self._first = np.zeros((num_sentences, len(self._finder.types)), dtype=np.int64)
        self._first[list(labels)] = self._counts(list(labels.values()))

    def compare(self, labels: Dict[int, np.ndarray]) -> Optional[Drift]:
        """`None` where these labels, or the first ones of their sentences, have no entity."""
        assert self._first is not None
        # shape (each): (num_types,)
        before = self._first[list(labels)].sum(axis=0)
        now = self._counts(list(labels.values())).sum(axis=0)
        return drift_of(*(dict(zip(self._finder.types, each.tolist())) for each in (before, now)))

    def _counts(self, labels: Sequence[np.ndarray]) -> np.ndarray:
        """How many entities of each type each sentence has, `(num_sentences, num_types)`."""
        counts = np.zeros((len(labels), len(self._finder.types)), dtype=np.int64)
        if labels:
            lengths = np.array([len(each) for each in labels])
            found = self._finder.find(np.concatenate(list(labels)), lengths)
            # shape: (num_entities,)
            sentence = np.searchsorted(np.cumsum(lengths), found.start, side="right")
            np.add.at(counts, (sentence, found.type), 1)
        return counts

    def state_dict(self) -> Dict[str, Any]:
        return {} if self._first is None else {"first": torch.from_numpy(self._first)}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        if "first" in state_dict:
            self._first = state_dict["first"].cpu().numpy()


def drift_of(before: Dict[str, int], now: Dict[str, int]) -> Optional[Drift]:
    """`None` where there is no entity on one side. Types without entities are left out."""
    before, now = ({name: n for name, n in each.items() if n} for each in (before, now))
    if not before or not now:
        return None
    shares: List[Mapping[str, float]] = [_shares(before), _shares(now)]
    middle = {name: sum(each.get(name, 0.0) for each in shares) / 2 for name in {*before, *now}}
    divergence = sum(
        share / 2 * math.log2(share / middle[name])
        for each in shares
        for name, share in sorted(each.items())
    )
    return Drift(max(divergence, 0.0), before, now)


def _shares(types: Mapping[str, int]) -> Dict[str, float]:
    total = sum(types.values())
    return {name: number / total for name, number in types.items()}
