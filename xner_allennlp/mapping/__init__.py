"""
Stage 1: mapping of word vectors of two languages into one space, without a dictionary.

`WordVectorMapper` is the way in, `Mapping` the way out; neither needs AllenNLP's trainer.
"""

from xner_allennlp.mapping.adversarial import AdversarialTraining
from xner_allennlp.mapping.criterion import MeanCslsCosine
from xner_allennlp.mapping.dictionary import (
    identical_strings,
    induce_dictionary,
    known_pairs,
    read_dictionary,
)
from xner_allennlp.mapping.evaluation import evaluate_mapping, translation_precision
from xner_allennlp.mapping.mapped_vectors import write_mapped_vectors
from xner_allennlp.mapping.mapper import MapperResult, WordVectorMapper
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.procrustes import procrustes
from xner_allennlp.mapping.refinement import refine

__all__ = [
    "AdversarialTraining",
    "MapperResult",
    "Mapping",
    "MeanCslsCosine",
    "WordVectorMapper",
    "evaluate_mapping",
    "identical_strings",
    "induce_dictionary",
    "known_pairs",
    "procrustes",
    "read_dictionary",
    "refine",
    "translation_precision",
    "write_mapped_vectors",
]
