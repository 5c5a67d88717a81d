"""Metrics."""

from xner_allennlp.metrics.conll_f1 import ConllF1

__all__ = [
    "ConllF1",
]
