"""Drawing batches in random order, again and again, alone or with other processes."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import torch

from xner_allennlp.data.processes import Processes


class RandomOrder:
    """
    Draws batches of numbers in random order; when all have been drawn, they come again in a new
    order. In distributed training every process draws its share of each batch.

    # Parameters

    seed : `int`, required.
    batch_size : `int`, required.
        Numbers in a batch, of all processes together.
    """

    def __init__(self, seed: int, batch_size: int) -> None:
        self.generator = torch.Generator()
        self.generator.manual_seed(seed)
        self._batch_size = batch_size
        self._processes = Processes.current()
        self._numbers: Sequence[int] = ()
        # Those that are left of a pass are drawn by their places in this order.
        self._order: List[int] = []
        self._used = 0

    def start(self, numbers: Sequence[int]) -> None:
        """Draws from `numbers` from now on, beginning with a new order."""
        self._numbers, self._order, self._used = numbers, [], 0

    def next_batch(self) -> Tuple[List[int], Optional[float]]:
        """
        This process's share of the next numbers, and with several processes what the mean over
        them counts (see `Processes.weight`).
        """
        if self._used >= len(self._order):
            shuffled = torch.randperm(len(self._numbers), generator=self.generator).tolist()
            self._order, self._used = [self._numbers[place] for place in shuffled], 0
        chosen = self._order[self._used : self._used + self._batch_size]
        self._used += len(chosen)
        # Where too few are left for all processes, the first ones are taken again.
        missing = self._processes.number - len(chosen)
        chosen += (self._order * missing)[: max(missing, 0)]
        share = self._processes.share(chosen)
        return share, self._processes.weight(chosen) if self._processes.number > 1 else None

    def state_dict(self) -> Dict[str, Any]:
        """What has been drawn, without the numbers themselves."""
        return {
            "generator": self.generator.get_state(),
            "order": torch.tensor(self._order, dtype=torch.long),
            "used": self._used,
        }

    def load_state_dict(self, state_dict: Dict[str, Any], numbers: Sequence[int]) -> None:
        """Goes on, with the same `numbers`, where `state_dict` was taken."""
        self.generator.set_state(state_dict["generator"].cpu())
        self._numbers = numbers
        self._order = state_dict["order"].tolist()
        self._used = state_dict["used"]
