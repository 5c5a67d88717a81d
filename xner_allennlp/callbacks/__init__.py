"""Trainer callbacks: pseudo-labels, passes over the source data, model selections, recovery."""

from xner_allennlp.callbacks.exact_recovery import ExactRecovery
from xner_allennlp.callbacks.further_sets import FurtherSets
from xner_allennlp.callbacks.keep_best import KeepBest
from xner_allennlp.callbacks.pseudo_labels import PseudoLabels
from xner_allennlp.callbacks.source_passes import SourcePasses

__all__ = ["ExactRecovery", "FurtherSets", "KeepBest", "PseudoLabels", "SourcePasses"]
