"""Subcommands of `allennlp`."""

from xner_allennlp.commands.archive_selection import ArchiveSelection
from xner_allennlp.commands.evaluate_selections import EvaluateSelections
from xner_allennlp.commands.map_embeddings import MapEmbeddings
from xner_allennlp.commands.tag_corpus import TagCorpus
from xner_allennlp.commands.tagged_page import TaggedPage

__all__ = ["ArchiveSelection", "EvaluateSelections", "MapEmbeddings", "TagCorpus", "TaggedPage"]
