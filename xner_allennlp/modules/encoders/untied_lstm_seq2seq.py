from allennlp.modules import Seq2SeqEncoder

from xner_allennlp.modules.encoders.bidirectional_lstm_seq2seq import (
    BidirectionalLstmSeq2SeqEncoder,
)


@Seq2SeqEncoder.register("untied_lstm")
class UntiedLstmSeq2SeqEncoder(BidirectionalLstmSeq2SeqEncoder):
    """
    The bidirectional LSTM of the paper's Source-Mono, Cross-Word and target encoders: one cell a
    direction, each with a single bias vector, as the parameter counts of Table 4 demand.

    Registered as a `Seq2SeqEncoder` with name "untied_lstm".

    # Parameters

    input_size : `int`, required.
    hidden_size : `int`, optional (default = `100`, the paper's word LSTM).
        The size of one direction; the output has twice as many features.
    """

    def __init__(self, input_size: int, hidden_size: int = 100) -> None:
        super().__init__(input_size, hidden_size, tied=False)
