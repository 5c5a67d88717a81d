"""Diverging training stops at once, and nothing that is not finite is written."""

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer

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


def divergence(trainer: "GradientDescentTrainer", what: str) -> DivergenceError:
    """The error that tells where training is, with which settings, and `what` is not finite."""
    rates = {group["lr"] for group in trainer.optimizer.param_groups}
    return DivergenceError(
        f"Training has diverged in epoch {trainer._epochs_completed}, batch "
        f"{trainer._batches_in_epoch_completed + 1}: {what}. The learning rate is "
        f"{', '.join(f'{rate:g}' for rate in sorted(rates))}, grad_norm is "
        f"{trainer._grad_norm or 'not set'}, "
        f"grad_clipping is {trainer._grad_clipping or 'not set'}. {_REMEDY}"
    )
