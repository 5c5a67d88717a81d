from allennlp.modules import Seq2VecEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm_seq2vec import (
    BidirectionalLstmSeq2VecEncoder,
)


@Seq2VecEncoder.register("tied_lstm")
class TiedLstmSeq2VecEncoder(BidirectionalLstmSeq2VecEncoder):
    """
    The bidirectional LSTM of the paper's Cross-Shared systems: ONE cell reads the sequence in both
    directions ("binding the parameters of the forward and backward layers", section "Augmented
    Fine-tuning"), which favours features that do not depend on word order.
    A sequence becomes the last state of each direction.

    Registered as a `Seq2VecEncoder` with name "tied_lstm".

    # Parameters

    input_size : `int`, optional (default = `25`, the paper's character embedding).
    hidden_size : `int`, optional (default = `25`, the paper's character LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int = 25, hidden_size: int = 25) -> None:
        super().__init__(input_size, hidden_size, tied=True)
