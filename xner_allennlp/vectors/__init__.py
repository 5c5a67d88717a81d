"""Reading monolingual word vectors."""

from xner_allennlp.vectors.word_vectors import WordVectors, read_word_vectors

__all__ = ["WordVectors", "read_word_vectors"]
