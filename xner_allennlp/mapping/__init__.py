"""
Stage 1: mapping of word vectors of two languages into one space, without a dictionary.

`WordVectorMapper` is the way in, `Mapping` the way out; neither needs AllenNLP's trainer.
"""

from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.dictionary import (
    identical_strings,
    known_pairs,
    numerals,
    read_dictionary,
)
from xner_allennlp.mapping.mapper import MapperResult, WordVectorMapper
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.presets import PRESETS
from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.refinement.refinement import Refinement
from xner_allennlp.mapping.refinement.reweighting import reweight
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.starts.adversarial import AdversarialTraining
from xner_allennlp.mapping.starts.signatures import similarity_signatures
from xner_allennlp.mapping.starts.transport import TransportInitialization
from xner_allennlp.mapping.use.mapped_vectors import write_mapped_vectors
from xner_allennlp.mapping.verdict.evaluation import evaluate_mapping, translation_precision

__all__ = [
    "AdversarialTraining",
    "Checkpoint",
    "MapperOptions",
    "MapperResult",
    "Mapping",
    "PRESETS",
    "Refinement",
    "TranslationSearch",
    "TransportInitialization",
    "WordVectorMapper",
    "evaluate_mapping",
    "identical_strings",
    "known_pairs",
    "numerals",
    "procrustes",
    "read_dictionary",
    "reweight",
    "similarity_signatures",
    "translation_precision",
    "write_mapped_vectors",
]
