"""Translated sentences with their true tags, as a part of every training step."""

import logging
from typing import Any, Dict, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.data.data_loaders import TensorDict
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data import IndexedSentences, RandomOrder, TranslatedConllNerReader
from xner_allennlp.models import required_tagger
from xner_allennlp.training.trainer_internals import cross_lingual_loader

logger = logging.getLogger(__name__)


@TrainerCallback.register("translated_batches")
class TranslatedBatches(TrainerCallback):
    """
    Each source batch comes with a batch of labelled source sentences that are translated word by
    word into the target language, from which the path of target sentences learns with their true
    tags.

    Registered as a `TrainerCallback` with name "translated_batches".

    # Parameters

    reader : `DatasetReader`, required.
        A `translated_conll_ner` with `translated_language: "target"`.
    path : `DatasetReaderInput`, required.
        What it reads, e.g. `{"source": FILE}`.
    batch_size : `int`, optional (default = `None`).
        Translated sentences in a batch; by default as many as source sentences.
    seed : `int`, optional (default = `13370`).

    # Raises

    `ConfigurationError` for another reader, and at the start of training if the loader or model is
    not ours, and for what is wrong with the file.
    """

    def __init__(
        self,
        serialization_dir: str,
        reader: DatasetReader,
        path: DatasetReaderInput,
        batch_size: Optional[int] = None,
        seed: int = 13370,
    ) -> None:
        super().__init__(serialization_dir)
        if (
            not isinstance(reader, TranslatedConllNerReader)
            or reader.translated_language != "target"
        ):
            raise ConfigurationError(
                "translated_batches: the reader must be a `translated_conll_ner` with "
                '`translated_language: "target"`'
            )
        check_at_least_one("translated_batches", batch_size=batch_size)
        self._reader = reader
        self._path = path
        self.batch_size = batch_size
        self._seed = seed
        self._restored: Optional[Dict[str, Any]] = None

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        model = required_tagger(trainer.model, "translated_batches")
        loader = cross_lingual_loader(trainer, "translated_batches")
        reader = self._reader.for_every_process()
        instances = list(reader.read(self._path))
        if not all("tags" in instance.fields for instance in instances):
            raise ConfigurationError(
                f"translated_batches: {self._path} has sentences without tags, from which nothing "
                "can be learned. Give a labelled corpus of the source language"
            )
        for instance in instances:
            reader.apply_token_indexers(instance)
        self._device = loader.device
        self._sentences = IndexedSentences(instances, model.vocab)
        self._order = RandomOrder(self._seed, self.batch_size or loader.batch_size)
        rows = range(len(instances))
        self._order.start(rows)
        if self._restored is not None:
            self._order.load_state_dict(self._restored, rows)
        loader.further_batches["translated"] = self.translated_batch
        logger.info("translated_batches: %d sentences of %s", len(instances), self._path)

    def translated_batch(self, step: int) -> TensorDict:
        """The translated sentences of a training step."""
        rows, weight = self._order.next_batch()
        batch = self._sentences.tensors(rows, self._device)
        if weight is not None:
            batch["weight"] = weight
        return batch

    def state_dict(self) -> Dict[str, Any]:
        return self._order.state_dict()

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        # The order is made when training starts.
        self._restored = state_dict
