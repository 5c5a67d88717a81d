"""Sequence encoders: tied and untied bidirectional LSTMs over words and over characters."""

from xner_allennlp.modules.encoders.any_encoder import encode
from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.lstm import LstmEnds, LstmStates
from xner_allennlp.modules.encoders.pass_through import PassThrough

__all__ = [
    "BidirectionalLstm",
    "EncoderInput",
    "LstmEnds",
    "LstmStates",
    "PassThrough",
    "encode",
]
