"""Reading labelled and raw text, in any script."""

from xner_allennlp.readers.conll_file import ConllFile, ConllSentence, read_conll_file
from xner_allennlp.readers.conll_ner import LANGUAGES, ConllNerReader
from xner_allennlp.readers.tag_field import TagField
from xner_allennlp.readers.text_file import read_text_file
from xner_allennlp.readers.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.readers.translated_conll_ner import TranslatedConllNerReader

__all__ = [
    "LANGUAGES",
    "ConllFile",
    "ConllNerReader",
    "ConllSentence",
    "TagField",
    "TranslatedConllNerReader",
    "UnicodeWordsTokenizer",
    "read_conll_file",
    "read_text_file",
]
