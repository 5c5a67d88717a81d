"""Subcommands of `allennlp`."""

from xner_allennlp.commands.map_embeddings import MapEmbeddings

__all__ = ["MapEmbeddings"]
