"""
What becomes of a corpus: readers turn files into instances, token indexers words into numbers, the
loader both into batches.
"""

from xner_allennlp.data.conll_file import ConllFile, ConllSentence, read_conll_file
from xner_allennlp.data.conll_ner import ConllNerReader
from xner_allennlp.data.cross_lingual_data_loader import CrossLingualDataLoader
from xner_allennlp.data.indexed_sentences import (
    BatchMetadata,
    FormIndex,
    IndexedSentences,
)
from xner_allennlp.data.languages import LANGUAGES, check_language, side_of
from xner_allennlp.data.processes import Processes
from xner_allennlp.data.random_order import RandomOrder
from xner_allennlp.data.single_id_case_fallback import SingleIdCaseFallbackIndexer
from xner_allennlp.data.tag_field import TagField
from xner_allennlp.data.target_pool import TargetPool
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.data.translated_conll_ner import TranslatedConllNerReader
from xner_allennlp.data.vocabulary_of_archive import VocabularyOfArchive
from xner_allennlp.data.vocabulary_with_encoder import VocabularyWithEncoder
from xner_allennlp.data.vocabulary_with_vectors import VocabularyWithVectors
from xner_allennlp.data.word_pieces import WordPiecesIndexer
from xner_allennlp.text.sentence_arrays import evaluation_batch_size

__all__ = [
    "BatchMetadata",
    "ConllFile",
    "ConllNerReader",
    "ConllSentence",
    "CrossLingualDataLoader",
    "FormIndex",
    "IndexedSentences",
    "LANGUAGES",
    "Processes",
    "RandomOrder",
    "SingleIdCaseFallbackIndexer",
    "TagField",
    "TargetPool",
    "TranslatedConllNerReader",
    "UnicodeWordsTokenizer",
    "VocabularyOfArchive",
    "VocabularyWithEncoder",
    "VocabularyWithVectors",
    "WordPiecesIndexer",
    "check_language",
    "evaluation_batch_size",
    "read_conll_file",
    "side_of",
]
