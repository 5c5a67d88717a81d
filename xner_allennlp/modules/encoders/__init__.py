"""Sequence encoders: tied and untied bidirectional LSTMs over words and over characters."""

from xner_allennlp.modules.encoders.any_encoder import encode
from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.lstm_encoders import LstmSeq2SeqEncoder, LstmSeq2VecEncoder

__all__ = [
    "BidirectionalLstm",
    "EncoderInput",
    "LstmSeq2SeqEncoder",
    "LstmSeq2VecEncoder",
    "encode",
]
