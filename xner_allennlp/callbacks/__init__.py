"""Trainer callbacks: pseudo-labels, passes over the data, selections, recovery, divergence."""

from xner_allennlp.callbacks.exact_recovery import ExactRecovery
from xner_allennlp.callbacks.further_sets import FurtherSets
from xner_allennlp.callbacks.keep_best import KeepBest
from xner_allennlp.callbacks.pseudo_labels import PseudoLabels
from xner_allennlp.callbacks.source_passes import SourcePasses
from xner_allennlp.callbacks.stop_on_divergence import StopOnDivergence

__all__ = [
    "ExactRecovery",
    "FurtherSets",
    "KeepBest",
    "PseudoLabels",
    "SourcePasses",
    "StopOnDivergence",
]
