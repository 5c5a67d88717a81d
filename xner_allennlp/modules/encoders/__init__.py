"""Sequence encoders: tied and untied bidirectional LSTMs over words and over characters."""

from xner_allennlp.modules.encoders.bidirectional_lstm import BidirectionalLstm
from xner_allennlp.modules.encoders.bidirectional_lstm_seq2seq import (
    BidirectionalLstmSeq2SeqEncoder,
)
from xner_allennlp.modules.encoders.bidirectional_lstm_seq2vec import (
    BidirectionalLstmSeq2VecEncoder,
)
from xner_allennlp.modules.encoders.dropout import Dropout
from xner_allennlp.modules.encoders.packing import padded, token_places
from xner_allennlp.modules.encoders.tied_lstm_seq2seq import TiedLstmSeq2SeqEncoder
from xner_allennlp.modules.encoders.tied_lstm_seq2vec import TiedLstmSeq2VecEncoder
from xner_allennlp.modules.encoders.untied_lstm_seq2seq import UntiedLstmSeq2SeqEncoder
from xner_allennlp.modules.encoders.untied_lstm_seq2vec import UntiedLstmSeq2VecEncoder

__all__ = [
    "BidirectionalLstm",
    "BidirectionalLstmSeq2SeqEncoder",
    "BidirectionalLstmSeq2VecEncoder",
    "Dropout",
    "TiedLstmSeq2SeqEncoder",
    "TiedLstmSeq2VecEncoder",
    "UntiedLstmSeq2SeqEncoder",
    "UntiedLstmSeq2VecEncoder",
    "padded",
    "token_places",
]
