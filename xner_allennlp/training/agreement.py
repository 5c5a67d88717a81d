"""How far the tagger agrees with another one, a validation metric that needs no labels."""

import logging
import math
from collections import Counter
from typing import Any, Dict, List, Optional, Sequence

from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data import IndexedSentences
from xner_allennlp.data.target_pool import raw_target_sentences
from xner_allennlp.models import required_tagger, target_tagger
from xner_allennlp.spans import entity_spans
from xner_allennlp.spans.scores import score_tags
from xner_allennlp.training.label_drift import drift_of
from xner_allennlp.training.labelled_set import predicted_tags
from xner_allennlp.training.trainer_internals import (
    averaged_weights,
    cross_lingual_loader,
    validation_precision,
    write_metrics_of_epoch,
)

logger = logging.getLogger(__name__)


@TrainerCallback.register("agreement")
class Agreement(TrainerCallback):
    """
    At each validation compares what the tagger says of raw target sentences with what another
    trained tagger says, which should have learned independently (other data, another seed), so that
    no target label is needed. Among the metrics of the epoch are then

    * `validation_agreement_f1`: F1 of the tagger's entities, as if the other's were the true ones;
    * `validation_agreement_type_divergence`: how far its types are from the other's (see `Drift`).

    `keep_best` behind this callback can keep the weights that agree best, as selection "agreement":

        -o '{"trainer.callbacks.agreement": {"teacher": "runs/translated_en_nl/model.tar.gz"},
             "trainer.callbacks.keep_best": {"metric": "+agreement_f1"}}'

    What is trained is the same with and without it.

    Registered as a `TrainerCallback` with name "agreement".

    # Parameters

    teacher : `str`, required.
        The archive (`model.tar.gz`) of the other tagger.
    max_sentences : `int`, optional (default = `2000`)
        How many of the training data's raw target sentences are compared, evenly spread.
    batch_size : `int`, optional (default = what suits the device)
        Sentences that are tagged at once; no effect on the result.

    # Raises

    `ConfigurationError` for numbers below 1, and at the start of training if the archive is
    missing, is of another model or reader, has no word vectors of the target language or finds no
    entity, if the training data has no raw target sentence, or the loader or model is not ours.
    """

    def __init__(
        self,
        serialization_dir: str,
        teacher: str,
        max_sentences: int = 2000,
        batch_size: Optional[int] = None,
    ) -> None:
        super().__init__(serialization_dir)
        check_at_least_one("agreement", max_sentences=max_sentences, batch_size=batch_size)
        self._teacher = teacher
        self._max_sentences = max_sentences
        self._batch_size = batch_size

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._model = required_tagger(trainer.model, "agreement")
        loader = cross_lingual_loader(trainer, "agreement")
        raw = raw_target_sentences(loader, "agreement")
        if not is_primary:
            return
        chosen: List[Instance] = raw[:: math.ceil(len(raw) / self._max_sentences)]
        teacher = target_tagger(self._teacher, "agreement,")
        self._expected = predicted_tags(
            teacher.model.to(trainer.cuda_device), teacher.read(chosen), self._batch_size
        )
        self._sentences = IndexedSentences(chosen, self._model.vocab)
        types = _types(self._expected)
        if not types:
            raise ConfigurationError(
                f"agreement: {self._teacher} found no entity in {len(chosen)} target sentences: is "
                "it a tagger of this language?"
            )
        logger.info(
            "agreement: %d of %d raw target sentences, in which %s found %d entities (%s)",
            len(chosen),
            len(raw),
            self._teacher,
            sum(types.values()),
            ", ".join(f"{name} {number}" for name, number in sorted(types.items())),
        )

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
        with averaged_weights(trainer), validation_precision(trainer):
            tags = predicted_tags(self._model, self._sentences, self._batch_size)
        f1 = score_tags(self._expected, tags).overall.f1
        drift = drift_of(_types(self._expected), _types(tags))
        divergence = 1.0 if drift is None else drift.divergence
        logger.info(
            "agreement, epoch %d: F1 %.4f, divergence of types %.4f (%s)",
            epoch,
            f1,
            divergence,
            drift or "no entity",
        )
        metrics["validation_agreement_f1"] = f1
        metrics["validation_agreement_type_divergence"] = divergence
        write_metrics_of_epoch(self.serialization_dir, epoch, metrics)


def _types(sentences: Sequence[Sequence[str]]) -> Dict[str, int]:
    """How many entities of each type there are."""
    return Counter(span.type for tags in sentences for span in entity_spans(tags))
