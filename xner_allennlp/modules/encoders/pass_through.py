"""An encoder that leaves words as they are, without AllenNLP, which has its own `pass_through`."""

import torch

from xner_allennlp.modules.encoders.encoder_input import EncoderInput


class PassThrough(torch.nn.Module):
    """
    # Parameters

    input_size : `int`, required.
        How many features a word has.
    """

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self._size = input_size

    def get_output_dim(self) -> int:
        return self._size

    def encode(self, inputs: EncoderInput) -> torch.Tensor:
        """The features of all tokens, `(num_tokens, input_size)`."""
        return inputs.tokens()
