"""The raw target sentences of augmented fine-tuning, with their pseudo-labels."""

from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Sized, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.data import Instance, TextFieldTensors
from allennlp.data.data_loaders import TensorDict

from xner_allennlp.data.cross_lingual_data_loader import CrossLingualDataLoader
from xner_allennlp.data.label_tensors import joined, parted
from xner_allennlp.data.processes import Processes
from xner_allennlp.data.random_order import RandomOrder
from xner_allennlp.text.sentence_arrays import evaluation_batch_size


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
        self._processes = Processes.current()
        self._order = RandomOrder(seed, batch_size)
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
        # The same by a second teacher, if there is one.
        self.alternatives: Dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def instances(self) -> List[Instance]:
        """The sentences as the reader made them."""
        first = len(self._loader.labelled)
        return [self._loader.unlabelled[row - first] for row in self._rows]

    def words(self) -> List[List[str]]:
        """The words of each sentence."""
        return [instance["metadata"]["words"] for instance in self.instances()]

    def bounds(
        self, min_length: Optional[int], max_length: Optional[int], callback: str
    ) -> Tuple[int, int]:
        """
        The lengths of the shortest and the longest sentence to be labelled, in words: as
        given, or as in the pool.

        # Raises

        `ConfigurationError`, in which `callback` is named, if that leaves no sentence.
        """
        _check_any(self, callback)
        shortest, longest = int(self.lengths.min()), int(self.lengths.max())
        low = shortest if min_length is None else min_length
        high = longest if max_length is None else max_length
        if low > high:
            raise ConfigurationError(
                f"{callback}: min_length {low} is above max_length {high}"
                + ("" if max_length is not None else ", the length of the longest target sentence")
            )
        if high < shortest:
            raise ConfigurationError(
                f"{callback}: max_length {high} excludes every target sentence; "
                f"the shortest has {shortest} words"
            )
        return low, high

    def real_length(self, bound: int) -> int:
        """`bound`, or the length of the longest sentence if none is as long, in words."""
        return min(bound, int(self.lengths.max()))

    def draw_length(self, shortest: int, longest: int) -> int:
        """A length from U(shortest, longest), bounds included."""
        return int(torch.randint(shortest, longest + 1, (), generator=self._order.generator))

    def sample(self, number: int, batch_size: Optional[int] = None) -> Iterator[TextFieldTensors]:
        """The tokens of at most `number` sentences, evenly taken from all, in batches."""
        sentences, device = self._loader.sentences, self._loader.device
        return sentences.sample(number, device, self._rows, batch_size)

    def label(
        self,
        teacher: Callable[[TextFieldTensors], Sequence[np.ndarray]],
        max_length: int,
        batch_size: Optional[int] = None,
    ) -> None:
        """
        Drops all labels, and labels the sentences of at most `max_length` words by `teacher`.

        # Parameters

        teacher : `Callable[[TextFieldTensors], Sequence[np.ndarray]]`, required.
            Takes the tokens of a batch, gives the label indices of each sentence.
        max_length : `int`, required.
        batch_size : `int`, optional (default = what suits the device)
            Sentences labelled at once; no effect on the result.
        """
        short = np.flatnonzero(self.lengths <= max_length)
        self.set_labels(self._labelled(short, teacher, batch_size))

    def label_alternatives(
        self,
        teacher: Callable[[TextFieldTensors], Sequence[np.ndarray]],
        batch_size: Optional[int] = None,
    ) -> None:
        """As `label`: a second teacher labels the sentences that have labels."""
        self.alternatives = self._labelled(
            np.array(sorted(self.labels), dtype=int), teacher, batch_size
        )

    def _labelled(
        self,
        positions: np.ndarray,
        teacher: Callable[[TextFieldTensors], Sequence[np.ndarray]],
        batch_size: Optional[int],
    ) -> Dict[int, np.ndarray]:
        # Sorted, so that processes have equal shares of short and of long sentences.
        by_length = positions[np.argsort(self.lengths[positions], kind="stable")].tolist()
        position_of = {self._rows[index]: index for index in self._processes.share(by_length)}
        sentences, device = self._loader.sentences, self._loader.device
        batch_size = batch_size or evaluation_batch_size(device)
        labels: Dict[int, np.ndarray] = {}
        for rows in Tqdm.tqdm(sentences.batches(batch_size, list(position_of)), desc="labelling"):
            tag_ids = teacher(sentences.tensors(rows, device)["tokens"])
            labels.update(zip((position_of[row] for row in rows), tag_ids))
        for others in self._processes.exchange(labels):
            labels.update(others)
        return labels

    def set_labels(self, labels: Dict[int, np.ndarray]) -> None:
        """Replaces all labels: position -> label indices, `(num_words,)`; drops alternatives."""
        self.labels = labels
        self.alternatives = {}
        self._order.start(sorted(labels))

    def drop_labels(self) -> None:
        """Leaves nothing to draw."""
        self.labels, self.alternatives = {}, {}

    def next_batch(self) -> Tuple[List[int], TensorDict]:
        """
        This process's share of the next labelled sentences: their positions, and the tensors of
        `IndexedSentences.tensors`, with `alternatives` if there are any, and with several processes
        also `weight`, what the mean over them counts. When all have been used, they come again in a
        new order.
        """
        share, weight = self._order.next_batch()
        batch = self._loader.sentences.tensors(
            [self._rows[index] for index in share],
            self._loader.device,
            *(
                [labels[index] for index in share]
                for labels in (self.labels, self.alternatives)
                if labels
            ),
        )
        if weight is not None:
            batch["weight"] = weight
        return share, batch

    def state_dict(self) -> Dict[str, Any]:
        """Labels, order and random generator, as plain numbers and tensors."""
        labelled = sorted(self.labels)
        counts = [len(self.labels[index]) for index in labelled]
        return {
            **self._order.state_dict(),
            "rows": torch.tensor(labelled, dtype=torch.long),
            "labels": joined(self.labels, labelled),
            "alternatives": joined(self.alternatives, labelled if self.alternatives else []),
            "label_counts": torch.tensor(counts, dtype=torch.long),
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        """What `state_dict` has given for a pool of the same sentences."""
        rows, counts = (state_dict[name].tolist() for name in ("rows", "label_counts"))
        self.labels = parted(state_dict["labels"], rows, counts)
        # A checkpoint of an earlier version has none.
        alternatives = state_dict.get("alternatives", torch.zeros(0))
        self.alternatives = parted(alternatives, rows, counts) if len(alternatives) else {}
        self._order.load_state_dict(state_dict, sorted(self.labels))


def raw_target_sentences(loader: CrossLingualDataLoader, callback: str) -> List[Instance]:
    """
    The sentences without tags of the target language. Raises `ConfigurationError`, in which
    `callback` is named, if there is none.
    """
    found = [each for each in loader.unlabelled if each["metadata"]["language"] == "target"]
    _check_any(found, callback)
    return found


def _check_any(sentences: Sized, callback: str) -> None:
    if not len(sentences):
        raise ConfigurationError(
            f"{callback}: the training data has no raw target sentence: give "
            '`train_data_path` as {"source": FILE, "target": FILE} and the reader '
            '`untagged_languages: ["target"]`'
        )
