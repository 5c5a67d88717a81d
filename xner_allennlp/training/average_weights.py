"""The mean of the weights of the last epochs, instead of the choice of one epoch."""

import logging
import os
from collections import deque
from typing import Any, Deque, Dict, Optional

import torch
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common import save_state
from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.training.keep_best import KeepBest
from xner_allennlp.training.stop_on_divergence import check_finite
from xner_allennlp.training.trainer_internals import averaged_weights, selecting_metric

logger = logging.getLogger(__name__)


@TrainerCallback.register("average_weights")
class AverageWeights(TrainerCallback):
    """
    Makes the archive of the mean of the weights of the last epochs (each of which ends with a
    validation), so that no epoch is chosen: Izmailov et al. (2018), *Averaging Weights Leads to
    Wider Optima and Better Generalization*. How training goes is the same with and without it.

    When training has ended, the mean is in `best.th` and so in `model.tar.gz`, the scores on the
    test sets are its scores, and `averaged_epochs` in `metrics.json` says of how many epochs it is.
    The epoch that the trainer has chosen is kept beside it, as `keep_best` would:
    `best_<metric>.th`, e.g. `best_source_f1.th`.

    Registered as a `TrainerCallback` with name "average_weights".

    # Parameters

    num_epochs : `int`, optional (default = `3`)
        Of how many epochs, the last ones; of all where there are fewer.

    # Raises

    `ConfigurationError` if `num_epochs` is below 1, and at the start of training if the trainer
    chooses by several metrics.
    """

    def __init__(self, serialization_dir: str, num_epochs: int = 3) -> None:
        super().__init__(serialization_dir)
        check_at_least_one("average_weights", num_epochs=num_epochs)
        self.num_epochs = num_epochs
        # Of each of the last epochs the trainable parameters by name, on the CPU.
        self._last: Deque[Dict[str, torch.Tensor]] = deque(maxlen=num_epochs)
        # Of the last epoch what has no mean, such as whether the target path has been trained.
        self._flags: Dict[str, torch.Tensor] = {}
        self._restored: Dict[str, Any] = {}

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._chosen = KeepBest(self.serialization_dir, selecting_metric(trainer))
        if self._restored:
            self._chosen.load_state_dict(self._restored)

    def forget(self) -> None:
        """Starts over, as when pre-training is over and only later epochs are to count."""
        self._last.clear()
        self.forget_chosen()

    def forget_chosen(self) -> None:
        """Lets the epoch that is kept beside the mean be one from now on; see the trainer's."""
        self._chosen.forget()

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        # As they were validated.
        with averaged_weights(trainer):
            self._last.append(
                {
                    name: parameter.detach().to("cpu", copy=True)
                    for name, parameter in trainer.model.named_parameters()
                    if parameter.requires_grad
                }
            )
        self._flags = {
            name: buffer.to("cpu", copy=True)
            for name, buffer in trainer.model.named_buffers()
            if not buffer.is_floating_point()
        }
        self._chosen.on_epoch(trainer, metrics, epoch, is_primary)

    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if metrics is None or not self._last:  # Training was interrupted.
            return
        # The trainer has loaded the weights that it has chosen.
        with torch.no_grad():
            for name, parameter in trainer.model.named_parameters():
                if name in self._last[0]:
                    # In double precision, so that the order of the epochs does not matter.
                    each = torch.stack([weights[name] for weights in self._last]).double()
                    parameter.copy_(each.mean(dim=0))
            for name, buffer in trainer.model.named_buffers():
                if name in self._flags:
                    buffer.copy_(self._flags[name])
        if not is_primary:
            return
        path = os.path.join(self.serialization_dir, "best.th")
        check_finite(trainer.model, os.path.basename(path))
        save_state(trainer.model.state_dict(), path)
        self._chosen.on_end(trainer, metrics)
        metrics["averaged_epochs"] = len(self._last)
        logger.info("the mean of the weights of the last %d epochs is in %s", len(self._last), path)

    def state_dict(self) -> Dict[str, Any]:
        return {
            "last": list(self._last),
            "flags": self._flags,
            "chosen": self._chosen.state_dict(),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._last.extend(state_dict["last"])
        self._flags = state_dict.get("flags", {})
        # Which metric the trainer selects by is known when training starts.
        self._restored = state_dict["chosen"]
