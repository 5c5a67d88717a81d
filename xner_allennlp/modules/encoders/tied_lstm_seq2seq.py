from allennlp.modules import Seq2SeqEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm_seq2seq import (
    BidirectionalLstmSeq2SeqEncoder,
)


@Seq2SeqEncoder.register("tied_lstm")
class TiedLstmSeq2SeqEncoder(BidirectionalLstmSeq2SeqEncoder):
    """
    The bidirectional LSTM of the paper's Cross-Shared systems: ONE cell reads the sequence in both
    directions ("binding the parameters of the forward and backward layers", section "Augmented
    Fine-tuning"), which favours features that do not depend on word order.

    Registered as a `Seq2SeqEncoder` with name "tied_lstm".

    # Parameters

    input_size : `int`, required.
    hidden_size : `int`, optional (default = `100`, the paper's word LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int, hidden_size: int = 100) -> None:
        super().__init__(input_size, hidden_size, tied=True)
