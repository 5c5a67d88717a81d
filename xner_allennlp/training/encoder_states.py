"""A frozen encoder reads a corpus once, not in each pass."""

import logging
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.device_copies import arrays_of
from xner_allennlp.data import CrossLingualDataLoader, IndexedSentences, Processes
from xner_allennlp.models import required_tagger
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder
from xner_allennlp.modules.sentences import spelled_tokens
from xner_allennlp.modules.spelled_words import SpelledWords
from xner_allennlp.pretrained.stored_states import StoredStates
from xner_allennlp.training.trainer_internals import cross_lingual_loader, validation_loader

# How many words' states a file has at most; an interrupted run goes on behind the last whole file.
_WORDS_IN_A_FILE = 2**16
# Sentences that are read at once.
_BATCH_SIZE = 256

logger = logging.getLogger(__name__)


@TrainerCallback.register("encoder_states")
class EncoderStates(TrainerCallback):
    """
    At the start of training, the frozen encoders of the model (`pretrained_encoder` with
    `train_parameters: false`) read the training and development sentences, and their states are
    stored in files, from which training takes them. Raw target sentences are read too if the model
    has a target path. Whatever else is tagged in training the encoder reads as usual, and an
    archive knows nothing of the files.

    The files are memory-mapped, each is written whole, and its name follows from the encoder's
    weights, the layers and the sentences, so other runs use them as well, and none is ever out of
    date. Nothing deletes them.

    Registered as a `TrainerCallback` with name "encoder_states".

    # Parameters

    folder : `str`, required.
        Where the files are kept: 4 bytes for each word and each dimension of the encoder.

    # Raises

    `ConfigurationError` at the start of training if the model has no frozen encoder, the data
    loader is not `cross_lingual`, or a file is damaged; `FullDiskError` if there is no room.
    """

    def __init__(self, serialization_dir: str, folder: str) -> None:
        super().__init__(serialization_dir)
        self._folder = Path(folder)

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._encoders = [
            part
            for part in trainer.model.modules()
            if isinstance(part, PretrainedEncoder) and not part.train_parameters
        ]
        if not self._encoders:
            raise ConfigurationError(
                "encoder_states: the model has no `pretrained_encoder` with `train_parameters: "
                "false`; the states of one that is trained change with every step"
            )
        self._device = cross_lingual_loader(trainer, "encoder_states").device
        corpora = self._corpora(trainer)
        # One process writes the files, then the others find them.
        for turn in (True, False):
            if turn is is_primary:
                for encoder in self._encoders:
                    self._store(encoder, corpora)
            Processes.current().exchange(None)

    def on_end(self, trainer: GradientDescentTrainer, **kwargs: Any) -> None:
        for encoder in self._encoders:
            encoder.stored = None

    def _corpora(self, trainer: GradientDescentTrainer) -> List[Tuple[IndexedSentences, List[int]]]:
        """Sentences, and which of them are to be stored."""
        loader = cross_lingual_loader(trainer, "encoder_states")
        model = required_tagger(trainer.model, "encoder_states")
        is_read = loader.sentences.is_tagged | (model.target_encoder is not None)
        corpora = [(loader.sentences, np.flatnonzero(is_read).tolist())]
        validation = validation_loader(trainer)
        if isinstance(validation, CrossLingualDataLoader):
            corpora.append((validation.sentences, list(range(len(validation.sentences)))))
        return corpora

    def _store(
        self, encoder: PretrainedEncoder, corpora: List[Tuple[IndexedSentences, List[int]]]
    ) -> None:
        store = StoredStates(
            self._folder, encoder.checksum(), encoder.transformer.config.hidden_size
        )
        files = [
            (sentences, batches)
            for sentences, rows in corpora
            for batches in _parts(sentences, rows)
        ]
        num_new = 0
        for sentences, batches in Tqdm.tqdm(files, desc="states of the frozen encoder"):
            spelled = [self._spelled(sentences, rows) for rows in batches]
            num_new += store.add(
                [key for words, pieces in spelled for key in encoder.keys(words, pieces)],
                [length for words, _ in spelled for length in words.sentence_lengths.tolist()],
                (arrays_of([encoder.states(words, pieces)])[0] for words, pieces in spelled),
            )
        encoder.stored = store
        logger.info(
            "encoder_states: %d sentences in %d files of %s, of which %d were there",
            sum(len(rows) for _, rows in corpora),
            len(files),
            self._folder,
            len(files) - num_new,
        )

    def _spelled(
        self, sentences: IndexedSentences, rows: List[int]
    ) -> Tuple[SpelledWords, torch.Tensor]:
        tokens = sentences.tensors(rows, self._device)["tokens"]
        words, form_of, spellings, pieces = spelled_tokens(tokens, sentences.languages[rows[0]])
        return SpelledWords.of_forms(words, form_of, spellings), pieces


def _parts(sentences: IndexedSentences, rows: List[int]) -> Iterator[List[List[int]]]:
    """The batches of each file: those of a language, so that other pairs find them, too."""
    part: List[List[int]] = []
    num_words = 0
    for batch in sentences.batches(_BATCH_SIZE, rows):
        length = int(sentences.lengths[batch].sum())
        is_other = part and sentences.languages[part[0][0]] != sentences.languages[batch[0]]
        if part and (is_other or num_words + length > _WORDS_IN_A_FILE):
            yield part
            part, num_words = [], 0
        part.append(batch)
        num_words += length
    if part:
        yield part
