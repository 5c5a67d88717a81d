"""
Stage 1: mapping of word vectors of two languages into one space, without a dictionary.

`WordVectorMapper` is the way in, `Mapping` the way out; neither needs AllenNLP's trainer.
"""

from xner_allennlp.mapping.checkpoint import Checkpoint
from xner_allennlp.mapping.dictionary import read_dictionary
from xner_allennlp.mapping.mapper import MapperResult, WordVectorMapper
from xner_allennlp.mapping.mapping import Mapping
from xner_allennlp.mapping.options import MapperOptions
from xner_allennlp.mapping.presets import PRESETS
from xner_allennlp.mapping.refinement.refinement import RefinementOptions
from xner_allennlp.mapping.starts import MappingStart
from xner_allennlp.mapping.use.mapped_vectors import write_mapped_vectors
from xner_allennlp.mapping.verdict.evaluation import evaluate_mapping

__all__ = [
    "Checkpoint",
    "MapperOptions",
    "MapperResult",
    "Mapping",
    "MappingStart",
    "PRESETS",
    "RefinementOptions",
    "WordVectorMapper",
    "evaluate_mapping",
    "read_dictionary",
    "write_mapped_vectors",
]
