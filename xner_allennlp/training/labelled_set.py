"""Labelled sentences on which a tagger is scored again and again."""

from collections import Counter
from typing import Counter as CounterType
from typing import Dict, List, NamedTuple, Optional

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data import ConllNerReader, IndexedSentences, evaluation_batch_size
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.spans import counts_of_renamed, to_iob2
from xner_allennlp.spans.conll_f1 import ConllF1


class Evaluation(NamedTuple):
    """
    What a tagger does on a labelled set: `metrics`, as `ConllF1` gives them, each in [0, 1], and
    how many entities a type map has renamed (`renamed_OLD_to_NEW`); and the predicted `tags` of
    each sentence, in the order of the file, IOB2.
    """

    metrics: Dict[str, float]
    tags: List[List[str]]


class LabelledSet:
    """
    Labelled sentences, read and indexed once, on which a tagger may be scored again and again.

    # Parameters

    reader : `DatasetReader`, required.
        A `conll_ner`.
    path : `DatasetReaderInput`, required.
        As the reader takes it.
    vocab : `Vocabulary`, required.
        The model's.
    batch_size : `int`, optional (default = what suits the model's device)
        Sentences that are tagged at once; no effect on the result.

    # Raises

    `ConfigurationError` for another reader, a sentence without tags, and a tag that the model does
    not know.
    """

    def __init__(
        self,
        reader: DatasetReader,
        path: DatasetReaderInput,
        vocab: Vocabulary,
        batch_size: Optional[int] = None,
    ) -> None:
        if not isinstance(reader, ConllNerReader):
            raise ConfigurationError(
                f"labelled sets are read by `conll_ner`, not by {type(reader).__name__}"
            )
        check_at_least_one(batch_size=batch_size)
        instances = list(reader.for_every_process().read(path))
        if not all("tags" in instance.fields for instance in instances):
            raise ConfigurationError(f"{path}: sentences without tags cannot be evaluated on")
        for instance in instances:
            reader.apply_token_indexers(instance)
        self.words: List[List[str]] = [list(i["metadata"]["words"]) for i in instances]
        self.tags: List[List[str]] = [to_iob2(i["tags"].labels) for i in instances]
        renamed: CounterType[str] = Counter()
        for instance in instances:
            renamed.update(instance["metadata"].get("renamed", {}))
        self.renamed = counts_of_renamed(renamed)
        """How many entities the reader's type map has renamed, by `renamed_OLD_to_NEW`."""
        self._vocab = vocab
        self._sentences = IndexedSentences(instances, vocab)
        self._batch_size = batch_size

    def __len__(self) -> int:
        return len(self.words)

    def evaluate(self, model: CrossLingualCrfTagger) -> Evaluation:
        """Tags every sentence by the path that `model` would take, and scores the tags."""
        f1 = ConllF1(self._vocab, model.label_namespace, sum_over_processes=False)
        label_ids = _predicted_label_ids(model, self._sentences, self._batch_size)
        f1.count(np.concatenate(label_ids), self._sentences.tags, self._sentences.lengths)
        return Evaluation({**f1.get_metric(), **self.renamed}, _tags(model, label_ids))


def predicted_tags(
    model: CrossLingualCrfTagger, sentences: IndexedSentences, batch_size: Optional[int] = None
) -> List[List[str]]:
    """
    The tags, IOB2, that a model gives to each sentence by the path that it would take.

    # Parameters

    model : `CrossLingualCrfTagger`, required.
        With dropout or without, as it comes; it tags without.
    sentences : `IndexedSentences`, required.
        Indexed by the model's vocabulary.
    batch_size : `int`, optional (default = what suits the model's device)
        Sentences that are tagged at once; no effect on the result.
    """
    return _tags(model, _predicted_label_ids(model, sentences, batch_size))


def _predicted_label_ids(
    model: CrossLingualCrfTagger, sentences: IndexedSentences, batch_size: Optional[int]
) -> List[np.ndarray]:
    """Those of each sentence, in the order of the sentences."""
    predicted: Dict[int, np.ndarray] = {}
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        for rows in sentences.batches(batch_size or evaluation_batch_size(device)):
            tokens = sentences.tensors(rows, device)["tokens"]
            path = model.path_for(sentences.languages[rows[0]])
            with torch.no_grad():
                predicted.update(zip(rows, model.predict_tag_ids(tokens, path)))
    finally:
        model.train(was_training)
    return [predicted[row] for row in range(len(predicted))]


def _tags(model: CrossLingualCrfTagger, label_ids: List[np.ndarray]) -> List[List[str]]:
    names = model.vocab.get_index_to_token_vocabulary(model.label_namespace)
    return [to_iob2([names[index] for index in ids.tolist()]) for ids in label_ids]
