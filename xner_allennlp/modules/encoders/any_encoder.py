"""One call for every encoder, ours and AllenNLP's."""

import torch
from torch.nn import Conv1d

from xner_allennlp.modules.encoders.encoder_input import EncoderInput
from xner_allennlp.modules.encoders.lstm import LstmEnds, LstmStates
from xner_allennlp.modules.encoders.pass_through import PassThrough
from xner_allennlp.modules.sequences import Sequences


def encode(encoder: torch.nn.Module, inputs: EncoderInput) -> torch.Tensor:
    """
    What `encoder` makes of `inputs`: of a `Seq2SeqEncoder` the states of all tokens, `(num_tokens,
    output_dim)`; of a `Seq2VecEncoder` the vectors of all sequences, `(batch_size, output_dim)`.
    Encoders other than ours are called as AllenNLP does, with the padded batch and its mask.
    """
    if isinstance(encoder, (LstmStates, LstmEnds, PassThrough)):
        return encoder.encode(inputs)
    sequences = inputs.sequences
    # A convolution needs as many tokens as its kernel is wide.
    kernels = (part.kernel_size[0] for part in encoder.modules() if isinstance(part, Conv1d))
    width = max(kernels, default=0)
    if width > sequences.width:
        sequences = Sequences(sequences.lengths, width, sequences.device)
    encoded = encoder(sequences.padded(inputs.tokens()), sequences.mask)
    # That of a `Seq2VecEncoder` has no axis of tokens.
    return encoded if encoded.dim() == 2 else sequences.tokens(encoded)
