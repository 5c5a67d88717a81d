"""The CRF layer: likelihood, decoding and probabilities."""

from xner_allennlp.crf.linear_chain_crf import LinearChainCrf

__all__ = ["LinearChainCrf"]
