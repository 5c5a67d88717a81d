"""The CRF layer: likelihood, decoding and probabilities."""

from xner_allennlp.modules.crf.cross_entropy import ExpectedCounts, observed_counts
from xner_allennlp.modules.crf.linear_chain_crf import FORBIDDEN, LinearChainCrf

__all__ = ["FORBIDDEN", "ExpectedCounts", "LinearChainCrf", "observed_counts"]
