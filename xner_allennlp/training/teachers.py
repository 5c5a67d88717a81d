"""Trained taggers that label sentences for others."""

import logging
from typing import Iterator, List, NamedTuple, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.data import Instance, TextFieldTensors, Vocabulary

from xner_allennlp.data import evaluation_batch_size
from xner_allennlp.models import TargetTagger, target_tagger
from xner_allennlp.modules.crf import ExpectedCounts
from xner_allennlp.modules.pretrained_encoder import as_precise_as_training
from xner_allennlp.training.entity_share import SAMPLED, bonus_told, entity_bonus

logger = logging.getLogger(__name__)


class LabelledBatch(NamedTuple):
    """
    rows : which sentences, by their position among those that were given.
    counts : what the teachers expect of them, on average.
    mask : `(batch_size, num_words)`.
    """

    rows: List[int]
    counts: ExpectedCounts
    mask: torch.BoolTensor


class Teachers:
    """
    Taggers of target sentences, frozen. They may differ in vocabulary, word vectors and
    architecture, but not in their labels; each reads sentences by its own archive's reader. As a
    mixture they expect what they expect on average.

    # Parameters

    archives : `Sequence[str]`, required.
        `model.tar.gz` (or the folder of a finished run) of each.
    vocab : `Vocabulary`, required.
        The student's, in whose order the labels are given.
    label_namespace : `str`, required.

    # Raises

    `ConfigurationError` for no archive, one that cannot be read, one of another model or reader,
    and one with other labels or without word vectors of the target language.
    """

    def __init__(self, archives: Sequence[str], vocab: Vocabulary, label_namespace: str) -> None:
        if not archives:
            raise ConfigurationError("teachers: give at least one archive of a trained tagger")
        names = list(vocab.get_token_to_index_vocabulary(label_namespace))
        self._taggers: List[TargetTagger] = []
        # Of each teacher where the student's labels stand among its own.
        self._label_orders: List[List[int]] = []
        for archive in archives:
            tagger = target_tagger(archive, "teacher")
            model = tagger.model
            order = model.vocab.get_token_to_index_vocabulary(model.label_namespace)
            if order.keys() != set(names):
                raise ConfigurationError(
                    f"teacher {archive} has the labels {', '.join(sorted(order))}, the student "
                    f"{', '.join(sorted(names))}: train both with the same entity types and the "
                    "same tag_scheme"
                )
            model.eval().requires_grad_(False)
            self._taggers.append(tagger)
            self._label_orders.append([order[name] for name in names])

    def __len__(self) -> int:
        return len(self._taggers)

    def label(
        self,
        instances: Sequence[Instance],
        device: Optional[torch.device] = None,
        batch_size: Optional[int] = None,
        entity_share: Optional[float] = None,
    ) -> Iterator[LabelledBatch]:
        """
        What the teachers expect of target sentences, batch by batch; each is read by the path by
        which the teacher would tag it. With `entity_share`, in (0, 1), each of them gets the
        `entity_bonus` with which that share of words belongs to entities by its best tags.
        """
        models = [tagger.model for tagger in self._taggers]
        indexed = [tagger.read(instances) for tagger in self._taggers]
        batches = indexed[0].batches(batch_size or evaluation_batch_size(device))
        for model in models:
            model.to(device or torch.device("cpu"))
        samples = [each.sample(SAMPLED, device, batch_size=batch_size) for each in indexed]
        bonuses = [
            0.0 if entity_share is None else self._bonus(number, sample, entity_share)
            for number, sample in enumerate(samples)
        ]
        for rows in Tqdm.tqdm(batches, desc=f"labelling by {len(self)} teachers"):
            sums: Optional[ExpectedCounts] = None
            for model, order, sentences, bonus in zip(models, self._label_orders, indexed, bonuses):
                with torch.inference_mode(), as_precise_as_training(model):
                    tokens = sentences.tensors(rows, device)["tokens"]
                    logits, mask = model.emissions(tokens, model.path_for("target"))
                    logits = model.with_bonus(logits, bonus)
                    unary, pairwise = model.crf.expected_counts(logits, mask)
                    # shape: (batch_size, num_words, num_labels)
                    unary = unary[:, :, order]
                    # shape: (batch_size, num_labels, num_labels)
                    pairwise = pairwise[:, order][:, :, order]
                    if sums is not None:
                        unary, pairwise = unary + sums.unary, pairwise + sums.pairwise
                    sums = ExpectedCounts(unary, pairwise)
            assert sums is not None
            with torch.inference_mode():
                counts = ExpectedCounts(*(part / len(self) for part in sums))
            yield LabelledBatch(rows, counts, mask)

    def _bonus(self, number: int, sample: Iterator[TextFieldTensors], wanted: float) -> float:
        """That of the teacher `number` for sentences of which it reads a sample."""
        model = self._taggers[number].model
        with as_precise_as_training(model):
            bonus, share = entity_bonus(model, sample, model.path_for("target"), wanted)
        logger.info("teacher %d: %s", number + 1, bonus_told(bonus, share, wanted))
        return bonus
