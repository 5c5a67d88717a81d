"""The token embedder of pretrained multilingual encoders."""

import logging
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from typing import Any, Iterator, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder
from transformers import AutoModel

from xner_allennlp.common.cpu_precision import multiplies_bfloat16
from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.spelled_words import SpelledWords
from xner_allennlp.modules.transformer_reader import TransformerReader
from xner_allennlp.pretrained import EncoderDescription, WordPieces
from xner_allennlp.pretrained.folder import load_encoder
from xner_allennlp.pretrained.stored_states import StoredStates

logger = logging.getLogger(__name__)


@TokenEmbedder.register("pretrained_encoder")
class PretrainedEncoder(TransformerReader, TokenEmbedder):
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
    frozen_share : `float`, optional (default = `0`)
        Of a transformer that is trained, what share of the layers, the lowest, stays as it is,
        rounded down to whole layers; a share of all layers, also of those that `layers` leaves out.
        With the first of them the embeddings stay, too, most of the weights of a multilingual
        encoder. After Wu and Dredze (2019), who report better transfer.
    layers : `List[int]`, optional (default = the last)
        Of which layers the states' mean is taken, from 1; 0 are the embeddings. Layers above the
        last of these are left out of the model.
    bfloat16 : `bool`, optional (default = whether this is a CPU that multiplies it natively)
        Whether training multiplies matrices in bfloat16, in two thirds of the time, with weights
        and gradients in float32, and so in half of it what labels sentences for training (see
        `as_precise_as_training`). Prediction, and the states of a frozen encoder, are in float32.
        On CUDA there is the trainer's `use_amp`.

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
        frozen_share: float = 0.0,
        layers: Optional[List[int]] = None,
        bfloat16: Optional[bool] = None,
    ) -> None:
        if pooling not in ("first", "mean"):
            raise ConfigurationError(f'pooling must be "first" or "mean", got {pooling!r}')
        description = EncoderDescription.of_vocabulary(vocab)
        num_layers = description.transformers_config().num_hidden_layers
        if layers is not None and not (layers and 0 <= min(layers) <= max(layers) <= num_layers):
            raise ConfigurationError(
                f"layers is {layers}, but the encoder has the layers 0 (its embeddings) to "
                f"{num_layers}"
            )
        config = description.transformers_config(layers)
        transformer = (
            AutoModel.from_config(config)
            if pretrained_file is None
            else load_encoder(pretrained_file, config)
        )
        pieces = WordPieces(description.tokenizer)
        super().__init__(
            transformer, pieces.before, pieces.after, pooling, output_dim, longest, layers
        )
        if not 1 <= self.longest <= self.room:
            raise ConfigurationError(
                f"longest is {longest}, but a window of this encoder has 1 to {self.room} pieces"
            )
        self._architecture = description.to_text()
        self._has_weights = pretrained_file is not None
        self.train_parameters = train_parameters
        self.transformer.requires_grad_(train_parameters)
        if not train_parameters:
            # Without a file it comes in training mode, and states are stored before `train`.
            self.transformer.eval()
        if not 0 <= frozen_share < 1:
            raise ConfigurationError(
                f"frozen_share is {frozen_share}, but is to be from 0 to less than 1; to train no "
                "layer, set train_parameters to false"
            )
        num_frozen = int(frozen_share * num_layers) if train_parameters else 0
        if num_frozen and num_frozen >= config.num_hidden_layers:
            raise ConfigurationError(
                f"frozen_share is {frozen_share}, {num_frozen} of the encoder's {num_layers} "
                f"layers, but with layers {layers} it has only {config.num_hidden_layers}: none "
                "would be trained. Take a smaller frozen_share, or set train_parameters to false"
            )
        self._num_frozen = self._freeze(num_frozen)
        self.bfloat16 = bfloat16
        # Set by `encoder_states` for the time of training.
        self.stored: Optional[StoredStates] = None
        # Set by `as_precise_as_training`.
        self.labels_for_training = False

    def _freeze(self, num_layers: int) -> int:
        """Leaves embeddings and this many layers as they are; returns how many layers that are."""
        if not num_layers:
            return 0
        total = self.transformer.config.num_hidden_layers
        embeddings = getattr(self.transformer, "embeddings", None)
        stacks = [
            part
            for part in self.transformer.modules()
            if isinstance(part, torch.nn.ModuleList) and len(part) == total
        ]
        # Albert has one layer, passed several times, and XLM's are no modules.
        if embeddings is None or len(stacks) != 1:
            logger.warning("frozen_share: the encoder has no separate layers, all of it is trained")
            return 0
        for part in (embeddings, *stacks[0][:num_layers]):
            part.requires_grad_(False)
        logger.info("embeddings and %d of %d layers are not trained", num_layers, total)
        return num_layers

    def train(self, mode: bool = True) -> "PretrainedEncoder":
        """A frozen transformer stays without dropout."""
        super().train(mode)
        if not self.train_parameters:
            self.transformer.eval()
        return self

    def checksum(self) -> str:
        """Of all that the states follow from besides the sentences, in hexadecimal digits."""
        digest = blake2b(digest_size=16)
        digest.update(repr((self._architecture, self.pooling, self.layers)).encode())
        digest.update(repr((self.longest, self._specials.tolist())).encode())
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
        width = min(num_pieces, self.longest) + self._num_before + self._num_after
        # Those of long sentences overlap by half.
        windows = num_sentences * max(1, -(-2 * num_pieces // self.longest) - 1)
        inner = getattr(config, "intermediate_size", 4 * config.hidden_size)
        per_piece = 11 * config.hidden_size + 2 * inner + 3 * config.num_attention_heads * width
        num_trained = config.num_hidden_layers - self._num_frozen
        return 4 * windows * width * num_trained * per_piece

    def keys(self, spelled: SpelledWords, characters: torch.Tensor) -> List[bytes]:
        """Of each sentence what it is stored under."""
        return spelled.keys(characters.cpu().numpy())

    def states(self, spelled: SpelledWords, characters: torch.Tensor) -> torch.Tensor:
        """Those that are stored, or what the transformer makes of the words."""
        if self.training and not self._has_weights:
            raise ConfigurationError(
                "pretrained_encoder has no weights to train on: set `pretrained_file` (an archive "
                "drops this key when it is loaded)"
            )
        stored = self._read_stored(spelled, characters)
        if stored is not None:
            return stored
        with ExitStack() as stack:
            if not self.train_parameters:
                stack.enter_context(torch.no_grad())
            elif (self.training or self.labels_for_training) and self._takes_bfloat16(
                characters.device
            ):
                stack.enter_context(torch.autocast(characters.device.type, torch.bfloat16))
            return super().states(spelled, characters)

    def _takes_bfloat16(self, device: torch.device) -> bool:
        """Whether it trains in bfloat16, decided once, on the device of the first step."""
        if self.bfloat16 is None:
            self.bfloat16 = device.type == "cpu" and multiplies_bfloat16()
            logger.info(
                "matrix products of training: %s", "bfloat16" if self.bfloat16 else "float32"
            )
        return self.bfloat16

    def _read_stored(
        self, spelled: SpelledWords, characters: torch.Tensor
    ) -> Optional[torch.Tensor]:
        """The states, `(num_words, hidden_size)`, if they are stored."""
        if self.stored is None:
            return None
        keys = self.keys(spelled, characters)
        states = self.stored.read(keys, spelled.sentence_lengths.tolist())
        return None if states is None else tensors_on(characters.device, [states])[0]

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._has_weights = True


@contextmanager
def as_precise_as_training(model: torch.nn.Module) -> Iterator[None]:
    """
    Lets a tagger in evaluation mode read sentences as precisely as in training, for labels that are
    learned from: where `bfloat16` is in use, so in half of the time.
    """
    encoders = [module for module in model.modules() if isinstance(module, PretrainedEncoder)]
    for encoder in encoders:
        encoder.labels_for_training = True
    try:
        yield
    finally:
        for encoder in encoders:
            encoder.labels_for_training = False
