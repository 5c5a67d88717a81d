"""Token embedders: frozen word vectors in the common space, and words from their characters."""

from xner_allennlp.embedders.mapped_embedding import MappedEmbedding
from xner_allennlp.embedders.shared_char_lstm import SharedCharLstm

__all__ = ["MappedEmbedding", "SharedCharLstm"]
