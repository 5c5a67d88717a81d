"""Precision, recall and F1 over entities, as the CoNLL shared tasks score them."""

from collections import Counter
from typing import Counter as CounterType
from typing import Dict, Optional

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric

from xner_allennlp.spans.entity_finder import EntityFinder


@Metric.register("conll_f1")
class ConllF1(Metric):
    """
    Entity-level precision, recall and F1, overall (micro-averaged) and per entity type, equal to
    what `conlleval` gives: an entity is right when its type and both its borders are.

    The rule: gold and predicted tags, ill-formed ones too, are read as `spans` reads them (on `B`
    and `I` exactly conlleval's rule, so a stray `I-` starts an entity; conlleval itself errs on
    IOBES, and seqeval reads `U-LOC U-LOC` as one entity and `B I L` as none).

    Sequences of every length count, whatever the batches. Where nothing was predicted (or nothing
    was to be found) precision (recall) and F1 are 0.0, as conlleval prints.

    Registered as a `Metric` with name "conll_f1".

    # Parameters

    vocabulary : `Vocabulary`
        Gives the tags of the label ids, and the entity types to report.
    tag_namespace : `str`, optional (default = `"labels"`)
        The vocabulary's namespace of the tags, BIOUL or BIO.
    sum_over_processes : `bool`, optional (default = `True`)
        Whether in distributed training the counts of all processes are summed, batch by batch, so
        that all must see equally many. `False` where each process evaluates everything, as with
        the data loader `cross_lingual`.
    """

    supports_distributed = True

    def __init__(
        self,
        vocabulary: Vocabulary,
        tag_namespace: str = "labels",
        sum_over_processes: bool = True,
    ) -> None:
        self._reduce = dist_reduce_sum if sum_over_processes else _as_it_is
        self._vocabulary = vocabulary
        self._tag_namespace = tag_namespace
        self._finder: Optional[EntityFinder] = None
        self._number_of_tags = 0
        # Per type; plain Python numbers, so that a checkpoint can hold them.
        self._correct: CounterType[str] = Counter()
        self._predicted: CounterType[str] = Counter()
        self._gold: CounterType[str] = Counter()

    def __call__(
        self,
        predictions: torch.Tensor,
        gold_labels: torch.Tensor,
        mask: Optional[torch.BoolTensor] = None,
    ) -> None:
        """
        Adds a batch to the counts.

        # Parameters

        predictions : `torch.Tensor`
            The predicted label ids, (batch_size, sequence_length), `long`. Scores of the labels,
            (batch_size, sequence_length, num_labels), are refused: a CRF's best path is not their
            argmax.
        gold_labels : `torch.Tensor`
            The true label ids, (batch_size, sequence_length), `long`.
        mask : `torch.BoolTensor`, optional (default = `None`)
            (batch_size, sequence_length); `False` where a token is padding. Everything counts if
            it is left out.

        Raises `ConfigurationError` when shapes differ or an id has no tag.
        """
        if mask is None:
            mask = torch.ones_like(gold_labels, dtype=torch.bool)
        assert mask is not None
        if not predictions.shape == gold_labels.shape == mask.shape or predictions.dim() != 2:
            raise ConfigurationError(
                "conll_f1 needs predictions, gold_labels and mask of one shape, (batch_size, "
                f"sequence_length); found {tuple(predictions.shape)}, {tuple(gold_labels.shape)} "
                f"and {tuple(mask.shape)}"
            )
        predictions, gold_labels, mask = (each.cpu() for each in (predictions, gold_labels, mask))
        lengths = mask.sum(dim=1).numpy()
        self.count(predictions[mask].numpy(), gold_labels[mask].numpy(), lengths)

    def count(self, predictions: np.ndarray, gold_labels: np.ndarray, lengths: np.ndarray) -> None:
        """
        Adds sentences to the counts.

        # Parameters

        predictions, gold_labels : `np.ndarray`
            The label ids of all tokens, one sentence after the other, (num_tokens,).
        lengths : `np.ndarray`
            (num_sentences,).
        """
        finder = self._entity_finder()
        self._check_label_ids(predictions)
        self._check_label_ids(gold_labels)
        predicted, gold = finder.find(predictions, lengths), finder.find(gold_labels, lengths)
        # Entities of one sequence never start at the same token.
        _, of_predicted, of_gold = np.intersect1d(
            predicted.start, gold.start, assume_unique=True, return_indices=True
        )
        is_correct = predicted.end[of_predicted] == gold.end[of_gold]
        is_correct &= predicted.type[of_predicted] == gold.type[of_gold]
        correct, num_predicted, num_gold = (
            np.bincount(types, minlength=len(finder.types)).tolist()
            for types in (gold.type[of_gold][is_correct], predicted.type, gold.type)
        )
        # Every process must reduce the same types in the same order, found by it or not.
        for index, entity_type in enumerate(finder.types):
            self._correct[entity_type] += self._reduce(correct[index])
            self._predicted[entity_type] += self._reduce(num_predicted[index])
            self._gold[entity_type] += self._reduce(num_gold[index])

    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            "precision", "recall" and "f1", each in [0, 1], and "precision_PER", "recall_PER",
            "f1_PER" for each entity type of the vocabulary, whether it occurred or not.
        """
        metrics = scores_of_counts(
            sum(self._correct.values()), sum(self._predicted.values()), sum(self._gold.values())
        )
        for entity_type in self._entity_finder().types:
            scores = scores_of_counts(
                self._correct[entity_type], self._predicted[entity_type], self._gold[entity_type]
            )
            metrics.update({f"{name}_{entity_type}": value for name, value in scores.items()})
        if reset:
            self.reset()
        return metrics

    def reset(self) -> None:
        """Forgets all counts."""
        self._correct.clear()
        self._predicted.clear()
        self._gold.clear()

    def _entity_finder(self) -> EntityFinder:
        """Made when the vocabulary is whole, and for a larger one anew."""
        tags = self._vocabulary.get_index_to_token_vocabulary(self._tag_namespace)
        if self._finder is None or self._number_of_tags != len(tags):
            self._finder, self._number_of_tags = EntityFinder(tags), len(tags)
        return self._finder

    def _check_label_ids(self, label_ids: np.ndarray) -> None:
        number = self._number_of_tags
        unknown = label_ids[(label_ids < 0) | (label_ids >= number)]
        if len(unknown):
            raise ConfigurationError(
                f"conll_f1 met the label id {unknown[0]}, but the vocabulary's namespace "
                f"'{self._tag_namespace}' has {number} tags; is tag_namespace right?"
            )


def _as_it_is(count: int) -> int:
    return count


def scores_of_counts(correct: int, predicted: int, gold: int) -> Dict[str, float]:
    """Precision, recall and F1, from the numbers of correct, predicted and true entities."""
    return {
        "precision": correct / predicted if predicted else 0.0,
        "recall": correct / gold if gold else 0.0,
        # The same as 2 P R / (P + R), without dividing twice.
        "f1": 2 * correct / (predicted + gold) if correct else 0.0,
    }
