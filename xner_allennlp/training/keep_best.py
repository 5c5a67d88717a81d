"""A second choice of the best epoch."""

import logging
import os
from typing import Any, Dict, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common import save_state
from xner_allennlp.training.stop_on_divergence import check_finite
from xner_allennlp.training.trainer_internals import averaged_weights

logger = logging.getLogger(__name__)


@TrainerCallback.register("keep_best")
class KeepBest(TrainerCallback):
    """
    Keeps the weights of the best epoch by a second validation metric, beside the weights that the
    trainer selects: `best_<metric>.th` in the run's folder. The paper reports each system tuned on
    the source and on the target development set; with this both come from one run:

        allennlp evaluate RUN/model.tar.gz target.testb --weights-file RUN/best_target_f1.th

    The metric's best value and its epoch are reported as `best_<metric>` and `best_<metric>_epoch`
    in `metrics.json`. `allennlp archive-selection` makes an archive of the weights.

    Registered as a `TrainerCallback` with name "keep_best".

    # Parameters

    metric : `str`, optional (default = `"+target_f1"`).
        A validation metric, behind "+" or "-" for higher or lower is better. Epochs that do not
        report it are passed over, the first with a warning; what `further_sets` reports is known to
        the callbacks behind it.
    """

    def __init__(self, serialization_dir: str, metric: str = "+target_f1") -> None:
        super().__init__(serialization_dir)
        if metric[:1] not in ("+", "-") or len(metric) < 2:
            raise ConfigurationError(
                f'keep_best: metric must be a name behind "+" or "-", got {metric!r}'
            )
        self.metric = metric
        self._sign = 1.0 if metric[0] == "+" else -1.0
        self._name = metric[1:]
        self._best: Optional[float] = None
        self._epoch: Optional[int] = None
        self._has_warned = False

    def forget(self) -> None:
        """Starts over, as when pre-training is over and only later epochs are to count."""
        self._best, self._epoch = None, None

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        value = metrics.get(f"validation_{self._name}")
        if not is_primary:
            return
        if value is None:
            self._warn_once(metrics)
            return
        if self._best is None or self._sign * value > self._sign * self._best:
            self._best, self._epoch = float(value), epoch
            path = os.path.join(self.serialization_dir, f"best_{self._name}.th")
            with averaged_weights(trainer):
                check_finite(trainer.model, os.path.basename(path))
                save_state(trainer.model.state_dict(), path)
            logger.info("best %s so far: %.4f, epoch %d, in %s", self._name, value, epoch, path)

    def _warn_once(self, metrics: Dict[str, Any]) -> None:
        reported = sorted(
            name[len("validation_") :] for name in metrics if name.startswith("validation_")
        )
        if reported and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "keep_best: this validation does not report %s, so nothing of it is kept; it "
                "reports %s",
                self._name,
                ", ".join(reported),
            )

    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if metrics is not None and self._best is not None:
            metrics[f"best_{self._name}"] = self._best
            metrics[f"best_{self._name}_epoch"] = self._epoch

    def state_dict(self) -> Dict[str, Any]:
        return {"best": self._best, "epoch": self._epoch}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._best = state_dict["best"]
        self._epoch = state_dict["epoch"]
