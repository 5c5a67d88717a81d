from allennlp.modules import Seq2VecEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm_seq2vec import (
    BidirectionalLstmSeq2VecEncoder,
)


@Seq2VecEncoder.register("untied_lstm")
class UntiedLstmSeq2VecEncoder(BidirectionalLstmSeq2VecEncoder):
    """
    The bidirectional LSTM of the paper's Source-Mono, Cross-Word and target encoders: one cell a
    direction, each with a single bias vector, as the parameter counts of Table 4 demand.
    A sequence becomes the last state of each direction.

    Registered as a `Seq2VecEncoder` with name "untied_lstm".

    # Parameters

    input_size : `int`, optional (default = `25`, the paper's character embedding).
    hidden_size : `int`, optional (default = `25`, the paper's character LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int = 25, hidden_size: int = 25) -> None:
        super().__init__(input_size, hidden_size, tied=False)
