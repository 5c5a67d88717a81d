"""Words from a transformer that reads their sentence; `pretrained_encoder.py` registers it."""

from typing import List, Optional, Sequence

import numpy as np
import torch
from torch.nn.functional import embedding

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.piece_windows import PieceWindows
from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.spelled_words import SpelledWords

# How many pieces, with their padding, the encoder reads at once; bounds the memory of tagging.
_PIECES_AT_ONCE = 8192
# On a CPU a sentence is read with those that have at least this part of the pieces of the longest:
# there padding costs more than further calls do.
_SIMILAR = 0.7


class TransformerReader(SentenceEmbedder):
    """
    What `pretrained_encoder`, which can be trained and is explained there, and an exported tagger,
    which needs no AllenNLP, have in common.

    # Parameters

    transformer : `torch.nn.Module`, required.
        An encoder of the library transformers. It loses its pooler.
    before, after : `Sequence[int]`, required.
        The numbers of the pieces that stand before and after every sentence.
    pooling : `str`, optional (default = `"first"`)
    output_dim : `int`, optional (default = that of the transformer)
    longest : `int`, optional (default = `room`)
    layers : `List[int]`, optional (default = the last)
        These four are those of `pretrained_encoder`.
    """

    def __init__(
        self,
        transformer: torch.nn.Module,
        before: Sequence[int],
        after: Sequence[int],
        pooling: str = "first",
        output_dim: Optional[int] = None,
        longest: Optional[int] = None,
        layers: Optional[List[int]] = None,
    ) -> None:
        super().__init__()
        self.transformer = transformer
        if getattr(transformer, "pooler", None) is not None:
            # It reads the first state of a sentence, which no word is.
            transformer.pooler = None
        for module in transformer.modules():
            # Numbers of positions, which some versions of transformers save and others do not.
            for name, buffer in list(module.named_buffers(recurse=False)):
                module.register_buffer(name, buffer, persistent=False)
        config = transformer.config
        self.projection = (
            None if output_dim is None else torch.nn.Linear(config.hidden_size, output_dim)
        )
        self._output_dim = output_dim or config.hidden_size
        self.pooling = pooling
        self.layers = layers
        self._num_before, self._num_after = len(before), len(after)
        # Behind them the padding.
        specials = [*before, *after, config.pad_token_id or 0]
        self.register_buffer("_specials", torch.tensor(specials), persistent=False)
        self.longest = self.room if longest is None else longest

    @property
    def room(self) -> int:
        """How many pieces of words the transformer can read at once."""
        return self._num_positions() - self._num_before - self._num_after

    def _num_positions(self) -> int:
        """How many pieces the transformer can read at once, special ones included."""
        config = self.transformer.config
        number = getattr(config, "max_position_embeddings", None)
        if not number or number < 0:
            return 512  # Relative positions have no end, but few such models were trained on more.
        for name, module in self.transformer.named_modules():
            # Roberta and its kind count positions from behind the padding's.
            if name.endswith("position_embeddings") and getattr(module, "padding_idx", None):
                return int(number - module.padding_idx - 1)
        return int(number)

    def get_output_dim(self) -> int:
        return self._output_dim

    def embed_words(
        self,
        words: Sequences,
        form_of: torch.Tensor,
        spellings: Sequences,
        characters: torch.Tensor,
    ) -> torch.Tensor:
        """Of the words of some sentences, `(num_words, output_dim)`; the characters are pieces."""
        spelled = SpelledWords.of_forms(words, form_of, spellings)
        # shape: (num_words, hidden_size)
        states = self.states(spelled, characters)
        return states if self.projection is None else self.projection(states)

    def states(self, spelled: SpelledWords, characters: torch.Tensor) -> torch.Tensor:
        """What the transformer makes of the words of some sentences, `(num_words, hidden_size)`."""
        first_pieces, places = spelled.first_pieces, spelled.places
        windows = PieceWindows.of_lengths(spelled.pieces_of_sentences(), self.longest)
        # Pieces, special ones and padding, by number.
        # shape: (num_characters + num_specials,)
        table = torch.cat([characters - 1, self._specials])

        wanted = first_pieces if self.pooling == "first" else np.arange(len(places))
        window_of = windows.window_of[wanted]
        states: List[torch.Tensor] = []
        found: List[np.ndarray] = []
        similar = _SIMILAR if table.device.type == "cpu" else 0.0
        for batch in windows.batches(_PIECES_AT_ONCE, similar):
            row_of = np.full(len(windows.starts), -1)
            row_of[batch] = np.arange(len(batch))
            # shape: (num_words of these windows,)
            here = np.flatnonzero(row_of[window_of] >= 0)
            rows = row_of[window_of[here]]
            columns = self._num_before + wanted[here] - windows.starts[window_of[here]]
            found.append(here)
            states.append(self._read(table, places, windows, batch, rows, columns))
        order = np.empty(len(wanted), dtype=np.int64)
        order[np.concatenate(found)] = np.arange(len(wanted))
        (indices,) = tensors_on(table.device, [order])
        # shape: (num_words, hidden_size), or (num_pieces, hidden_size)
        result = embedding(indices, torch.cat(states))
        return _means(result, spelled.num_pieces) if self.pooling == "mean" else result

    def _read(
        self,
        table: torch.Tensor,
        places: np.ndarray,
        windows: PieceWindows,
        batch: np.ndarray,
        rows: np.ndarray,
        columns: np.ndarray,
    ) -> torch.Tensor:
        """The states at `rows` and `columns` of a batch of windows, `(num_rows, hidden_size)`."""
        sizes = windows.sizes[batch][:, None]
        before, after = self._num_before, self._num_after
        # The first special piece's number.
        special = len(table) - before - after - 1
        # shape: (1, width)
        positions = np.arange(before + int(sizes.max()) + after)[None]
        # shape (all): (batch_size, width)
        is_read = positions < before + sizes + after
        is_piece = (positions >= before) & (positions < before + sizes)
        numbers = np.where(positions < before, special + positions, len(table) - 1)
        numbers = np.where(
            is_read & (positions >= before + sizes), special + positions - sizes, numbers
        )
        pieces = windows.starts[batch][:, None] + positions - before
        numbers[is_piece] = places[pieces[is_piece]]
        numbers_there, mask, wanted = tensors_on(
            table.device,
            [numbers, is_read.astype(np.int64), rows * positions.shape[1] + columns],
        )
        output = self.transformer(
            input_ids=table[numbers_there],
            attention_mask=mask,
            output_hidden_states=self.layers is not None,
        )
        # shape: (batch_size, width, hidden_size)
        if self.layers is None:
            states = output.last_hidden_state
        else:
            states = torch.stack([output.hidden_states[layer] for layer in self.layers]).mean(0)
        # Its gradient is repeatable on CUDA, unlike that of `index_select`.
        return embedding(wanted, states.flatten(0, 1).float())


def _means(pieces: torch.Tensor, lengths: np.ndarray) -> torch.Tensor:
    """The mean over the pieces, `(num_pieces, size)`, of each word: `(num_words, size)`."""
    word_of, counts = tensors_on(
        pieces.device, [np.repeat(np.arange(len(lengths)), lengths), lengths]
    )
    sums = pieces.new_zeros(len(lengths), pieces.size(1)).index_add(0, word_of, pieces)
    return sums / counts.unsqueeze(1)
