"""The learning rate with which transformers are fine-tuned."""

from typing import List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler

from xner_allennlp.training.scheduled_by_passes import ScheduledByPasses


@LearningRateScheduler.register("linear_warmup_decay")
class LinearWarmupDecay(ScheduledByPasses):
    """
    The learning rate of each parameter group rises linearly from 0 to its own, then falls linearly
    to 0 at the end of training (Devlin et al., 2019). AllenNLP's `linear_with_warmup` counts the
    trainer's epochs, of which nobody knows the number before `source_passes` has set it.

    Registered as a `LearningRateScheduler` with name "linear_warmup_decay". The `optimizer`
    argument does not get an entry in a configuration file.

    # Parameters

    optimizer : `torch.optim.Optimizer`, required.
    warmup : `float`, optional (default = `0.1`)
        The part of training in which it rises.

    # Raises

    `ConfigurationError` if `warmup` is no part, and in training without the callback
    `source_passes`.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, warmup: float = 0.1, last_epoch: int = -1
    ) -> None:
        if not 0.0 <= warmup < 1.0:
            raise ConfigurationError(
                f"linear_warmup_decay: warmup is a part of training, 0 to below 1, got {warmup}"
            )
        self.warmup = warmup
        self._num_steps: Optional[int] = None
        self._step = 0
        super().__init__(optimizer, last_epoch)

    def set_length(self, steps_per_pass: int, num_steps: int) -> None:
        self._num_steps = num_steps

    def get_values(self) -> List[float]:
        if self._num_steps is None:
            return list(self.base_values)
        rising = self.warmup * self._num_steps
        # The first step has a rate above 0, and so has the last.
        position = self._step + 1
        if position < rising:
            factor = position / rising
        else:
            factor = (self._num_steps + 1 - position) / (self._num_steps + 1 - max(rising, 1))
        return [value * min(max(factor, 0.0), 1.0) for value in self.base_values]

    def go_to(self, step: int) -> None:
        if self._num_steps is None:
            raise ConfigurationError(
                "linear_warmup_decay needs the trainer callback `source_passes`, which knows how "
                "long training is"
            )
        self._step = step
