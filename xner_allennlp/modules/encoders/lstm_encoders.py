"""`tied_lstm` and `untied_lstm`, as encoders into sequences and into vectors."""

import torch
from allennlp.modules import Seq2SeqEncoder, Seq2VecEncoder

from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.lstm import LstmEnds, LstmStates
from xner_allennlp.modules.sequences import Sequences


@Seq2SeqEncoder.register("tied_lstm", constructor="tied")
@Seq2SeqEncoder.register("untied_lstm", constructor="untied")
class LstmSeq2SeqEncoder(LstmStates, Seq2SeqEncoder):
    """
    A bidirectional LSTM over words; each cell has a single bias vector, as the parameter counts of
    Table 4 demand.

    Registered as a `Seq2SeqEncoder` with name "tied_lstm": ONE cell reads the sequence in both
    directions, as in the paper's Cross-Shared systems ("binding the parameters of the forward and
    backward layers", section "Augmented Fine-tuning"), which favours features that do not depend on
    word order. With name "untied_lstm": one cell a direction, as in Source-Mono, Cross-Word and
    target encoders.

    # Parameters

    input_size : `int`, required.
    hidden_size : `int`, optional (default = `100`, the paper's word LSTM).
        The size of one direction; the output has twice as many features.
    """

    @classmethod
    def tied(cls, input_size: int, hidden_size: int = 100) -> "LstmSeq2SeqEncoder":
        return cls(input_size, hidden_size, tied=True)

    @classmethod
    def untied(cls, input_size: int, hidden_size: int = 100) -> "LstmSeq2SeqEncoder":
        return cls(input_size, hidden_size, tied=False)

    def is_bidirectional(self) -> bool:
        return True

    def forward(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to
        `(batch_size, sequence_length, 2 * hidden_size)`, zero where the mask is false.
        """
        sequences = Sequences.of_mask(mask)
        states = self.encode(EncoderInput(sequences, (sequences.tokens(inputs),)))
        return sequences.padded(states)


@Seq2VecEncoder.register("tied_lstm", constructor="tied")
@Seq2VecEncoder.register("untied_lstm", constructor="untied")
class LstmSeq2VecEncoder(LstmEnds, Seq2VecEncoder):
    """
    A bidirectional LSTM over characters, of which the last state of each direction is kept.

    Registered as a `Seq2VecEncoder` with names "tied_lstm" and "untied_lstm"; see
    `LstmSeq2SeqEncoder`.

    # Parameters

    input_size : `int`, optional (default = `25`, the paper's character embedding).
    hidden_size : `int`, optional (default = `25`, the paper's character LSTM).
        The size of one direction; the output has twice as many features.
    """

    @classmethod
    def tied(cls, input_size: int = 25, hidden_size: int = 25) -> "LstmSeq2VecEncoder":
        return cls(input_size, hidden_size, tied=True)

    @classmethod
    def untied(cls, input_size: int = 25, hidden_size: int = 25) -> "LstmSeq2VecEncoder":
        return cls(input_size, hidden_size, tied=False)

    def forward(self, tokens: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        `(batch_size, sequence_length, input_size)` to `(batch_size, 2 * hidden_size)`; an empty
        sequence becomes zeros.
        """
        sequences = Sequences.of_mask(mask)
        return self.encode(EncoderInput(sequences, (sequences.tokens(tokens),)))
