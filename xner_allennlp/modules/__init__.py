"""
The parts of the tagger: token embedders here, LSTM encoders in `encoders`, the CRF in `crf`.
"""

from xner_allennlp.modules.mapped_embedding import MappedEmbedding
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder
from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.shared_char_lstm import SharedCharLstm

__all__ = [
    "MappedEmbedding",
    "PretrainedEncoder",
    "SentenceEmbedder",
    "SharedCharLstm",
]
