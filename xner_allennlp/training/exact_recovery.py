import json
from typing import TYPE_CHECKING, Any, Dict, List, Optional

import torch
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.training.training_loader import cross_lingual_loader

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer


@TrainerCallback.register("exact_recovery")
class ExactRecovery(TrainerCallback):
    """
    Lets `allennlp train --recover` go on as if training had not stopped: saves the random
    generators (dropout) and the last epoch's metrics with every checkpoint, restores them, tells
    the data loader where training goes on, and ends a training that had run out of patience.

    AllenNLP's own recovery restores weights, optimizer and schedules only. Put it behind
    `source_passes`, which says how long training is. With the checkpointer "atomic" it goes on
    wherever the run was killed.

    Registered as a `TrainerCallback` with name "exact_recovery".
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._restored: Optional[Dict[str, Any]] = None
        self._metrics: Dict[str, Any] = {}

    def on_start(
        self, trainer: "GradientDescentTrainer", is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        loader = cross_lingual_loader(trainer, "exact_recovery")
        loader.resume_at(
            trainer._start_after_epochs_completed * len(loader)
            + trainer._start_after_batches_in_epoch_completed
        )
        if trainer._metric_tracker.should_stop_early():
            trainer._num_epochs = trainer._start_after_epochs_completed
        if self._restored is not None:
            torch.set_rng_state(self._restored["torch"].cpu())
            cuda_states: List[torch.Tensor] = self._restored["cuda"]
            if cuda_states and len(cuda_states) == torch.cuda.device_count():
                torch.cuda.set_rng_state_all([state.cpu() for state in cuda_states])

    def on_epoch(
        self,
        trainer: "GradientDescentTrainer",
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._metrics = metrics  # Callbacks behind this one may add to them.

    def on_end(
        self,
        trainer: "GradientDescentTrainer",
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if metrics is not None:  # A run that was stopped after its last epoch has none of them.
            for name, value in self._metrics.items():
                metrics.setdefault(name, value)

    def state_dict(self) -> Dict[str, Any]:
        cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        return {
            "torch": torch.get_rng_state(),
            "cuda": list(cuda_states),
            # As text: torch reads only its own types back without executing anything.
            "metrics": json.dumps(self._metrics, default=float),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._restored = state_dict
        self._metrics = json.loads(state_dict.get("metrics", "{}"))
