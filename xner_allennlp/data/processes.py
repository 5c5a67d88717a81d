"""The processes of a distributed training."""

from typing import Any, List, NamedTuple, Sequence, TypeVar

import torch.distributed
from allennlp.common.util import is_distributed

Item = TypeVar("Item")


class Processes(NamedTuple):
    """
    The processes that train together (AllenNLP's `distributed`), of which this is number `rank`.

    They split every batch, so that a training step sees the sentences it would see in a single
    process, whatever the number of processes.
    """

    number: int
    rank: int

    @classmethod
    def current(cls) -> "Processes":
        if not is_distributed():
            return cls(1, 0)
        return cls(torch.distributed.get_world_size(), torch.distributed.get_rank())

    def share(self, items: Sequence[Item]) -> List[Item]:
        """This process's part of `items`."""
        return list(items[self.rank :: self.number])

    def weight(self, items: Sequence[Any]) -> float:
        """
        What the mean over this process's share counts. Gradients of all processes are averaged, so
        only if shares are unequal it is not 1: the average is then again that over all `items`.
        """
        return len(self.share(items)) * self.number / len(items)

    def exchange(self, part: Any) -> List[Any]:
        """The `part` of every process, by rank; all processes must call it."""
        if self.number == 1:
            return [part]
        parts: List[Any] = [None] * self.number
        torch.distributed.all_gather_object(parts, part)
        return parts
