"""
Tagging of a corpus that is too large for one process: the corpus is divided into parts, workers tag
them, each part becomes a file. The subcommand `tag-corpus` is the way in.
"""

from xner_allennlp.commands.bulk.corpus import Part, divide
from xner_allennlp.commands.bulk.output_folder import OutputFolder
from xner_allennlp.commands.bulk.part_tagger import PartTagger
from xner_allennlp.commands.bulk.ray_engine import RayEngine

__all__ = [
    "OutputFolder",
    "Part",
    "PartTagger",
    "RayEngine",
    "divide",
]
