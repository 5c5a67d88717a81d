from collections import Counter
from typing import Any, Dict, List, NamedTuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.data import DatasetReader, Vocabulary
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput

from xner_allennlp.data import LANGUAGES, ConllNerReader, IndexedSentences
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.spans import ConllF1, entity_spans, to_iob2


class Evaluation(NamedTuple):
    """
    What a tagger does on a labelled set: `metrics`, those of `ConllF1`, each in [0, 1], and the
    predicted `tags` of each sentence, in the order of the file, IOB2.
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
    batch_size : `int`, optional (default = `256`)
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
        batch_size: int = 256,
    ) -> None:
        if not isinstance(reader, ConllNerReader):
            raise ConfigurationError(
                f"labelled sets are read by `conll_ner`, not by {type(reader).__name__}"
            )
        if batch_size < 1:
            raise ConfigurationError(f"batch_size must be at least 1, got {batch_size}")
        instances = list(reader.for_every_process().read(path))
        if not all("tags" in instance.fields for instance in instances):
            raise ConfigurationError(f"{path}: sentences without tags cannot be evaluated on")
        for instance in instances:
            reader.apply_token_indexers(instance)
        self.words: List[List[str]] = [list(i["metadata"]["words"]) for i in instances]
        self.tags: List[List[str]] = [to_iob2(i["tags"].labels) for i in instances]
        # How many entities of each type there are to find.
        self.support = Counter(entity.type for tags in self.tags for entity in entity_spans(tags))
        self._vocab = vocab
        self._sentences = IndexedSentences(instances, vocab)
        self._batches: List[List[int]] = []
        for language in LANGUAGES:
            rows = [row for row, name in enumerate(self._sentences.languages) if name == language]
            by_length = sorted(rows, key=lambda row: len(self.words[row]), reverse=True)
            self._batches.extend(lazy_groups_of(by_length, batch_size))

    def __len__(self) -> int:
        return len(self.words)

    def evaluate(self, model: CrossLingualCrfTagger) -> Evaluation:
        """Tags every sentence by the path that `model` would take, and scores the tags."""
        f1 = ConllF1(self._vocab, model.label_namespace, sum_over_processes=False)
        names = self._vocab.get_index_to_token_vocabulary(model.label_namespace)
        predicted: Dict[int, np.ndarray] = {}
        device = next(model.parameters()).device
        was_training = model.training
        model.eval()
        try:
            with torch.inference_mode():
                for rows in self._batches:
                    batch: Dict[str, Any] = self._sentences.tensors(rows, device)
                    path = model.path_for(self._sentences.languages[rows[0]])
                    logits, mask = model.emissions(batch["tokens"], path)
                    # shape: (batch_size, num_words)
                    tag_ids = model.crf.best_paths(logits, mask)
                    f1(tag_ids, batch["tags"], mask)
                    lengths = mask.sum(dim=1).tolist()
                    for row, ids, length in zip(rows, tag_ids.cpu().numpy(), lengths):
                        predicted[row] = ids[:length]
        finally:
            model.train(was_training)
        tags = [
            to_iob2([names[index] for index in predicted[row].tolist()]) for row in range(len(self))
        ]
        return Evaluation(f1.get_metric(), tags)
