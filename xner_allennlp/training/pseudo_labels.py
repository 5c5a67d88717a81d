"""Augmented fine-tuning: when target sentences are labelled anew, and what is written of it."""

import logging
import math
from functools import partial
from typing import Any, Callable, Dict, List, Optional

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors
from allennlp.data.data_loaders import TensorDict
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from torch.nn.functional import one_hot

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.modules.pretrained_encoder import as_precise_as_training
from xner_allennlp.training.entity_share import SAMPLED, bonus_told, entity_bonus
from xner_allennlp.training.forgotten_epochs import forget_chosen_epoch, forget_epochs
from xner_allennlp.training.label_drift import ALARMING, Drift, LabelDrift
from xner_allennlp.training.target_batches import TargetBatches
from xner_allennlp.training.trainer_internals import (
    averaged_weights,
    has_moving_average,
    num_epochs_of,
    restart_patience,
    write_metrics_of_epoch,
)

logger = logging.getLogger(__name__)


@TrainerCallback.register("pseudo_labels")
class PseudoLabels(TargetBatches):
    """
    The schedule of augmented fine-tuning (paper, Algorithm 1, steps 3-5). Before each round of
    `n_steps` batches a length l is drawn from U(min, max), the source path labels the raw target
    sentences of at most l words, and in the round each source batch comes with a batch of these
    sentences (see `TargetPool`).

    How far the types of the labelled entities have moved from what the first round's teacher says
    of the same sentences is logged, and warned of once if it is alarming: labels that drift spoil
    the teacher that makes the next ones, and the source development set does not show it.

    The teacher has the student's weights as they stand, as in the paper, or with the trainer's
    `moving_average` their exponential moving average, a teacher that moves more slowly (Tarvainen
    and Valpola 2017, *Mean teachers are better role models*).

    With `both_paths` the target path labels, too, and a word that the paths tag differently is left
    open between its two tags: the likelihood is that of all tag sequences between them (partial
    labels, as in Täckström et al. 2013, *Token and type constraints for cross-lingual
    part-of-speech tagging*). So what only one path believes is not learned as if it were certain.

    What the source path labelled in each round is written to `pseudo_labels.jsonl` (see
    `PseudoLabelJournal`).

    The state of a round (its length, labels and order, and the random generator) is saved with the
    trainer's checkpoints.

    Registered as a `TrainerCallback` with name "pseudo_labels".

    # Parameters

    n_steps : `int`, optional (default = `None`).
        Batches in a round, by default as many as in a pass over the source data. The paper does not
        state its number.
    pretraining_passes : `float`, optional (default = `0`).
        Passes over the source data before the first round, in which only the source path is
        trained (Algorithm 1, step 2), rounded up to whole epochs of the trainer. 0 where the model
        starts from a trained one (`pretrained_file`). The best epoch is chosen among those after
        pre-training, and after the first round that has labelled most of the target sentences, if
        another follows: source sentences, by which it is chosen, do not show that the target path
        has learned from a few short sentences only. The trainer's `patience` counts from there.
    min_length, max_length : `int`, optional (default = `None`)
        Bounds of l in words; by default the shortest and longest target sentence, as in the paper.
    both_paths : `bool`, optional (default = `False`).
        Whether the target path labels, too. Until it has been trained, nothing is learned from
        labels where it learns from translated sentences; else the source path labels alone.
    min_agreement : `float`, optional (default = `0`).
        With `both_paths`, the share of the words of entities, in [0, 1], that the paths must tag
        alike. In the first round in which they agree on fewer, the labels of the very first round
        (of the source path, before anything was learned from labels) come back for good, with a
        warning: between languages so far apart either path may be far worse than the other.
    batch_size, labelling_batch_size, seed, entity_share, gold_file, gold_reader
        See `TargetBatches`. `entity_share` is for labels of the source path alone, such as those
        that come back: how often both paths agree says whether they know the language, and if so,
        their labels stay as they are. `labelling_batch_size` has no effect on the result.

    # Raises

    `ConfigurationError` as `TargetBatches`.
    """

    name = "pseudo_labels"

    def __init__(
        self,
        serialization_dir: str,
        n_steps: Optional[int] = None,
        pretraining_passes: float = 0,
        both_paths: bool = False,
        min_agreement: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(serialization_dir, **kwargs)
        if pretraining_passes < 0:
            raise ConfigurationError(
                f"pseudo_labels: pretraining_passes must be >= 0, got {pretraining_passes}"
            )
        if not 0 <= min_agreement <= 1 or (min_agreement and not both_paths):
            raise ConfigurationError(
                "pseudo_labels: min_agreement is a share from 0 to 1, and 0 without both_paths, "
                f"not {min_agreement}"
            )
        check_at_least_one(self.name, n_steps=n_steps)
        self._n_steps = n_steps
        self.pretraining_passes = pretraining_passes
        self.both_paths = both_paths
        self.min_agreement = min_agreement
        self._round = 0
        self._length = 0
        self._has_warned = False
        # Whether the labels of the first round stay.
        self._has_returned = False
        self._has_learned_from_most = False
        # Whether a batch of this epoch has had labels.
        self._has_given_labels = False

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._drift = LabelDrift(self._names)
        if self._restored is not None:
            self._pool.load_state_dict(self._restored)
            self._drift.load_state_dict(self._restored)
        loader = self._loader
        pretraining_batches = self.pretraining_passes * loader.batches_per_pass
        self._first_step = math.ceil(pretraining_batches / len(loader)) * len(loader)
        self._num_steps = num_epochs_of(trainer) * len(loader)
        if self._first_step >= self._num_steps:
            raise ConfigurationError(
                f"pseudo_labels: pre-training takes {self._first_step} batches, and the run has "
                f"{self._num_steps}, so it would label nothing: make source_passes.num_passes "
                f"larger than {self.pretraining_passes}, lower pseudo_labels.pretraining_passes, "
                "or start from a trained base (XNER_SOURCE_ARCHIVE)"
            )
        self.n_steps = self._n_steps or loader.batches_per_pass
        if self._journal is not None:
            self._journal.resume_at(self._round)
        logger.info(
            "pseudo-labels: %d raw target sentences, l of %d to %d words; %d batches of "
            "pre-training, then a round of labels every %d batches",
            len(self._pool),
            self._pool.real_length(self._shortest),
            self._pool.real_length(self._longest),
            self._first_step,
            self.n_steps,
        )

    def target_batch(self, step: int) -> Optional[TensorDict]:
        """
        The pseudo-labelled batch for training step `step`, or `None` in pre-training and in a
        round without labels. Starts a new round where one is due.
        """
        since_start = step - self._first_step
        if since_start < 0:
            return None
        if since_start % self.n_steps == 0:
            if since_start > 0:
                self._forget_epochs_of_few_sentences()
            elif self.pretraining_passes > 0:
                forget_epochs(self.trainer)
                logger.info(
                    "pre-training is over; the best epoch is chosen among those from now on"
                )
            self._start_round(step)
        if not self._pool.labels:
            return None
        self._has_given_labels = True
        return with_open_tags(self._pool.next_batch()[1], self._model.crf.num_tags)

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        next_round = self._first_step + self._round * self.n_steps
        if not self._has_learned_from_most and next_round < self._num_steps:
            # An epoch that will be forgotten is none that has not improved.
            restart_patience(trainer)
        if not self._has_given_labels:
            # The trainer keeps what an earlier epoch reported.
            for term in ("teacher", "target"):
                metrics.pop(f"training_{term}_loss", None)
            if is_primary:
                write_metrics_of_epoch(self.serialization_dir, epoch, metrics)
        self._has_given_labels = False

    def _forget_epochs_of_few_sentences(self) -> None:
        """Called behind each round: lets model selection see only epochs that know more."""
        assert self.trainer is not None
        if not self._has_learned_from_most:
            forget_chosen_epoch(self.trainer)
            self._has_learned_from_most = 2 * len(self._pool.labels) >= len(self._pool)
            logger.info(
                "pseudo-labels: the round that is over had labelled %d of %d target sentences; the "
                "best epoch is chosen among those from now on",
                len(self._pool.labels),
                len(self._pool),
            )

    def _start_round(self, step: int) -> None:
        assert self.trainer is not None
        # l ~ U(min, max)
        self._length = self._pool.draw_length(self._shortest, self._longest)
        self._label()
        agreement = self._agreement() if self._pool.alternatives else None
        if agreement is not None and agreement < self.min_agreement:
            self._return_to_first_labels(agreement)
        drift = self._drift.compare(self._pool.labels)
        types, said = self._types_told()
        self._log_round(said, drift, agreement)
        self._write_journal(
            self._round,
            epoch=step // len(self.trainer.data_loader),
            length=self._length,
            type_divergence=None if drift is None else drift.divergence,
            agreement=agreement,
        )
        self._leave_out_what_misleads(has_entities=bool(types))
        self._round += 1

    def _label(self) -> None:
        """The teacher's labels of the sentences of at most l words."""
        assert self.trainer is not None
        pool = self._pool
        if self._has_returned:
            self._take_first_labels()
            return
        was_training = self._model.training
        self._model.eval()
        try:
            with averaged_weights(self.trainer), as_precise_as_training(self._model):
                both = self.both_paths and bool(self._model.target_path_trained)
                wanted = self._wanted_share
                is_first = not self._drift.first
                if is_first:
                    # Later rounds may have longer sentences than the first one.
                    by_source = self._labeller("source", wanted)
                    pool.label(by_source, self._longest, self.labelling_batch_size)
                    self._drift.start(pool.labels)
                    self._take_first_labels()
                if not is_first or (both and wanted is not None):
                    by_source = self._labeller("source", None if both else wanted)
                    pool.label(by_source, self._length, self.labelling_batch_size)
                if both:
                    by_target = self._labeller("target", None)
                    pool.label_alternatives(by_target, self.labelling_batch_size)
        finally:
            self._model.train(was_training)

    def _take_first_labels(self) -> None:
        first = self._drift.first
        self._pool.set_labels(
            {row: labels for row, labels in first.items() if len(labels) <= self._length}
        )

    def _return_to_first_labels(self, agreement: float) -> None:
        logger.warning(
            "pseudo-labels, round %d: the paths agree on %.0f %% of the words of entities, less "
            "than the %.0f %% of min_agreement, so the labels of the first round stay; the "
            "languages are far from each other or their mapping is poor: see the mapping's "
            "verdict, and compare with `translated` and with the base system",
            self._round,
            100 * agreement,
            100 * self.min_agreement,
        )
        self._has_returned = True
        self._take_first_labels()

    def _labeller(
        self, path: str, wanted: Optional[float]
    ) -> Callable[[TextFieldTensors], List[np.ndarray]]:
        """What labels sentences by way of `path`, with the share of entities that is wanted."""
        if wanted is None:
            return partial(self._model.predict_tag_ids, path=path)
        sample = self._pool.sample(SAMPLED, self.labelling_batch_size)
        bonus, share = entity_bonus(self._model, sample, path, wanted)
        logger.info(
            "pseudo-labels, round %d: by the %s path %s",
            self._round,
            path,
            bonus_told(bonus, share, wanted),
        )
        return partial(self._model.predict_tag_ids, path=path, entity_bonus=bonus)

    def _leave_out_what_misleads(self, has_entities: bool) -> None:
        """Drops labels from which nothing good would be learned."""
        pool = self._pool
        if self._is_too_early():
            logger.info(
                "pseudo-labels, round %d: the target path cannot label yet, it learns from "
                "translated sentences only",
                self._round,
            )
            pool.drop_labels()
        elif not has_entities:
            # All-O labels would only teach the target path that there are no entities.
            logger.warning(
                "pseudo-labels, round %d: %s; this round trains on source batches only",
                self._round,
                "no entity was labelled" if pool.labels else "no sentence is that short",
            )
            pool.drop_labels()

    def _is_too_early(self) -> bool:
        """Whether the target path is to label, knows nothing, and has something else to learn."""
        return (
            self.both_paths
            and not self._model.target_path_trained
            and "translated" in self._loader.further_batches
        )

    def _agreement(self) -> Optional[float]:
        """
        Of the words of entities by either path the share, in [0, 1], that both tag alike; `None` if
        there is no such word.
        """
        positions = list(self._pool.labels)
        # shape (each): (num_words of all sentences,)
        first, second = (
            np.concatenate([labels[position] for position in positions])
            for labels in (self._pool.labels, self._pool.alternatives)
        )
        outside = self._model.outside
        is_entity = (first != outside) | (second != outside)
        if not is_entity.any():
            return None
        return float((first == second)[is_entity].mean())

    def _log_round(self, types: str, drift: Optional[Drift], agreement: Optional[float]) -> None:
        pool = self._pool
        said = [
            f"l = {pool.real_length(self._length)} words",
            f"{len(pool.labels)} of {len(pool)} target sentences",
            types,
        ]
        if drift is not None:
            said.append(
                f"divergence of types from the first round {drift.divergence:.4f} bits ({drift})"
            )
        if agreement is not None:
            said.append(f"the paths agree on {100 * agreement:.0f} % of the words of entities")
        logger.info("pseudo-labels, round %d: %s", self._round, ", ".join(said))
        if drift is not None and drift.divergence > ALARMING and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "pseudo-labels, round %d: the types of entities drift away from those of the first "
                "round, on the same sentences: %s. The tagger learns its own mistakes, and the "
                "source development set will not show it: %s",
                self._round,
                drift,
                ", ".join(self._remedies()),
            )

    def _remedies(self) -> List[str]:
        """Against labels that drift, what has not been done already."""
        assert self.trainer is not None
        remedies = []
        if not has_moving_average(self.trainer):
            remedies.append(
                "train mean_teacher, whose teacher moves slowly and leaves open what its paths tag "
                "differently"
            )
        if self._model.teacher_loss:
            remedies.append("set model.teacher_loss to false")
        return [*remedies, "renew the labels less often (n_steps)", "or train for fewer passes"]

    def state_dict(self) -> Dict[str, Any]:
        return {
            "round": self._round,
            "length": self._length,
            "has_warned": self._has_warned,
            "has_returned": self._has_returned,
            "has_learned_from_most": self._has_learned_from_most,
            **self._drift.state_dict(),
            **self._pool.state_dict(),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._round = state_dict["round"]
        self._length = state_dict["length"]
        # A checkpoint of an earlier version has none of these.
        self._has_warned = state_dict.get("has_warned", False)
        self._has_returned = state_dict.get("has_returned", False)
        self._has_learned_from_most = state_dict.get("has_learned_from_most", True)
        super().load_state_dict(state_dict)


def with_open_tags(batch: TensorDict, num_labels: int) -> TensorDict:
    """A batch of `TargetPool`, with what is `allowed` in place of the labels of two teachers."""
    if "alternatives" in batch:
        # shape (each): (batch_size, num_words, num_labels)
        first, second = (
            one_hot(batch.pop(name), num_labels).bool() for name in ("tags", "alternatives")
        )
        batch["allowed"] = first | second
    return batch
