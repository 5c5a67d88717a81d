"""Learning rate schedules."""

from xner_allennlp.schedulers.inverse_time_decay import InverseTimeDecay

__all__ = ["InverseTimeDecay"]
