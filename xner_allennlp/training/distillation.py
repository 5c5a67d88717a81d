"""Knowledge distillation from frozen teachers on raw target sentences."""

import logging
import os
from typing import Any, Dict, Sequence

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.data_loaders import TensorDict
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.bounds import check_lists
from xner_allennlp.training.soft_labels import SMALLEST, SoftLabels
from xner_allennlp.training.target_batches import TargetBatches
from xner_allennlp.training.teachers import Teachers

logger = logging.getLogger(__name__)

LABELS = ("soft", "hard", "partial")


@TrainerCallback.register("distillation")
class Distillation(TargetBatches):
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

    teachers : `Sequence[str]`, required.
        Archives (`model.tar.gz`) of trained taggers, one or several, with the student's labels.
    labels : `str`, optional (default = `"soft"`).
        What the student learns from: "soft"; "hard", the most probable tags of the mixture, an
        ablation; or "partial", all tags that the mixture gives at least `allowed_from`, and the
        most probable ones, between which the student is free.
    allowed_from : `float`, optional (default = `0.1`).
        Probability from which a tag is allowed, with `labels` "partial"; at least 0.0001, below
        which no tag is kept.
    min_length, max_length : `int`, optional (default = `None`)
        Sentences of fewer or more words are left out.
    batch_size, labelling_batch_size, seed, entity_share, gold_file, gold_reader
        See `TargetBatches`.

    # Raises

    `ConfigurationError` as `TargetBatches`, and at the start of training if a teacher cannot be
    used or is the run's own archive, or the teachers find no entity.
    """

    name = "distillation"

    def __init__(
        self,
        serialization_dir: str,
        teachers: Sequence[str],
        labels: str = "soft",
        allowed_from: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(serialization_dir, **kwargs)
        check_lists(teachers=teachers)
        run = os.path.realpath(serialization_dir)
        for teacher in teachers:
            if os.path.commonpath([run, os.path.realpath(teacher)]) == run:
                raise ConfigurationError(
                    f"teacher {teacher} is in the folder of the student's own run: give the "
                    "archive of another run"
                )
        if labels not in LABELS:
            raise ConfigurationError(
                f"distillation: labels is {labels!r}, known are: {', '.join(LABELS)}"
            )
        if not SMALLEST <= allowed_from <= 1:
            raise ConfigurationError(
                f"distillation: allowed_from is a probability from {SMALLEST:g} to 1, not "
                f"{allowed_from}"
            )
        self.teachers = teachers
        self.labels = labels
        self.allowed_from = allowed_from

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._device = self._loader.device
        self._soft_labels = SoftLabels(self._model.crf.num_tags)
        self._label()
        if self._restored is not None:
            self._pool.load_state_dict(self._restored)
        if self._journal is not None:
            self._journal.resume_at(0)
            self._write_journal(0, epoch=0, length=max(map(len, self._pool.labels.values())))

    def _label(self) -> None:
        pool = self._pool
        is_chosen = (pool.lengths >= self._shortest) & (pool.lengths <= self._longest)
        chosen = np.flatnonzero(is_chosen).tolist()
        if not chosen:
            raise ConfigurationError(
                f"distillation: no target sentence has {self._shortest} to {self._longest} words; "
                f"the shortest has {pool.lengths.min()}, the longest {pool.lengths.max()}. Change "
                "min_length or max_length"
            )
        instances = pool.instances()
        teachers = Teachers(self.teachers, self._model.vocab, self._model.label_namespace)
        labels: Dict[int, np.ndarray] = {}
        for rows, counts, mask in teachers.label(
            [instances[position] for position in chosen],
            self._device,
            self.labelling_batch_size,
            self._wanted_share,
        ):
            positions = [chosen[row] for row in rows]
            if self.labels != "hard":
                self._soft_labels.add(positions, counts)
            labels.update(zip(positions, self._model.crf.most_probable_tags(counts.unary, mask)))
        pool.set_labels(labels)
        types, said = self._types_told()
        if not types:
            raise ConfigurationError(
                f"distillation: the teachers ({', '.join(self.teachers)}) found no entity in "
                f"{len(labels)} target sentences: are they taggers of this language?"
            )
        logger.info(
            "distillation: %d teachers labelled %d of %d target sentences: %s",
            len(teachers),
            len(labels),
            len(pool),
            said,
        )

    def target_batch(self, step: int) -> TensorDict:
        """The labelled target sentences of a training step."""
        positions, batch = self._pool.next_batch()
        if self.labels == "hard":
            return batch
        tags = batch.pop("tags")
        counts = self._soft_labels.counts(positions, tags.size(1), self._device)
        if self.labels == "soft":
            batch.update(counts._asdict())
        else:
            # shape: (batch_size, num_words, num_labels)
            most_probable = torch.nn.functional.one_hot(tags, counts.unary.size(2)).bool()
            batch["allowed"] = (counts.unary >= self.allowed_from) | most_probable
        return batch

    def state_dict(self) -> Dict[str, Any]:
        return self._pool.state_dict()
