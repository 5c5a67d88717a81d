"""How far the entity types of labels have moved from what they were at first."""

import math
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np
import torch

from xner_allennlp.data.label_tensors import joined, parted
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
        # Position -> label indices, `(num_words,)`.
        self.first: Dict[int, np.ndarray] = {}

    def start(self, labels: Dict[int, np.ndarray]) -> None:
        """Takes these as the first labels: position -> label indices."""
        self.first = dict(labels)

    def compare(self, labels: Dict[int, np.ndarray]) -> Optional[Drift]:
        """`None` where these labels, or the first ones of their sentences, have no entity."""
        # shape (each): (num_types,)
        before, now = (
            self._counts([each[position] for position in labels]) for each in (self.first, labels)
        )
        return drift_of(*(dict(zip(self._finder.types, each.tolist())) for each in (before, now)))

    def _counts(self, labels: Sequence[np.ndarray]) -> np.ndarray:
        """How many entities of each type these sentences have, `(num_types,)`."""
        counts = np.zeros(len(self._finder.types), dtype=np.int64)
        if labels:
            found = self._finder.find(np.concatenate(labels), np.array(list(map(len, labels))))
            np.add.at(counts, found.type, 1)
        return counts

    def state_dict(self) -> Dict[str, Any]:
        rows = sorted(self.first)
        return {
            "first": joined(self.first, rows),
            "first_rows": torch.tensor(rows, dtype=torch.long),
            "first_counts": torch.tensor([len(self.first[row]) for row in rows], dtype=torch.long),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        # A checkpoint of an earlier version has numbers of entities only, so it starts anew.
        if "first_rows" in state_dict:
            rows, counts = (state_dict[name].tolist() for name in ("first_rows", "first_counts"))
            self.first = parted(state_dict["first"], rows, counts)


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
