"""
The users' labelled corpora, before anything is trained on them: where to obtain them, converting
what is distributed, checking what one has, and the sizes that the paper states.
"""

from xner_allennlp.corpora.conversion import Conversion, convert_corpus
from xner_allennlp.corpora.corpus_check import check_corpora
from xner_allennlp.corpora.data_folder import CorpusFile, Layout, corpora_of_folder, corpus_of_name
from xner_allennlp.corpora.file_check import FileCheck, check_file
from xner_allennlp.corpora.findings import Finding
from xner_allennlp.corpora.formats import FORMATS, CorpusFormat
from xner_allennlp.corpora.paper_sizes import PAPER_SIZES
from xner_allennlp.corpora.sources import SOURCES, Source
