"""An interrupted training goes on as if it had not stopped."""

import json
import logging
from typing import Any, Dict, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.data import Processes
from xner_allennlp.training.atomic_checkpointer import AtomicCheckpointer, BeforeCheckpoint
from xner_allennlp.training.trainer_internals import (
    checkpointer_of,
    cross_lingual_loader,
    grad_scaler_of,
    recover_moving_average,
    recovered_step,
    saves_by_the_clock,
    stop_if_out_of_patience,
)

logger = logging.getLogger(__name__)


@TrainerCallback.register("exact_recovery")
class ExactRecovery(BeforeCheckpoint):
    """
    Lets `allennlp train --recover` go on as if training had not stopped: saves with every
    checkpoint the random generators (dropout) of each process, the gradient scaler of mixed
    precision and the last epoch's metrics, restores them, lets a `moving_average` follow the model
    again, tells the data loader where training goes on, and ends a training that had run out of
    patience.

    AllenNLP's own recovery restores weights, optimizer and schedules only. Put it behind
    `source_passes`, which says how long training is. With the checkpointer "atomic" it goes on
    wherever the run was killed.

    Registered as a `TrainerCallback` with name "exact_recovery".

    # Raises

    `ConfigurationError` at the start of training if the data loader is not `cross_lingual`, and in
    distributed training if the checkpointer is not "atomic", the only one that asks every process,
    or saves by the clock;
    at recovery if an earlier version of the package wrote the checkpoint.
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._processes = Processes.current()
        self._restored: Optional[Dict[str, Any]] = None
        self._metrics: Dict[str, Any] = {}
        # Of all processes, if there are several.
        self._random_states: List[Dict[str, torch.Tensor]] = []

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        loader = cross_lingual_loader(trainer, "exact_recovery")
        checkpointer = checkpointer_of(trainer)
        if self._processes.number > 1 and checkpointer is not None:
            if not isinstance(checkpointer, AtomicCheckpointer):
                raise ConfigurationError(
                    'exact_recovery: distributed training needs the checkpointer {"type": "atomic"}'
                )
            if saves_by_the_clock(checkpointer):
                raise ConfigurationError(
                    "exact_recovery: in distributed training the processes' clocks differ: give "
                    "the checkpointer save_every_num_batches in place of save_every_num_seconds"
                )
        loader.resume_at(recovered_step(trainer))
        stop_if_out_of_patience(trainer)
        if self._restored is None:
            return
        recover_moving_average(trainer)
        scaler, saved_scaler = grad_scaler_of(trainer), self._restored["grad_scaler"]
        if scaler is not None and saved_scaler:
            scaler.load_state_dict(saved_scaler)
        states = self._restored["random_states"]
        if len(states) != self._processes.number:
            logger.warning(
                "exact_recovery: the run had %d processes, now there are %d: dropout will differ",
                len(states),
                self._processes.number,
            )
            return
        state = states[self._processes.rank]
        torch.set_rng_state(state["cpu"].cpu())
        if "cuda" in state and trainer.cuda_device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"].cpu(), trainer.cuda_device)

    def before_checkpoint(self) -> None:
        if self._processes.number > 1:
            self._random_states = self._processes.exchange(self._random_state())

    def _random_state(self) -> Dict[str, torch.Tensor]:
        """Of this process's generators."""
        assert self.trainer is not None
        state = {"cpu": torch.get_rng_state()}
        # Asking for a GPU's generator would initialise CUDA.
        if self.trainer.cuda_device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state(self.trainer.cuda_device)
        return state

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._metrics = metrics  # Callbacks behind this one may add to them.

    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if metrics is not None:  # A run that was stopped after its last epoch has none of them.
            for name, value in self._metrics.items():
                metrics.setdefault(name, value)

    def state_dict(self) -> Dict[str, Any]:
        assert self.trainer is not None
        scaler = grad_scaler_of(self.trainer)
        several = self._processes.number > 1
        return {
            "random_states": self._random_states if several else [self._random_state()],
            "grad_scaler": {} if scaler is None else scaler.state_dict(),
            # As text: torch reads only its own types back without executing anything.
            "metrics": json.dumps(self._metrics, default=float),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        missing = sorted({"random_states", "grad_scaler", "metrics"} - set(state_dict))
        if missing:
            raise ConfigurationError(
                f"exact_recovery: the checkpoint in {self.serialization_dir} lacks "
                f"{', '.join(missing)}: it was written by an earlier version of xner_allennlp. "
                "Go on with the version that began the run, or begin anew in another folder (-s)"
            )
        self._restored = state_dict
        self._metrics = json.loads(state_dict["metrics"])
