"""Learning rates that follow the length of training."""

from typing import Optional

from allennlp.training.learning_rate_schedulers import LearningRateScheduler


class ScheduledByPasses(LearningRateScheduler):
    """
    A schedule that follows passes over the source data, or all of training. The callback
    `source_passes` tells it how long these are, since the trainer does not know when it makes it.
    """

    def set_length(self, steps_per_pass: int, num_steps: int) -> None:
        """
        # Parameters

        steps_per_pass : `int`
            Steps of the optimizer in a pass over the source data.
        num_steps : `int`
            Those in the whole training.
        """
        raise NotImplementedError

    def step_batch(self, batch_num_total: Optional[int] = None) -> None:
        """Called before the optimizer's step number `batch_num_total` (from 1)."""
        if batch_num_total is None:
            return
        self.go_to(batch_num_total - 1)
        for group, value in zip(self.optimizer.param_groups, self.get_values()):
            group[self.param_group_field] = value

    def go_to(self, step: int) -> None:
        """Called before a step of the optimizer (from 0), whose values `get_values` then gives."""
        raise NotImplementedError
