"""A pretrained encoder that does not fit into memory is told before training, not by the system."""

import logging
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.free_memory import free_memory
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder
from xner_allennlp.training.trainer_internals import cross_lingual_loader

# A weight's gradient and the two means of Adam; the weights themselves are there already.
_BYTES_OF_A_WEIGHT = 12
_GIB = 2**30

logger = logging.getLogger(__name__)


@TrainerCallback.register("memory_check")
class MemoryCheck(TrainerCallback):
    """
    Estimates before training what memory it needs at most, and refuses to begin if less is free:
    gradients, what Adam keeps, and what the pretrained encoders keep of the largest batch there can
    be for their gradients. Without a pretrained encoder that is trained it does nothing. Put it
    behind the callbacks that add sentences to a batch, such as `pseudo_labels`.

    Registered as a `TrainerCallback` with name "memory_check". To train all the same, leave it out:
    `-o '{"trainer.callbacks.memory_check": null}'`.

    # Raises

    `ConfigurationError` at the start of training if it needs more than is free, or the data loader
    is not `cross_lingual`.
    """

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        encoders = [
            part
            for part in trainer.model.modules()
            if isinstance(part, PretrainedEncoder) and part.train_parameters
        ]
        if not encoders:
            return
        loader = cross_lingual_loader(trainer, "memory_check")
        pieces = int(loader.sentences.spelling_lengths().max())
        # Callbacks add batches, e.g. of pseudo-labelled target sentences, to the source batch.
        size = loader.batch_size * (1 + len(loader.further_batches))
        weights = sum(
            weight.numel() for weight in trainer.model.parameters() if weight.requires_grad
        )
        needed = weights * _BYTES_OF_A_WEIGHT
        needed += sum(encoder.training_bytes(size, pieces) for encoder in encoders)
        free = free_memory(trainer.cuda_device)
        logger.info(
            "training needs at most about %.1f GiB: %d sentences at once, the longest of %d "
            "pieces; %s are free",
            needed / _GIB,
            size,
            pieces,
            "it is not known how many" if free is None else f"{free / _GIB:.1f} GiB",
        )
        if free is not None and needed > free:
            raise ConfigurationError(
                f"training needs up to {needed / _GIB:.1f} GiB of memory, of which "
                f"{free / _GIB:.1f} are free. A smaller data_loader.batch_size (now "
                f"{loader.batch_size}) needs less, and with as much larger a "
                "trainer.num_gradient_accumulation_steps learns the same; so does a smaller "
                "dataset_reader.max_length, or a smaller encoder"
            )
