"""One call for every encoder, ours and AllenNLP's."""

from typing import Union

import torch
from allennlp.modules import Seq2SeqEncoder, Seq2VecEncoder

from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.lstm_encoders import LstmSeq2SeqEncoder, LstmSeq2VecEncoder


def encode(encoder: Union[Seq2SeqEncoder, Seq2VecEncoder], inputs: EncoderInput) -> torch.Tensor:
    """
    What `encoder` makes of `inputs`: of a `Seq2SeqEncoder` the states of all tokens, `(num_tokens,
    output_dim)`; of a `Seq2VecEncoder` the vectors of all sequences, `(batch_size, output_dim)`.
    Encoders other than ours are called as AllenNLP does, with the padded batch and its mask.
    """
    if isinstance(encoder, (LstmSeq2SeqEncoder, LstmSeq2VecEncoder)):
        return encoder.encode(inputs)
    sequences = inputs.sequences
    encoded = encoder(sequences.padded(inputs.tokens()), sequences.mask)
    return encoded if isinstance(encoder, Seq2VecEncoder) else sequences.tokens(encoded)
