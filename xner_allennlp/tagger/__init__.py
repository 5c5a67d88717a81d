"""
Tagging of text from Python, with an archive or with a folder that was exported from one. Only what
deals with archives imports AllenNLP, and only when an archive is given.
"""

from xner_allennlp.tagger.documents import Entity
from xner_allennlp.tagger.tagger import Tagger

__all__ = ["Entity", "Tagger"]
