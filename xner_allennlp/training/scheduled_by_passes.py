"""Learning rates that follow the length of training."""

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
