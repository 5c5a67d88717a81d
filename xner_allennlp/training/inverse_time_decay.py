"""The paper's learning rate."""

import logging
from typing import List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.training.scheduled_by_passes import ScheduledByPasses

logger = logging.getLogger(__name__)


@LearningRateScheduler.register("inverse_time_decay")
class InverseTimeDecay(ScheduledByPasses):
    """
    The paper's learning rate ("Model Settings"), `max(lr0 / (1 + decay * e), floor)`, where `lr0`
    is the optimizer's and `e` counts completed passes over the source data.

    A pass is an epoch of the trainer, unless `batches_per_pass` says otherwise; the callback
    `source_passes` sets it, so that an "epoch" of 150 batches keeps the paper's schedule.

    Registered as a `LearningRateScheduler` with name "inverse_time_decay". The `optimizer`
    argument does not get an entry in a configuration file.

    # Parameters

    optimizer : `torch.optim.Optimizer`, required.
    decay : `float`, optional (default = `0.01`, the paper's).
    floor : `float`, optional (default = `0.0001`, the paper's).
        A learning rate that is lower from the start is raised to it, with a warning.
    batches_per_pass : `int`, optional (default = `None`).
        How many batches make a pass.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        decay: float = 0.01,
        floor: float = 0.0001,
        batches_per_pass: Optional[int] = None,
        last_epoch: int = -1,
    ) -> None:
        if decay < 0 or floor < 0:
            raise ConfigurationError(
                f"inverse_time_decay: decay and floor must not be negative, got {decay}, {floor}"
            )
        check_at_least_one("inverse_time_decay", batches_per_pass=batches_per_pass)
        self.decay = decay
        self.floor = floor
        self.batches_per_pass = batches_per_pass
        self._batches_completed = 0
        super().__init__(optimizer, last_epoch)
        raised = sorted({rate for rate in self.base_values if rate < floor})
        if raised:
            logger.warning(
                "inverse_time_decay: the optimizer's learning rate of %s is below the floor, so it "
                "becomes %g; set learning_rate_scheduler.floor lower",
                ", ".join(f"{rate:g}" for rate in raised),
                floor,
            )

    def set_length(self, steps_per_pass: int, num_steps: int) -> None:
        self.batches_per_pass = steps_per_pass

    def get_values(self) -> List[float]:
        if self.batches_per_pass is None:
            # AllenNLP counts from -1 and steps at the end of an epoch.
            passes = self.last_epoch + 1
        else:
            passes = self._batches_completed // self.batches_per_pass
        return [max(lr0 / (1.0 + self.decay * passes), self.floor) for lr0 in self.base_values]

    def go_to(self, step: int) -> None:
        self._batches_completed = step
