"""Reading and writing monolingual word vectors."""

from xner_allennlp.text.word_forms import forms_of, known_form
from xner_allennlp.vectors.reading import read_word_vectors
from xner_allennlp.vectors.word_vectors import WordVectors, fingerprint_of
from xner_allennlp.vectors.writing import write_word_vectors

__all__ = [
    "WordVectors",
    "fingerprint_of",
    "forms_of",
    "known_form",
    "read_word_vectors",
    "write_word_vectors",
]
