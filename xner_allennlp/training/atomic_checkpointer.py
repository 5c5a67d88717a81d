"""Checkpoints that are whole or not there."""

import os
import re
import shutil
from typing import Any, Dict, Optional, Set, Tuple

from allennlp.training import Checkpointer, Trainer
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.trainer import TrainerCheckpoint

from xner_allennlp.common import save_state, whole_file
from xner_allennlp.training.stop_on_divergence import check_finite
from xner_allennlp.training.trainer_internals import callbacks_of_type, progress

_STATE_FILE = re.compile(r"(model|training)_state_e(?P<epochs>\d+)_b(?P<batches>\d+)\.th")
_BEST_NAME = "best.th"


class BeforeCheckpoint(TrainerCallback):
    """A callback with a state in each process, of which the trainer asks only the first one."""

    def before_checkpoint(self) -> None:
        """Called in every process before the first one saves a checkpoint."""
        raise NotImplementedError


@Checkpointer.register("atomic")
class AtomicCheckpointer(Checkpointer):
    """
    Checkpoints that are whole or not there, so that `allennlp train --recover` goes on wherever the
    run was killed, from the newest checkpoint whose two files are whole.

    AllenNLP's own writes straight to the final names, takes whatever has them for whole, and never
    writes them again; and a run that is killed between a checkpoint and `best.th`, which is made
    afterwards, goes on with an older `best.th` or none. Here it is made anew at recovery.

    A run's folder may be moved before it is recovered. Callbacks that are `BeforeCheckpoint` are
    called in every process before a checkpoint is saved.

    Registered as a `Checkpointer` with name "atomic". It has the parameters of `Checkpointer`.

    # Raises

    `DivergenceError` instead of writing weights that are not finite.
    """

    def save_checkpoint(self, trainer: Trainer) -> None:
        for callback in callbacks_of_type(trainer, BeforeCheckpoint):
            callback.before_checkpoint()
        checkpoint = trainer.get_checkpoint_state()
        if checkpoint is None:
            # AllenNLP lets only the first process remember where it has saved, so the others would
            # think a checkpoint due with every batch from then on.
            (
                self._last_save_num_epochs_completed,
                self._last_save_num_batches_in_epoch_completed,
            ) = progress(trainer)
        else:
            point = (
                checkpoint.trainer_state["epochs_completed"],
                checkpoint.trainer_state["batches_in_epoch_completed"],
            )
            model_path = self._model_state_path(*point)
            check_finite(trainer.model, os.path.basename(model_path))
            # Also over what a killed run has left there.
            save_state(checkpoint.model_state, model_path)
            save_state(checkpoint.trainer_state, self._training_state_path(*point))
        # Finds both files and writes neither; removes old ones.
        super().save_checkpoint(trainer)
        if self._is_primary and not self.state_is_sharded:
            self._remove_halves()

    def load_checkpoint(self) -> Optional[TrainerCheckpoint]:
        checkpoint = super().load_checkpoint()
        if checkpoint is None or self.state_is_sharded:
            return checkpoint
        state = checkpoint.trainer_state
        best = os.path.join(self._serialization_dir, _BEST_NAME)
        if state["batches_in_epoch_completed"] == 0 and _is_best(state):
            if self._is_primary:
                paths = self.find_latest_checkpoint()
                assert paths is not None
                self._write_best(checkpoint, paths[0], best)
            state["best_model_filename"] = best
        elif state["best_model_filename"] is not None:
            # The folder may have been moved.
            state["best_model_filename"] = best
        return checkpoint

    def _find_all_checkpoints(self) -> Set[Tuple[int, int]]:
        return {
            point
            for point in super()._find_all_checkpoints()
            if os.path.exists(self._training_state_path(*point))
        }

    def _write_best(self, checkpoint: TrainerCheckpoint, model_path: str, best: str) -> None:
        """What the trainer does after such a checkpoint, and may not have come to do."""
        averages = checkpoint.trainer_state.get("moving_average")
        if averages is not None:
            save_state({**checkpoint.model_state, **averages["shadows"]}, best)
        elif not (os.path.exists(best) and os.path.samefile(best, model_path)):
            with open(model_path, "rb") as whole, whole_file(best) as file:
                shutil.copyfileobj(whole, file)

    def _remove_halves(self) -> None:
        """What a killed run has left: a file of a checkpoint without the other one."""
        whole = self._find_all_checkpoints()
        for name in os.listdir(self._serialization_dir):
            match = _STATE_FILE.fullmatch(name)
            if match and (int(match["epochs"]), int(match["batches"])) not in whole:
                os.remove(os.path.join(self._serialization_dir, name))


def _is_best(state: Dict[str, Any]) -> bool:
    return bool(state["metric_tracker"]["is_best_so_far"])
