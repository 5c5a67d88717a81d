"""Epochs that are not to be chosen: what chooses the best one, or averages, starts over."""

from allennlp.training import GradientDescentTrainer

from xner_allennlp.training.average_weights import AverageWeights
from xner_allennlp.training.keep_best import KeepBest
from xner_allennlp.training.trainer_internals import callbacks_of_type, restart_selection


def forget_epochs(trainer: GradientDescentTrainer) -> None:
    """Lets everything see only epochs from now on, as where pre-training is over."""
    restart_selection(trainer)
    for keep_best in callbacks_of_type(trainer, KeepBest):
        keep_best.forget()
    for average_weights in callbacks_of_type(trainer, AverageWeights):
        average_weights.forget()


def forget_chosen_epoch(trainer: GradientDescentTrainer) -> None:
    """Lets the trainer's own choice, wherever it is kept, be one of the epochs from now on."""
    restart_selection(trainer)
    for average_weights in callbacks_of_type(trainer, AverageWeights):
        average_weights.forget_chosen()
