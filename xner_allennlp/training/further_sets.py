"""Scores on further sets at each validation."""

import logging
from typing import Any, Dict, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.data.languages import is_language
from xner_allennlp.models import required_tagger
from xner_allennlp.training.labelled_set import LabelledSet
from xner_allennlp.training.trainer_internals import (
    averaged_weights,
    validation_precision,
    write_metrics_of_epoch,
)

logger = logging.getLogger(__name__)


@TrainerCallback.register("further_sets")
class FurtherSets(TrainerCallback):
    """
    Scores the tagger on further labelled sets at each validation, beside the sets of
    `validation_data_path`: `validation_<set>_precision`, `_recall`, `_f1` and the same of each type
    are among the metrics of the epoch (`metrics_epoch_<n>.json`, TensorBoard), and `keep_best`
    behind this callback can keep the weights that are best on one of them:

        {"type": "further_sets", "sets": {"target_test": {"target": FILE}}, "reader": {...}},
        {"type": "keep_best", "metric": "+target_test_f1"}

    What is trained, and what the trainer selects, is the same with and without it. With `use_amp`
    it computes in mixed precision, as the trainer's validation does.

    Registered as a `TrainerCallback` with name "further_sets".

    # Parameters

    sets : `Dict[str, DatasetReaderInput]`, required.
        The name of each set and what `reader` reads it from.
    reader : `DatasetReader`, required.
        A `conll_ner`, usually that of validation.
    batch_size : `int`, optional (default = what suits the device)
        Sentences that are tagged at once; no effect on the result.

    # Raises

    `ConfigurationError` if a set has the name of a language or of other metrics, at the start of
    training if the model is another one, and for what is wrong with a file.
    """

    def __init__(
        self,
        serialization_dir: str,
        sets: Dict[str, DatasetReaderInput],
        reader: DatasetReader,
        batch_size: Optional[int] = None,
    ) -> None:
        super().__init__(serialization_dir)
        for name in sets:
            if is_language(name) or name == "agreement":
                raise ConfigurationError(
                    f'further_sets: "{name}" is what the metrics of validation_data_path, or of '
                    "the callback agreement, are called; give the set another name"
                )
        self._paths = sets
        self._reader = reader
        self._batch_size = batch_size
        self._sets: Dict[str, LabelledSet] = {}

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._model = required_tagger(trainer.model, "further_sets")
        if is_primary:
            self._sets = {
                name: LabelledSet(self._reader, path, trainer.model.vocab, self._batch_size)
                for name, path in self._paths.items()
            }

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if not is_primary:
            return
        for name, labelled_set in self._sets.items():
            with averaged_weights(trainer), validation_precision(trainer):
                scores = labelled_set.evaluate(self._model).metrics
            logger.info("%s, epoch %d: F1 %.4f", name, epoch, scores["f1"])
            metrics.update({f"validation_{name}_{key}": value for key, value in scores.items()})
        write_metrics_of_epoch(self.serialization_dir, epoch, metrics)
