"""Reading and writing monolingual word vectors."""

from xner_allennlp.vectors.reading import read_word_vectors
from xner_allennlp.vectors.word_vectors import WordVectors, fingerprint_of
from xner_allennlp.vectors.writing import write_word_vectors

__all__ = ["WordVectors", "fingerprint_of", "read_word_vectors", "write_word_vectors"]
