"""The length of training in passes over the source data."""

import logging
import math
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.training.scheduled_by_passes import ScheduledByPasses
from xner_allennlp.training.trainer_internals import (
    batches_per_step,
    cross_lingual_loader,
    learning_rate_scheduler_of,
    set_num_epochs,
)

logger = logging.getLogger(__name__)


@TrainerCallback.register("source_passes")
class SourcePasses(TrainerCallback):
    """
    Measures training in passes over the source data, as the paper does ("30 epochs"), while an
    epoch of the trainer is the stretch between two evaluations ("every 150 batches"): sets the
    trainer's number of epochs, and the length that `inverse_time_decay` and `linear_warmup_decay`
    follow.

    Registered as a `TrainerCallback` with name "source_passes".

    # Parameters

    num_passes : `float`, optional (default = `30`, the paper's).
        Passes over the source data; rounded up to whole epochs of the trainer.

    # Raises

    `ConfigurationError` at the start of training if the data loader is not `cross_lingual`.
    """

    def __init__(self, serialization_dir: str, num_passes: float = 30) -> None:
        super().__init__(serialization_dir)
        if num_passes <= 0:
            raise ConfigurationError(f"source_passes: num_passes must be > 0, got {num_passes}")
        self.num_passes = num_passes

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        loader = cross_lingual_loader(trainer, "source_passes")
        batches = math.ceil(self.num_passes * loader.batches_per_pass)
        num_epochs = math.ceil(batches / len(loader))
        set_num_epochs(trainer, num_epochs)
        scheduler = learning_rate_scheduler_of(trainer)
        if isinstance(scheduler, ScheduledByPasses):
            # Gradients of several batches may be accumulated; an epoch begins with a new step.
            together = batches_per_step(trainer)
            scheduler.set_length(
                math.ceil(loader.batches_per_pass / together),
                num_epochs * math.ceil(len(loader) / together),
            )
        logger.info(
            "%g passes over %d source sentences: %d batches a pass, evaluation after every %d "
            "batches, %d evaluations",
            self.num_passes,
            len(loader.labelled),
            loader.batches_per_pass,
            len(loader),
            num_epochs,
        )
