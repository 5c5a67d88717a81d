"""What an encoder reads, whichever encoder it is."""

from typing import List, NamedTuple, Optional, Tuple
from typing import Sequence as SequenceOf

import torch
from torch.nn.functional import embedding

from xner_allennlp.modules.sequences import Sequences


class EncoderInput(NamedTuple):
    """
    The features of all tokens of a batch. Equal tokens may share a row of features, so that an
    encoder may treat them as one.

    sequences : where the tokens stand.
    parts : the features part by part, such as word vectors and character states, each
        `(num_rows, size of the part)`. A part that needs no gradient is frozen.
    row_of : which row a token has, `(num_tokens,)`; `None` if each token has its own.
    """

    sequences: Sequences
    parts: Tuple[torch.Tensor, ...]
    row_of: Optional[torch.Tensor] = None

    @classmethod
    def stack(cls, inputs: SequenceOf["EncoderInput"]) -> "EncoderInput":
        """Several batches as one, row after row."""
        if len(inputs) == 1:
            return inputs[0]
        sequences = Sequences.stack([each.sequences for each in inputs])
        parts = zip(*(each.parts_of_tokens() for each in inputs))
        return cls(sequences, tuple(torch.cat(part) for part in parts))

    def with_dropout(self, dropout: torch.nn.Module) -> "EncoderInput":
        """With `dropout` on each token, on which equal tokens are no longer equal."""
        if not dropout.training:
            return self
        return EncoderInput(self.sequences, tuple(map(dropout, self.parts_of_tokens())))

    def parts_of_tokens(self) -> List[torch.Tensor]:
        """The parts, each `(num_tokens, size of the part)`."""
        if self.row_of is None:
            return list(self.parts)
        # Unlike that of `index_select`, its gradient is repeatable on CUDA.
        return [embedding(self.row_of, part) for part in self.parts]

    def tokens(self) -> torch.Tensor:
        """All features of each token, `(num_tokens, input_size)`."""
        parts = self.parts_of_tokens()
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
