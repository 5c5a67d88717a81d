import math
from typing import TYPE_CHECKING, Any, Dict, List, Optional

import torch
from allennlp.data import TensorDict
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.training.divergence import divergence

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer


@TrainerCallback.register("stop_on_divergence")
class StopOnDivergence(TrainerCallback):
    """
    Ends training in the very batch whose loss is NaN or infinite, or, if `grad_norm` is set, whose
    gradient is. It says in which, of which term of the loss (equation 7: source, teacher, target),
    and what to change. What was
    kept before stays: neither `keep_best` nor the checkpointer "atomic" writes such weights.

    AllenNLP's trainer notices a loss of NaN only, and says no more than that.

    With `use_amp` an infinite gradient is usual: the scaler passes over that step and scales less.

    Registered as a `TrainerCallback` with name "stop_on_divergence".

    # Raises

    `DivergenceError`
    """

    def on_start(
        self, trainer: "GradientDescentTrainer", is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        # Callbacks come after the trainer's own check, which knows nothing of terms.
        self._hook = trainer.model.register_forward_hook(self._check_loss)

    def on_batch(
        self,
        trainer: "GradientDescentTrainer",
        batch_inputs: List[TensorDict],
        batch_outputs: List[Dict[str, Any]],
        batch_metrics: Dict[str, Any],
        epoch: int,
        batch_number: int,
        is_training: bool,
        is_primary: bool = True,
        batch_grad_norm: Optional[float] = None,
        **kwargs: Any,
    ) -> None:
        if (
            is_training
            and trainer._scaler is None
            and batch_grad_norm is not None
            and not math.isfinite(batch_grad_norm)
        ):
            # The step is done, and has spoilt the weights; the batch is counted.
            trainer._batches_in_epoch_completed -= 1
            raise divergence(trainer, f"the norm of the gradient is {batch_grad_norm}")

    def on_end(
        self,
        trainer: "GradientDescentTrainer",
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._hook.remove()

    def _check_loss(self, model: torch.nn.Module, inputs: Any, outputs: Dict[str, Any]) -> None:
        loss = outputs.get("loss")
        if not model.training or loss is None or bool(torch.isfinite(loss)):
            return
        assert self.trainer is not None
        terms = [
            f"{name} {float(value):g}" for name, value in outputs.get("loss_terms", {}).items()
        ]
        of_terms = f" ({', '.join(terms)})" if terms else ""
        raise divergence(self.trainer, f"the loss is {loss.item()}{of_terms}")
