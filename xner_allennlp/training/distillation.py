"""Knowledge distillation from frozen teachers on raw target sentences."""

import logging
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.data.data_loaders import TensorDict
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.data import TargetPool
from xner_allennlp.models import required_tagger
from xner_allennlp.training.pseudo_label_journal import (
    PseudoLabelJournal,
    check_gold,
    entity_types,
    gold_tags,
)
from xner_allennlp.training.soft_labels import SoftLabels
from xner_allennlp.training.teachers import Teachers
from xner_allennlp.training.trainer_internals import cross_lingual_loader

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer

logger = logging.getLogger(__name__)


@TrainerCallback.register("distillation")
class Distillation(TrainerCallback):
    """
    Each source batch comes with a batch of raw target sentences, labelled by frozen teachers. The
    labels are soft: the student's CRF learns the distribution over tag sequences of the teachers'
    mixture (see `LinearChainCrf.cross_entropies`). They are made once, at the start, so the student
    cannot spoil them, and in each pass over the sentences the types of entities stand in the
    proportion that the teachers expect.

    What the most probable labels are is written to `pseudo_labels.jsonl` (see `PseudoLabelJournal`)
    as the only round.

    Registered as a `TrainerCallback` with name "distillation".

    # Parameters

    teachers : `List[str]`, required.
        Archives (`model.tar.gz`) of trained taggers, one or several, with the student's labels.
    hard_labels : `bool`, optional (default = `False`).
        Whether the student learns the most probable tags of the mixture instead, an ablation.
    min_length, max_length : `int`, optional (default = `None`)
        Sentences of fewer or more words are left out.
    batch_size : `int`, optional (default = `None`).
        Target sentences in a batch; by default as many as source sentences.
    labelling_batch_size : `int`, optional (default = what suits the device).
        Sentences labelled at once.
    seed : `int`, optional (default = `13370`).
    gold_file, gold_reader
        For analysis only, as those of `pseudo_labels`.

    # Raises

    `ConfigurationError` at the start of training if there is no raw target sentence, the bounds
    exclude all of them, the loader or model is not ours, a teacher cannot be used or is the run's
    own archive, the teachers find no entity, or `gold_file` has other sentences.
    """

    def __init__(
        self,
        serialization_dir: str,
        teachers: List[str],
        hard_labels: bool = False,
        min_length: Optional[int] = None,
        max_length: Optional[int] = None,
        batch_size: Optional[int] = None,
        labelling_batch_size: Optional[int] = None,
        seed: int = 13370,
        gold_file: Optional[str] = None,
        gold_reader: Optional[DatasetReader] = None,
    ) -> None:
        super().__init__(serialization_dir)
        for name, value in (
            ("batch_size", batch_size),
            ("labelling_batch_size", labelling_batch_size),
        ):
            if value is not None and value < 1:
                raise ConfigurationError(f"distillation: {name} must be at least 1, got {value}")
        check_gold(gold_file, gold_reader, "distillation")
        run = os.path.realpath(serialization_dir)
        for teacher in teachers:
            if os.path.commonpath([run, os.path.realpath(teacher)]) == run:
                raise ConfigurationError(
                    f"teacher {teacher} is in the folder of the student's own run: give the "
                    "archive of another run"
                )
        self.teachers = teachers
        self.hard_labels = hard_labels
        self.min_length = min_length
        self.max_length = max_length
        self.batch_size = batch_size
        self.labelling_batch_size = labelling_batch_size
        self.seed = seed
        self._gold_file = gold_file
        self._gold_reader = gold_reader
        self._restored: Optional[Dict[str, Any]] = None

    def on_start(
        self, trainer: "GradientDescentTrainer", is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._model = required_tagger(trainer.model, "distillation")
        loader = cross_lingual_loader(trainer, "distillation")
        self._device = loader.device
        self._pool = TargetPool(loader, self.seed, self.batch_size or loader.batch_size)
        self._soft_labels = SoftLabels(self._model.crf.num_tags)
        self._label()
        if self._restored is not None:
            self._pool.load_state_dict(self._restored)
        if is_primary:
            self._write_journal()
        loader.further_batches["target"] = self.target_batch

    def _label(self) -> None:
        pool = self._pool
        shortest, longest = pool.bounds(self.min_length, self.max_length, "distillation")
        chosen = np.flatnonzero((pool.lengths >= shortest) & (pool.lengths <= longest)).tolist()
        instances = pool.instances()
        teachers = Teachers(self.teachers, self._model.vocab, self._model.label_namespace)
        labels: Dict[int, np.ndarray] = {}
        for rows, counts, mask in teachers.label(
            [instances[position] for position in chosen], self._device, self.labelling_batch_size
        ):
            positions = [chosen[row] for row in rows]
            if not self.hard_labels:
                self._soft_labels.add(positions, counts)
            labels.update(zip(positions, self._model.crf.most_probable_tags(counts.unary, mask)))
        pool.set_labels(labels)
        types = entity_types(labels.values(), self._names())
        if not types:
            raise ConfigurationError(
                f"distillation: the teachers ({', '.join(self.teachers)}) found no entity in "
                f"{len(labels)} target sentences: are they taggers of this language?"
            )
        logger.info(
            "distillation: %d teachers labelled %d of %d target sentences: %d entities (%s)",
            len(teachers),
            len(labels),
            len(pool),
            sum(types.values()),
            ", ".join(f"{kind} {count}" for kind, count in sorted(types.items())),
        )

    def _names(self) -> Dict[int, str]:
        return self._model.vocab.get_index_to_token_vocabulary(self._model.label_namespace)

    def _write_journal(self) -> None:
        gold = gold_tags(self._pool.words(), self._gold_file, self._gold_reader)
        journal = PseudoLabelJournal(self.serialization_dir, gold)
        journal.resume_at(0)
        names = self._names()
        labels = self._pool.labels
        journal.write(
            number=0,
            epoch=0,
            length=max(map(len, labels.values())),
            labels={
                position: [names[index] for index in path.tolist()]
                for position, path in labels.items()
            },
        )

    def target_batch(self, step: int) -> TensorDict:
        """The labelled target sentences of a training step."""
        positions, batch = self._pool.next_batch()
        if not self.hard_labels:
            length = batch.pop("tags").size(1)
            counts = self._soft_labels.counts(positions, length, self._device)
            batch.update(counts._asdict())
        return batch

    def state_dict(self) -> Dict[str, Any]:
        return self._pool.state_dict()

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        # The pool is made when training starts.
        self._restored = state_dict
