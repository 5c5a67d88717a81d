"""Batches: the data loader that pairs source sentences with pseudo-labelled target sentences."""

from xner_allennlp.batches.batch_metadata import BatchMetadata
from xner_allennlp.batches.cross_lingual_data_loader import CrossLingualDataLoader, TargetBatches
from xner_allennlp.batches.form_index import FormIndex
from xner_allennlp.batches.indexed_sentences import IndexedSentences
from xner_allennlp.batches.ordered_multi_process_data_loader import OrderedMultiProcessDataLoader
from xner_allennlp.batches.processes import Processes

__all__ = [
    "BatchMetadata",
    "CrossLingualDataLoader",
    "FormIndex",
    "IndexedSentences",
    "OrderedMultiProcessDataLoader",
    "Processes",
    "TargetBatches",
]
