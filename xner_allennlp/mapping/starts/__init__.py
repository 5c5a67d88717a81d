"""
Stage 1, where the search begins. One registered start a file; importing this package makes their
names known to configs.
"""

from xner_allennlp.mapping.starts.adversarial import AdversarialTraining
from xner_allennlp.mapping.starts.identical_strings import IdenticalStrings
from xner_allennlp.mapping.starts.mapping_start import MappingStart, Start, StartInput
from xner_allennlp.mapping.starts.multilingual_encoder import MultilingualEncoder
from xner_allennlp.mapping.starts.numerals import Numerals
from xner_allennlp.mapping.starts.seed_dictionary import SeedDictionary
from xner_allennlp.mapping.starts.transport import OptimalTransport

__all__ = [
    "AdversarialTraining",
    "IdenticalStrings",
    "MappingStart",
    "MultilingualEncoder",
    "Numerals",
    "OptimalTransport",
    "SeedDictionary",
    "Start",
    "StartInput",
]
