"""Subcommands of `allennlp`."""

from xner_allennlp.commands.map_embeddings import MapEmbeddings
from xner_allennlp.commands.tag_corpus import TagCorpus

__all__ = ["MapEmbeddings", "TagCorpus"]
