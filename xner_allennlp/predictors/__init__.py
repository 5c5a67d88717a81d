"""Predictors: tagging of new text with a trained archive."""

from xner_allennlp.predictors.input_lines import check_inputs, checked_lines, parse_line
from xner_allennlp.predictors.ner_tagger import NerTaggerPredictor

__all__ = ["NerTaggerPredictor", "check_inputs", "checked_lines", "parse_line"]
