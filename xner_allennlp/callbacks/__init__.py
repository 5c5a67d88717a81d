"""Trainer callbacks: pseudo-labels, passes over the source data, model selection, recovery."""

from xner_allennlp.callbacks.exact_recovery import ExactRecovery
from xner_allennlp.callbacks.keep_best import KeepBest
from xner_allennlp.callbacks.pseudo_labels import PseudoLabels
from xner_allennlp.callbacks.source_passes import SourcePasses

__all__ = ["ExactRecovery", "KeepBest", "PseudoLabels", "SourcePasses"]
