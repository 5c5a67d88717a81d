"""What the callbacks that label raw target sentences have in common."""

from typing import Any, Dict, Optional, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.data.data_loaders import TensorDict
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data import TargetPool
from xner_allennlp.models import required_tagger
from xner_allennlp.training.entity_share import share_of_entities
from xner_allennlp.training.pseudo_label_journal import (
    PseudoLabelJournal,
    check_gold,
    entity_types,
    gold_tags,
)
from xner_allennlp.training.trainer_internals import cross_lingual_loader


class TargetBatches(TrainerCallback):
    """
    Gives each source batch a batch of raw target sentences with labels. The sentences are those
    without tags among the training data, e.g. `train_data_path: {"source": ..., "target": ...}`
    with the reader's `untagged_languages: ["target"]`. Labels live in memory only; no file is
    written or read again, and they are saved with the trainer's checkpoints.

    # Parameters

    min_length, max_length : `int`, optional (default = `None`)
        Bounds of the sentences' lengths in words; by default those of the data.
    batch_size : `int`, optional (default = `None`).
        Target sentences in a batch; by default as many as source sentences.
    labelling_batch_size : `int`, optional (default = what suits the device).
        Sentences labelled at once.
    seed : `int`, optional (default = `13370`).
    entity_share : `bool`, optional (default = `False`).
        Whether by each teacher's best tags as many words belong to entities as in the labelled
        source sentences, see `entity_bonus`. Of what is far from the source language too few are
        found otherwise, and what learns from that finds still fewer. Not for raw text of another
        kind than the labelled sentences, e.g. chats beside news.
    gold_file : `str`, optional (default = `None`)
        For analysis only: the raw target sentences with their true tags, with which the journal
        scores the labels of each round. Nothing that is trained depends on it.
    gold_reader : `DatasetReader`, optional (default = `None`)
        A `conll_ner` that reads `gold_file`, usually that of validation.

    # Raises

    `ConfigurationError` at the start of training if there is no raw target sentence, the bounds
    exclude all of them, the loader or model is not ours, another callback labels them, or
    `gold_file` has other sentences.
    """

    # As it is registered, for messages.
    name: str

    def __init__(
        self,
        serialization_dir: str,
        min_length: Optional[int] = None,
        max_length: Optional[int] = None,
        batch_size: Optional[int] = None,
        labelling_batch_size: Optional[int] = None,
        seed: int = 13370,
        entity_share: bool = False,
        gold_file: Optional[str] = None,
        gold_reader: Optional[DatasetReader] = None,
    ) -> None:
        super().__init__(serialization_dir)
        self.min_length = min_length
        self.max_length = max_length
        check_at_least_one(
            self.name,
            min_length=min_length,
            max_length=max_length,
            batch_size=batch_size,
            labelling_batch_size=labelling_batch_size,
        )
        self.batch_size = batch_size
        self.labelling_batch_size = labelling_batch_size
        self.seed = seed
        self.entity_share = entity_share
        check_gold(gold_file, gold_reader, self.name)
        self._gold_file = gold_file
        self._gold_reader = gold_reader
        self._restored: Optional[Dict[str, Any]] = None

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._model = required_tagger(trainer.model, self.name)
        self._names = self._model.vocab.get_index_to_token_vocabulary(self._model.label_namespace)
        self._loader = cross_lingual_loader(trainer, self.name)
        if self._loader.further_batches.get("target") not in (None, self.target_batch):
            raise ConfigurationError(
                f"{self.name}: another callback labels target sentences as well; of pseudo_labels "
                "and distillation leave one out (null)"
            )
        self._pool = TargetPool(self._loader, self.seed, self.batch_size or self._loader.batch_size)
        self._shortest, self._longest = self._pool.bounds(
            self.min_length, self.max_length, self.name
        )
        self._wanted_share: Optional[float] = None
        if self.entity_share:
            self._wanted_share = share_of_entities(self._loader.sentences, self._model.outside)
        self._journal = self._open_journal() if is_primary else None
        self._loader.further_batches["target"] = self.target_batch

    def target_batch(self, step: int) -> Optional[TensorDict]:
        """The labelled target sentences of training step `step`; `None` if it has none."""
        raise NotImplementedError

    def _open_journal(self) -> PseudoLabelJournal:
        gold = gold_tags(self._pool.words(), self._gold_file, self._gold_reader)
        return PseudoLabelJournal(self.serialization_dir, gold)

    def _write_journal(
        self,
        number: int,
        epoch: int,
        length: int,
        type_divergence: Optional[float] = None,
        agreement: Optional[float] = None,
    ) -> None:
        """The pool's labels as round `number`; see `PseudoLabelJournal.write`."""
        if self._journal is None:
            return
        labels = {
            position: [self._names[index] for index in path.tolist()]
            for position, path in self._pool.labels.items()
        }
        self._journal.write(
            number=number,
            epoch=epoch,
            length=self._pool.real_length(length),
            labels=labels,
            type_divergence=type_divergence,
            agreement=agreement,
        )

    def _types_told(self) -> Tuple[Dict[str, int], str]:
        """The labelled entities of each type, and that in words for the log."""
        types = entity_types(self._pool.labels.values(), self._names)
        said = ", ".join(f"{kind} {count}" for kind, count in sorted(types.items())) or "none"
        return types, f"{sum(types.values())} entities ({said})"

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        # The pool is made when training starts.
        self._restored = state_dict
