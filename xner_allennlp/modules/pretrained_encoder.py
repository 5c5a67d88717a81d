from contextlib import nullcontext
from hashlib import blake2b
from typing import List, Optional

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder
from torch.nn.functional import embedding
from transformers import AutoModel

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.piece_windows import PieceWindows
from xner_allennlp.modules.sentence_embedder import SentenceEmbedder
from xner_allennlp.modules.sequences import Sequences
from xner_allennlp.modules.spelled_words import SpelledWords
from xner_allennlp.pretrained import EncoderDescription, StoredStates, WordPieces, load_encoder

# How many pieces, with their padding, the encoder reads at once; bounds the memory of tagging.
_PIECES_AT_ONCE = 8192
# On a CPU a sentence is read with those that have at least this part of the pieces of the longest:
# there padding costs more than further calls do.
_SIMILAR = 0.7


@TokenEmbedder.register("pretrained_encoder")
class PretrainedEncoder(SentenceEmbedder, TokenEmbedder):
    """
    Words from a pretrained transformer that reads their sentence, such as XLM-R or multilingual
    BERT: trained further with the tagger ("fine-tuned"), or frozen ("features"); the states of a
    frozen one may be stored, see the trainer callback `encoder_states`. No word is unknown. A
    sentence with more pieces than the transformer has positions is read in windows that overlap by
    half, so nothing is cut.

    The architecture is that of the encoder which the vocabulary knows
    (`from_instances_and_encoder`), the pieces are those of the indexer `word_pieces`. AllenNLP's
    `pretrained_transformer_mismatched` reads a long sentence in pieces that know nothing of each
    other, and needs the encoder's folder, or a network, wherever an archive is loaded.

    Registered as a `TokenEmbedder` with name "pretrained_encoder".

    # Parameters

    vocab : `Vocabulary`, required.
    pretrained_file : `str`, optional (default = `None`)
        The encoder's folder, or its name on the Hugging Face hub. To be given for training;
        AllenNLP drops this key when it loads an archive, whose weights are the trained ones.
    pooling : `str`, optional (default = `"first"`)
        What of its pieces a word is: "first", or their "mean".
    output_dim : `int`, optional (default = that of the encoder)
        If given, a linear layer makes the states this long, so that whatever reads them need not
        know the encoder.
    longest : `int`, optional (default = as many as the encoder has positions)
        How many pieces a window has.
    train_parameters : `bool`, optional (default = `True`)
        Whether the transformer is trained; the linear layer always is.
    layers : `List[int]`, optional (default = the last)
        Of which layers the states' mean is taken, from 1; 0 are the embeddings. Layers above the
        last of these are left out of the model.

    # Raises

    `ConfigurationError` if the vocabulary knows no encoder, an option is not one of these, the
    weights cannot be read, and for training without weights.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        pretrained_file: Optional[str] = None,
        pooling: str = "first",
        output_dim: Optional[int] = None,
        longest: Optional[int] = None,
        train_parameters: bool = True,
        layers: Optional[List[int]] = None,
    ) -> None:
        super().__init__()
        if pooling not in ("first", "mean"):
            raise ConfigurationError(f'pooling must be "first" or "mean", got {pooling!r}')
        description = EncoderDescription.of_vocabulary(vocab)
        config = description.transformers_config()
        if layers is not None:
            if not layers or not 0 <= min(layers) <= max(layers) <= config.num_hidden_layers:
                raise ConfigurationError(
                    f"layers is {layers}, but the encoder has the layers 0 (its embeddings) to "
                    f"{config.num_hidden_layers}"
                )
            config.num_hidden_layers = max(layers)
        if pretrained_file is None:
            self.transformer = AutoModel.from_config(config)
        else:
            self.transformer = load_encoder(pretrained_file, config)
        self._has_weights = pretrained_file is not None
        if getattr(self.transformer, "pooler", None) is not None:
            # It reads the first state of a sentence, which no word is.
            self.transformer.pooler = None
        for module in self.transformer.modules():
            # Numbers of positions, which some versions of transformers save and others do not.
            for name, buffer in list(module.named_buffers(recurse=False)):
                module.register_buffer(name, buffer, persistent=False)
        self.projection = (
            None if output_dim is None else torch.nn.Linear(config.hidden_size, output_dim)
        )
        self._output_dim = output_dim or config.hidden_size
        self._pooling = pooling
        self._layers = layers
        self.train_parameters = train_parameters
        self.transformer.requires_grad_(train_parameters)
        # Set by `encoder_states` for the time of training.
        self.stored: Optional[StoredStates] = None

        pieces = WordPieces(description.tokenizer)
        self._num_before, self._num_after = len(pieces.before), len(pieces.after)
        # Behind them the padding.
        specials = [*pieces.before, *pieces.after, config.pad_token_id or 0]
        self.register_buffer("_specials", torch.tensor(specials), persistent=False)
        room = self._num_positions() - self._num_before - self._num_after
        self._longest = room if longest is None else longest
        if not 1 <= self._longest <= room:
            raise ConfigurationError(
                f"longest is {longest}, but a window of this encoder has 1 to {room} pieces"
            )

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

    def train(self, mode: bool = True) -> "PretrainedEncoder":
        """A frozen transformer stays without dropout."""
        super().train(mode)
        if not self.train_parameters:
            self.transformer.eval()
        return self

    def checksum(self) -> str:
        """Of all that the states follow from besides the sentences, in hexadecimal digits."""
        config = self.transformer.config
        digest = blake2b(digest_size=16)
        digest.update(repr((config.to_json_string(), self._pooling, self._layers)).encode())
        digest.update(repr((self._longest, self._specials.tolist())).encode())
        for name, weight in sorted(self.transformer.state_dict().items()):
            digest.update(name.encode())
            digest.update(weight.cpu().numpy().tobytes())
        return digest.hexdigest()

    def training_bytes(self, num_sentences: int, num_pieces: int) -> int:
        """
        About what memory the states of sentences of `num_pieces` pieces take until their gradients
        are known; measured on BERT, most other transformers keep as much.
        """
        config = self.transformer.config
        width = min(num_pieces, self._longest) + self._num_before + self._num_after
        # Those of long sentences overlap by half.
        windows = num_sentences * max(1, -(-2 * num_pieces // self._longest) - 1)
        inner = getattr(config, "intermediate_size", 4 * config.hidden_size)
        per_piece = 11 * config.hidden_size + 2 * inner + 3 * config.num_attention_heads * width
        return 4 * windows * width * config.num_hidden_layers * per_piece

    def embed_words(
        self,
        words: Sequences,
        form_of: torch.Tensor,
        spellings: Sequences,
        characters: torch.Tensor,
    ) -> torch.Tensor:
        """Of the words of some sentences, `(num_words, output_dim)`; the characters are pieces."""
        if self.training and not self._has_weights:
            raise ConfigurationError(
                "pretrained_encoder has no weights to train on: set `pretrained_file` (an archive "
                "drops this key when it is loaded)"
            )
        spelled = SpelledWords.of_forms(words, form_of, spellings)
        # shape: (num_words, hidden_size)
        states = self._read_stored(spelled, characters)
        if states is None:
            states = self.states(spelled, characters)
        return states if self.projection is None else self.projection(states)

    def keys(self, spelled: SpelledWords, characters: torch.Tensor) -> List[bytes]:
        """Of each sentence what it is stored under."""
        return spelled.keys(characters.cpu().numpy())

    def _read_stored(
        self, spelled: SpelledWords, characters: torch.Tensor
    ) -> Optional[torch.Tensor]:
        """The states, `(num_words, hidden_size)`, if they are stored."""
        if self.stored is None:
            return None
        keys = self.keys(spelled, characters)
        states = self.stored.read(keys, spelled.sentence_lengths.tolist())
        return None if states is None else tensors_on(characters.device, [states])[0]

    def states(self, spelled: SpelledWords, characters: torch.Tensor) -> torch.Tensor:
        """What the transformer makes of the words of some sentences, `(num_words, hidden_size)`."""
        with nullcontext() if self.train_parameters else torch.no_grad():
            return self._states(spelled, characters)

    def _states(self, spelled: SpelledWords, characters: torch.Tensor) -> torch.Tensor:
        first_pieces, places = spelled.first_pieces, spelled.places
        windows = PieceWindows.of_lengths(spelled.pieces_of_sentences(), self._longest)
        # Pieces, special ones and padding, by number.
        # shape: (num_characters + num_specials,)
        table = torch.cat([characters - 1, self._specials])

        wanted = first_pieces if self._pooling == "first" else np.arange(len(places))
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
        return _means(result, spelled.num_pieces) if self._pooling == "mean" else result

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
            output_hidden_states=self._layers is not None,
        )
        # shape: (batch_size, width, hidden_size)
        if self._layers is None:
            states = output.last_hidden_state
        else:
            states = torch.stack([output.hidden_states[layer] for layer in self._layers]).mean(0)
        # Its gradient is repeatable on CUDA, unlike that of `index_select`.
        return embedding(wanted, states.flatten(0, 1).float())

    def _load_from_state_dict(self, *args, **kwargs) -> None:  # type: ignore
        super()._load_from_state_dict(*args, **kwargs)
        self._has_weights = True


def _means(pieces: torch.Tensor, lengths: np.ndarray) -> torch.Tensor:
    """The mean over the pieces, `(num_pieces, size)`, of each word: `(num_words, size)`."""
    word_of, counts = tensors_on(
        pieces.device, [np.repeat(np.arange(len(lengths)), lengths), lengths]
    )
    sums = pieces.new_zeros(len(lengths), pieces.size(1)).index_add(0, word_of, pieces)
    return sums / counts.unsqueeze(1)
