"""
All that this package reads and sets of AllenNLP's trainer beyond its public attributes: AllenNLP
offers callbacks nothing else, and is archived, so these stay as they are.
"""

import contextlib
import os
from typing import Any, ContextManager, Dict, Iterator, List, Optional, Tuple, Type, TypeVar

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader
from allennlp.training import Checkpointer, GradientDescentTrainer, Trainer
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.learning_rate_schedulers import LearningRateScheduler

from xner_allennlp.common.stand_ins import dump_metrics
from xner_allennlp.data import CrossLingualDataLoader

Callback = TypeVar("Callback", bound=TrainerCallback)


def cross_lingual_loader(trainer: GradientDescentTrainer, callback: str) -> CrossLingualDataLoader:
    """The trainer's data loader, which `callback` needs to be a `cross_lingual` one."""
    loader = trainer.data_loader
    if not isinstance(loader, CrossLingualDataLoader) or not loader.shuffle:
        raise ConfigurationError(
            f'the callback "{callback}" needs the data loader '
            '{"type": "cross_lingual", "shuffle": true} for training, '
            f"got {type(loader).__name__}"
        )
    return loader


def validation_loader(trainer: GradientDescentTrainer) -> Optional[DataLoader]:
    return trainer._validation_data_loader


def callbacks_of_type(trainer: GradientDescentTrainer, kind: Type[Callback]) -> List[Callback]:
    return [callback for callback in trainer._callbacks if isinstance(callback, kind)]


def checkpointer_of(trainer: GradientDescentTrainer) -> Optional[Checkpointer]:
    return trainer._checkpointer


def learning_rate_scheduler_of(
    trainer: GradientDescentTrainer,
) -> Optional[LearningRateScheduler]:
    return trainer._learning_rate_scheduler


def grad_scaler_of(trainer: GradientDescentTrainer) -> Optional[Any]:
    """The scaler of mixed precision, a `GradScaler`; `None` without `use_amp`."""
    return trainer._scaler


def validation_precision(trainer: GradientDescentTrainer) -> ContextManager[Any]:
    """In which the trainer's validation computes: mixed with `use_amp`."""
    if not trainer._use_amp:
        return contextlib.nullcontext()
    return torch.cuda.amp.autocast()


def has_moving_average(trainer: GradientDescentTrainer) -> bool:
    return trainer._moving_average is not None


@contextlib.contextmanager
def averaged_weights(trainer: GradientDescentTrainer) -> Iterator[None]:
    """
    Lets the model have the trainer's `moving_average` for weights, as in the trainer's validation
    and in what it saves. Without one the model stays as it is.
    """
    average = trainer._moving_average
    if average is None:
        yield
        return
    average.assign_average_value()
    try:
        yield
    finally:
        average.restore()


def recover_moving_average(trainer: GradientDescentTrainer) -> None:
    """
    Lets a restored `moving_average` follow the model again: AllenNLP restores it together with the
    parameters as they were saved, which are no longer the model's.
    """
    average = trainer._moving_average
    if average is None:
        return
    average._parameters = [
        (name, parameter)
        for name, parameter in trainer.model.named_parameters()
        if name in average._shadows
    ]
    for name, parameter in average._parameters:
        average._shadows[name] = average._shadows[name].to(parameter.device)
        average._backups[name] = average._backups[name].to(parameter.device)


def num_epochs_of(trainer: GradientDescentTrainer) -> int:
    return trainer._num_epochs


def set_num_epochs(trainer: GradientDescentTrainer, number: int) -> None:
    trainer._num_epochs = number


def batches_per_step(trainer: GradientDescentTrainer) -> int:
    """How many batches' gradients are accumulated for a step of the optimizer."""
    return trainer._num_gradient_accumulation_steps


def recovered_step(trainer: GradientDescentTrainer) -> int:
    """How many batches were trained on before the run was recovered."""
    of_epoch = len(trainer.data_loader)
    batches = trainer._start_after_batches_in_epoch_completed * batches_per_step(trainer)
    # The last step of an epoch may be of fewer batches.
    return trainer._start_after_epochs_completed * of_epoch + min(batches, of_epoch)


def stop_if_out_of_patience(trainer: GradientDescentTrainer) -> None:
    """Lets a recovered run, whose patience had ended before, train no further."""
    if trainer._metric_tracker.should_stop_early():
        trainer._num_epochs = trainer._start_after_epochs_completed


def restart_patience(trainer: GradientDescentTrainer) -> None:
    """Lets patience count from the next epoch; the best epoch so far stays it."""
    trainer._metric_tracker._epochs_with_no_improvement = 0


def selecting_metric(trainer: GradientDescentTrainer) -> str:
    """
    The metric by which the trainer chooses the best epoch, behind "+" or "-". Raises
    `ConfigurationError` if it is the sum of several.
    """
    tracked = trainer._metric_tracker.tracked_metrics
    if len(tracked) > 1:
        raise ConfigurationError(
            "trainer.validation_metric is a list, and the callback average_weights keeps the best "
            "epoch by one metric: give one"
        )
    factor, name = tracked[0]
    return f"{'+' if factor > 0 else '-'}{name}"


def restart_selection(trainer: GradientDescentTrainer) -> None:
    """Forgets the best epoch so far; epochs keep their numbers."""
    tracker = trainer._metric_tracker
    epoch = tracker._epoch_number
    tracker.clear()
    tracker._epoch_number = epoch


def write_metrics_of_epoch(serialization_dir: str, epoch: int, metrics: Dict[str, Any]) -> None:
    """Adds what a callback has measured: the trainer writes before it calls its callbacks."""
    dump_metrics(os.path.join(serialization_dir, f"metrics_epoch_{epoch}.json"), metrics)


def progress(trainer: Trainer) -> Tuple[int, int]:
    """How many epochs are completed, and how many steps of the one that has begun."""
    return trainer._epochs_completed, trainer._batches_in_epoch_completed


def saves_by_the_clock(checkpointer: Checkpointer) -> bool:
    return checkpointer._save_every_num_seconds is not None


def position(trainer: GradientDescentTrainer, is_counted: bool) -> str:
    """Epoch and batch that training is in, where `is_counted` says if the trainer counts it yet."""
    epoch, batch = progress(trainer)
    return f"epoch {epoch}, batch {batch + (0 if is_counted else 1)}"


def gradient_limits(trainer: GradientDescentTrainer) -> str:
    """What the trainer does against large gradients."""
    return (
        f"grad_norm is {trainer._grad_norm or 'not set'}, grad_clipping is "
        f"{trainer._grad_clipping or 'not set'}"
    )
