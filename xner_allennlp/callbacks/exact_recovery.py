from typing import TYPE_CHECKING, Any, Dict, List, Optional

import torch
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.callbacks.training_loader import cross_lingual_loader

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer


@TrainerCallback.register("exact_recovery")
class ExactRecovery(TrainerCallback):
    """
    Lets `allennlp train --recover` go on as if training had not stopped: saves the random
    generators (dropout) with every checkpoint, restores them, and tells the data loader where
    training goes on.

    AllenNLP's own recovery restores weights, optimizer and schedules, but not torch's generators.

    Registered as a `TrainerCallback` with name "exact_recovery".
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._restored: Optional[Dict[str, Any]] = None

    def on_start(
        self, trainer: "GradientDescentTrainer", is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        loader = cross_lingual_loader(trainer, "exact_recovery")
        loader.resume_at(
            trainer._start_after_epochs_completed * len(loader)
            + trainer._start_after_batches_in_epoch_completed
        )
        if self._restored is not None:
            torch.set_rng_state(self._restored["torch"].cpu())
            cuda_states: List[torch.Tensor] = self._restored["cuda"]
            if cuda_states and len(cuda_states) == torch.cuda.device_count():
                torch.cuda.set_rng_state_all([state.cpu() for state in cuda_states])

    def state_dict(self) -> Dict[str, Any]:
        cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        return {"torch": torch.get_rng_state(), "cuda": list(cuda_states)}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._restored = state_dict
