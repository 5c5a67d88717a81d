"""Diverging training stops at once, and nothing that is not finite is written."""

import math
from typing import Any, Dict, List, Optional

import torch
from allennlp.data import TensorDict
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.training.trainer_internals import (
    grad_scaler_of,
    gradient_limits,
    position,
)

# Below 1 the scaler makes gradients smaller than they are, which never helps; from its first scale,
# 65,536, it gets here by 30 steps passed over in a row.
SMALLEST_SCALE = 1e-4

_REMEDY = (
    "What was written before is good: the checkpoint, and best.th if an epoch has ended. Begin a "
    "new run (--recover would end here again) with a lower trainer.optimizer.lr, a lower "
    "trainer.grad_norm (5.0 is usual) or with trainer.grad_clipping, and look for huge numbers in "
    "the word vectors."
)


class DivergenceError(ArithmeticError):
    """Training has left the finite numbers: it stops, and what was kept before stays."""


def check_finite(model: torch.nn.Module, what: str) -> None:
    """
    # Parameters

    model : `torch.nn.Module`
        Its parameters are looked at; a buffer, such as a mask, may well be infinite.
    what : `str`
        What would be written, for the message.

    # Raises

    `DivergenceError`
        If a weight is NaN or infinite.
    """
    weights = dict(model.named_parameters())
    bad = [name for name, weight in weights.items() if not bool(torch.isfinite(weight).all())]
    if bad:
        raise DivergenceError(
            f"Training has diverged: {len(bad)} of {len(weights)} weights are no longer finite "
            f"({', '.join(bad[:3])}{', ...' if len(bad) > 3 else ''}), so {what} is not written. "
            f"{_REMEDY}"
        )


@TrainerCallback.register("stop_on_divergence")
class StopOnDivergence(TrainerCallback):
    """
    Ends training in the very batch whose loss is NaN or infinite, or, if `grad_norm` is set, whose
    gradient is. It says in which, of which term of the loss (equation 7: source, teacher, target;
    translated), and what to change. What was kept before stays: neither `keep_best` nor the
    checkpointer "atomic" writes such weights.

    AllenNLP's trainer notices a loss of NaN only, and says no more than that.

    With `use_amp` an infinite gradient is usual: the scaler passes over that step and scales less.
    If that never ends, training stops as soon as the scale is below `SMALLEST_SCALE`.

    Registered as a `TrainerCallback` with name "stop_on_divergence".

    # Raises

    `DivergenceError`
    """

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        # Callbacks come after the trainer's own check, which knows nothing of terms.
        self._hook = trainer.model.register_forward_hook(self._check_loss)

    def on_batch(
        self,
        trainer: GradientDescentTrainer,
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
        is_finite = batch_grad_norm is not None and math.isfinite(batch_grad_norm)
        if not is_training or is_finite:
            return
        scaler = grad_scaler_of(trainer)
        if scaler is None:
            if batch_grad_norm is not None:
                # The step is done, and has spoilt the weights.
                what = f"the norm of the gradient is {batch_grad_norm}"
                raise _divergence(trainer, what, is_counted=True)
        elif scaler.get_scale() < SMALLEST_SCALE:
            what = (
                "gradients in mixed precision are infinite again and again, so that no step is "
                f"done; their scale has fallen to {scaler.get_scale():g}"
            )
            raise _divergence(trainer, what, is_counted=True)

    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._hook.remove()

    def _check_loss(self, model: torch.nn.Module, inputs: Any, outputs: Dict[str, Any]) -> None:
        # The trainer reads the loss here, too: no further wait for a GPU.
        if not model.training or "loss" not in outputs or math.isfinite(outputs["loss"].item()):
            return
        assert self.trainer is not None
        terms = [
            f"{name} {float(value):g}" for name, value in outputs.get("loss_terms", {}).items()
        ]
        of_terms = f" ({', '.join(terms)})" if terms else ""
        what = f"the loss is {outputs['loss'].item()}{of_terms}"
        raise _divergence(self.trainer, what, is_counted=False)


def _divergence(trainer: GradientDescentTrainer, what: str, is_counted: bool) -> DivergenceError:
    """The error that tells where training is, with which settings, and what is wrong."""
    rates = sorted({group["lr"] for group in trainer.optimizer.param_groups})
    return DivergenceError(
        f"Training has diverged in {position(trainer, is_counted)}: {what}. The learning rate is "
        f"{', '.join(f'{rate:g}' for rate in rates)}, {gradient_limits(trainer)}. {_REMEDY}"
    )
