"""Predictors."""

from xner_allennlp.predictors.ner_tagger import NerTaggerPredictor
