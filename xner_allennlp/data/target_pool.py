"""The raw target sentences of augmented fine-tuning, with their pseudo-labels."""

from typing import Any, Callable, Dict, List, Optional, Sequence

import numpy as np
import torch
from allennlp.common.tqdm import Tqdm
from allennlp.data import TextFieldTensors
from allennlp.data.data_loaders import TensorDict

from xner_allennlp.data.cross_lingual_data_loader import CrossLingualDataLoader
from xner_allennlp.data.indexed_sentences import evaluation_batch_size
from xner_allennlp.data.processes import Processes


class TargetPool:
    """
    The sentences without tags of the target language that a data loader has read. A teacher labels
    the short ones among them, and batches of these are drawn until it labels anew (paper,
    Algorithm 1, steps 3-5). In distributed training every process labels its share, has all labels,
    and draws its share of each batch.

    Sentences go by their position in the pool, from 0.

    # Parameters

    loader : `CrossLingualDataLoader`, required.
    seed : `int`, required.
        Of the lengths that are drawn and of the order of sentences.
    batch_size : `int`, required.
        Sentences in a batch, of all processes together.
    """

    def __init__(self, loader: CrossLingualDataLoader, seed: int, batch_size: int) -> None:
        self._loader = loader
        self._batch_size = batch_size
        self._generator = torch.Generator()
        self._generator.manual_seed(seed)
        self._processes = Processes.current()
        sentences = loader.sentences
        # Position -> row of the loader's sentences.
        self._rows = [
            row
            for row in range(len(loader.labelled), len(sentences))
            if sentences.languages[row] == "target"
        ]
        # shape: (num_sentences,), in words
        self.lengths = sentences.lengths[self._rows]
        # Position -> label indices, `(num_words,)`, of the sentences that are labelled.
        self.labels: Dict[int, np.ndarray] = {}
        # The order in which labelled sentences are used up, and how many of them have been.
        self._order: List[int] = []
        self._used = 0

    def __len__(self) -> int:
        return len(self._rows)

    def words(self) -> List[List[str]]:
        """Those of each sentence."""
        first = len(self._loader.labelled)
        instances = (self._loader.unlabelled[row - first] for row in self._rows)
        return [instance["metadata"]["words"] for instance in instances]

    def draw_length(self, shortest: int, longest: int) -> int:
        """A length from U(shortest, longest), bounds included."""
        return int(torch.randint(shortest, longest + 1, (), generator=self._generator))

    def label(
        self,
        teacher: Callable[[TextFieldTensors], Sequence[np.ndarray]],
        max_length: int,
        batch_size: Optional[int] = None,
    ) -> None:
        """
        Replaces all labels by those that `teacher` gives to the sentences of at most `max_length`
        words.

        # Parameters

        teacher : `Callable[[TextFieldTensors], Sequence[np.ndarray]]`, required.
            Takes the tokens of a batch, gives the label indices of each sentence.
        max_length : `int`, required.
        batch_size : `int`, optional (default = what suits the device)
            Sentences labelled at once; no effect on the result.
        """
        short = np.flatnonzero(self.lengths <= max_length)
        # Sorted, so that processes have equal shares of short and of long sentences.
        by_length = short[np.argsort(self.lengths[short], kind="stable")].tolist()
        position_of = {self._rows[index]: index for index in self._processes.share(by_length)}
        sentences, device = self._loader.sentences, self._loader.device
        batch_size = batch_size or evaluation_batch_size(device)
        labels: Dict[int, np.ndarray] = {}
        for rows in Tqdm.tqdm(sentences.batches(batch_size, list(position_of)), desc="labelling"):
            tag_ids = teacher(sentences.tensors(rows, device)["tokens"])
            labels.update(zip((position_of[row] for row in rows), tag_ids))
        for others in self._processes.exchange(labels):
            labels.update(others)
        self.labels, self._order, self._used = labels, [], 0

    def drop_labels(self) -> None:
        """Leaves nothing to draw."""
        self.labels = {}

    def next_batch(self) -> TensorDict:
        """
        This process's share of the next labelled sentences: the tensors of
        `IndexedSentences.tensors`, and with several processes `weight`, what the mean over them
        counts. When all have been used, they come again in a new order.
        """
        if self._used >= len(self._order):
            labelled = sorted(self.labels)
            shuffled = torch.randperm(len(labelled), generator=self._generator).tolist()
            self._order, self._used = [labelled[index] for index in shuffled], 0
        chosen = self._order[self._used : self._used + self._batch_size]
        self._used += len(chosen)
        # Where too few sentences are left for all processes, the first ones are taken again.
        missing = self._processes.number - len(chosen)
        chosen += (self._order * missing)[: max(missing, 0)]
        share = self._processes.share(chosen)
        batch = self._loader.sentences.tensors(
            [self._rows[index] for index in share],
            self._loader.device,
            [self.labels[index] for index in share],
        )
        if self._processes.number > 1:
            batch["weight"] = self._processes.weight(chosen)
        return batch

    def state_dict(self) -> Dict[str, Any]:
        """Labels, order and random generator, as plain numbers and tensors."""
        labelled = sorted(self.labels)
        labels = [torch.from_numpy(self.labels[index]) for index in labelled]
        return {
            "generator": self._generator.get_state(),
            "rows": torch.tensor(labelled, dtype=torch.long),
            "labels": torch.cat([torch.zeros(0, dtype=torch.long), *labels]),
            "label_counts": torch.tensor(list(map(len, labels)), dtype=torch.long),
            "order": torch.tensor(self._order, dtype=torch.long),
            "used": self._used,
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        """What `state_dict` has given for a pool of the same sentences."""
        self._generator.set_state(state_dict["generator"].cpu())
        pieces = state_dict["labels"].cpu().split(state_dict["label_counts"].tolist())
        self.labels = {
            index: piece.numpy() for index, piece in zip(state_dict["rows"].tolist(), pieces)
        }
        self._order = state_dict["order"].tolist()
        self._used = state_dict["used"]
