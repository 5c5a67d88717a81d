"""Words from a transformer that reads their sentence; `pretrained_encoder.py` registers it."""

from typing import List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch.nn.functional import embedding

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.bert_encoder import BertEncoder
from xner_allennlp.modules.bert_states import bert_states
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
        to_dict = getattr(config, "to_dict", lambda: vars(config))
        self._is_bert = BertEncoder.serves(to_dict())
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
        on_cpu = table.device.type == "cpu"
        similar = _SIMILAR if on_cpu and not self._is_bert else 0.0
        for batch in windows.batches(_PIECES_AT_ONCE, similar):
            # On CUDA padding costs less than a call for each length.
            parts = windows.of_equal_size(batch) if on_cpu and self._is_bert else [batch]
            grids = [self._grid(places, windows, part, len(characters)) for part in parts]
            # Where each window begins among the pieces of all grids.
            # shape: (num_windows,)
            begins = np.full(len(windows.starts), -1)
            begins[batch] = np.cumsum([0, *(len(row) for grid, _ in grids for row in grid)])[:-1]
            # shape: (num_words of these windows,)
            here = np.flatnonzero(begins[window_of] >= 0)
            windows_here = window_of[here]
            columns = self._num_before + wanted[here] - windows.starts[windows_here]
            found.append(here)
            states.append(self._read(table, grids, begins[windows_here] + columns))
        order = np.empty(len(wanted), dtype=np.int64)
        order[np.concatenate(found)] = np.arange(len(wanted))
        (indices,) = tensors_on(table.device, [order])
        # shape: (num_words, hidden_size), or (num_pieces, hidden_size)
        result = embedding(indices, torch.cat(states))
        return _means(result, spelled.num_pieces) if self.pooling == "mean" else result

    def _grid(
        self, places: np.ndarray, windows: PieceWindows, batch: np.ndarray, special: int
    ) -> Tuple[np.ndarray, np.ndarray]:
        """
        The numbers of the pieces of some windows between the special ones, the first of which has
        the number `special`, with padding; and 0 for the padding, 1 for all else. Both
        `(num_windows, width)`.
        """
        sizes = windows.sizes[batch][:, None]
        before, after = self._num_before, self._num_after
        # shape: (1, width)
        positions = np.arange(before + int(sizes.max()) + after)[None]
        # shape (all): (num_windows, width)
        is_read = positions < before + sizes + after
        is_piece = (positions >= before) & (positions < before + sizes)
        numbers = np.where(positions < before, special + positions, special + before + after)
        numbers = np.where(
            is_read & (positions >= before + sizes), special + positions - sizes, numbers
        )
        pieces = windows.starts[batch][:, None] + positions - before
        numbers[is_piece] = places[pieces[is_piece]]
        return numbers, is_read.astype(np.int64)

    def _read(
        self, table: torch.Tensor, grids: List[Tuple[np.ndarray, np.ndarray]], wanted: np.ndarray
    ) -> torch.Tensor:
        """The states at `wanted` among the pieces of all grids, `(num_wanted, hidden_size)`."""
        needs_mask = not (self._is_bert and all(is_read.all() for _, is_read in grids))
        masks = [grids[0][1]] if needs_mask else []
        places, *numbers = tensors_on(
            table.device, [wanted, *masks, *(numbers for numbers, _ in grids)]
        )
        mask = numbers.pop(0) if needs_mask else None
        # shape (each): (num_windows, width)
        pieces = [table[each] for each in numbers]
        if self._is_bert:
            return bert_states(self.transformer, pieces, mask, places, self.layers).float()
        output = self.transformer(
            input_ids=pieces[0],
            attention_mask=mask,
            output_hidden_states=self.layers is not None,
        )
        # shape: (num_windows, width, hidden_size)
        if self.layers is None:
            states = output.last_hidden_state
        else:
            states = torch.stack([output.hidden_states[layer] for layer in self.layers]).mean(0)
        # Its gradient is repeatable on CUDA, unlike that of `index_select`.
        return embedding(places, states.flatten(0, 1).float())


def _means(pieces: torch.Tensor, lengths: np.ndarray) -> torch.Tensor:
    """The mean over the pieces, `(num_pieces, size)`, of each word: `(num_words, size)`."""
    word_of, counts = tensors_on(
        pieces.device, [np.repeat(np.arange(len(lengths)), lengths), lengths]
    )
    sums = pieces.new_zeros(len(lengths), pieces.size(1)).index_add(0, word_of, pieces)
    return sums / counts.unsqueeze(1)
