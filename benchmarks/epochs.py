"""Training epochs of a real trainer, one by one."""

import itertools
from typing import Any, Callable, Dict

import torch
from allennlp.training.gradient_descent_trainer import GradientDescentTrainer


def start(trainer: GradientDescentTrainer) -> Callable[[], Any]:
    """
    Starts the trainer's callbacks; each call of what is returned trains one more epoch with
    AllenNLP's own loop, progress description and callbacks included.
    """
    for callback in trainer._callbacks:
        callback.on_start(trainer, is_primary=True)
    numbers = itertools.count()

    def train_epoch() -> Any:
        metrics = trainer._train_epoch(next(numbers))
        trainer._epochs_completed += 1
        trainer._batches_in_epoch_completed = 0
        return metrics

    return train_epoch


def validate(trainer: GradientDescentTrainer) -> Dict[str, float]:
    """What the trainer does after each epoch: its validation data, then `get_metrics`."""
    with torch.no_grad():
        trainer._validation_loss(0)
    return trainer.model.get_metrics(reset=True)
