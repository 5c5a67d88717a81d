"""A pretrained encoder that does not fit into memory is told before training, not by the system."""

import logging
import math
from typing import Any, List, Optional, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.free_memory import free_memory
from xner_allennlp.data import IndexedSentences, Processes
from xner_allennlp.modules.pretrained_encoder import PretrainedEncoder
from xner_allennlp.training.target_batches import TargetBatches
from xner_allennlp.training.trainer_internals import callbacks_of_type, cross_lingual_loader
from xner_allennlp.training.translated_batches import TranslatedBatches

# A weight's gradient and the two means of Adam; the weights themselves are there already.
_BYTES_OF_A_WEIGHT = 12
_GIB = 2**30

logger = logging.getLogger(__name__)


@TrainerCallback.register("memory_check")
class MemoryCheck(TrainerCallback):
    """
    Estimates before training what memory it needs at most, and refuses to begin if less is free:
    gradients, what Adam keeps, and what the pretrained encoders keep of the largest batch there can
    be for their gradients, with what callbacks such as `pseudo_labels` add to it. Without a
    pretrained encoder that is trained it does nothing.

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
        labelling = callbacks_of_type(trainer, TargetBatches)
        pieces, remedy = _longest(loader.sentences, labelling)
        # Each process has its share of the source batch, and of those that callbacks add to it.
        sizes: List[Optional[int]] = [loader.batch_size]
        sizes += [each.batch_size for each in labelling]
        sizes += [each.batch_size for each in callbacks_of_type(trainer, TranslatedBatches)]
        number = Processes.current().number
        size = sum(math.ceil((each or loader.batch_size) / number) for each in sizes)
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
                "trainer.num_gradient_accumulation_steps learns the same; less is also needed with "
                f"a smaller {remedy}, or a smaller encoder"
            )


def _longest(sentences: IndexedSentences, labelling: List[TargetBatches]) -> Tuple[int, str]:
    """
    How many pieces the longest sentence has that is learned from, and which option bounds its
    length: raw sentences are read as they are, and learned from as far as a callback labels them.
    """
    pieces = sentences.spelling_lengths()
    longest, option = 0, "dataset_reader.max_length"
    if sentences.is_tagged.any():
        longest = int(pieces[sentences.is_tagged].max())
    for callback in labelling:
        is_learned = ~sentences.is_tagged
        if callback.max_length is not None:
            is_learned &= sentences.lengths <= callback.max_length
        if is_learned.any() and pieces[is_learned].max() > longest:
            longest = int(pieces[is_learned].max())
            option = f"trainer.callbacks.{callback.name}.max_length"
    return longest, option
