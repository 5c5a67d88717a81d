from collections import defaultdict
from typing import Dict, Iterator, List, Optional, Protocol

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.common.util import lazy_groups_of
from allennlp.data import DataLoader, DatasetReader, Instance, Vocabulary
from allennlp.data.data_loaders import TensorDict
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput

from xner_allennlp.data.conll_ner import ConllNerReader
from xner_allennlp.data.garbage_collection import paused_garbage_collection
from xner_allennlp.data.indexed_sentences import IndexedSentences
from xner_allennlp.data.processes import Processes


class TargetBatches(Protocol):
    """What gives a training batch its target half: the `pseudo_labels` callback."""

    def target_batch(self, step: int) -> Optional[TensorDict]:
        """The tensors for training step `step` (from 0), or `None` for source only."""


@DataLoader.register("cross_lingual")
class CrossLingualDataLoader(DataLoader):
    """
    Batches of labelled sentences, each batch of one language, held in memory and indexed once.

    For training (`shuffle`), the order of a pass is a function of the seed and the number of the
    pass alone, so an interrupted run goes on with exactly the batches it would have seen.
    Sentences without tags are not trained on: they are the raw target text, which counts for the
    vocabulary and is kept in `unlabelled` for pseudo-labelling.

    Otherwise (validation, test) sentences are grouped by language and by length.

    In distributed training each process holds all sentences and trains on its share of every batch
    (`batch_size` is that of all processes together), so the number of processes does not change
    what is learned. Each evaluates everything, which needs no agreement between them.

    Registered as a `DataLoader` with name "cross_lingual".

    # Parameters

    reader : `DatasetReader`, required.
    data_path : `DatasetReaderInput`, required.
        As the reader takes it; for `conll_ner` a file, or a file for each language.
    batch_size : `int`, optional (default = `16`, the paper's).
    shuffle : `bool`, optional (default = `False`).
        Whether this is the training loader.
    batches_per_epoch : `int`, optional (default = `None`).
        How many batches the trainer calls an epoch (the paper evaluates after every 150); the
        passes over the data go on across epochs. `None`: an epoch is a pass.
    seed : `int`, optional (default = `13370`).
    sort_by_length : `bool`, optional (default = `True`).
        Whether batches without `shuffle` are made of sentences of similar length. `False` keeps
        the order of the file.
    quiet : `bool`, optional (default = `False`).
        Whether to read without a progress bar.

    # Raises

    `ConfigurationError` if there is no sentence, or none with tags to train on; and for training,
    if there are fewer sentences of a language than processes.
    """

    def __init__(
        self,
        reader: DatasetReader,
        data_path: DatasetReaderInput,
        batch_size: int = 16,
        shuffle: bool = False,
        batches_per_epoch: Optional[int] = None,
        seed: int = 13370,
        sort_by_length: bool = True,
        quiet: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ConfigurationError(f"batch_size must be at least 1, got {batch_size}")
        if batches_per_epoch is not None and batches_per_epoch < 1:
            raise ConfigurationError(
                f"batches_per_epoch must be at least 1, got {batches_per_epoch}"
            )
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.batches_per_epoch = batches_per_epoch
        self.seed = seed
        self.sort_by_length = sort_by_length
        # Set by the `pseudo_labels` callback at the start of training.
        self.target_batches: Optional[TargetBatches] = None
        # Set by `index_with`: all sentences, labelled ones first.
        self._sentences: Optional[IndexedSentences] = None
        self._device: Optional[torch.device] = None
        self._processes = Processes.current()
        self._next_step = 0
        self._resume_at = 0

        if self._processes.number > 1:
            if not isinstance(reader, ConllNerReader):
                raise ConfigurationError(
                    "distributed training with the data loader `cross_lingual` needs the reader "
                    f"`conll_ner`, got {type(reader).__name__}"
                )
            reader = reader.for_every_process()
        instances = reader.read(data_path)
        if not quiet:
            instances = Tqdm.tqdm(instances, desc=f"reading {data_path}")
        self.labelled: List[Instance] = []
        self.unlabelled: List[Instance] = []
        with paused_garbage_collection():
            for instance in instances:
                (self.labelled if "tags" in instance.fields else self.unlabelled).append(instance)
        if not self.labelled and not self.unlabelled:
            raise ConfigurationError(f"{data_path}: no sentence was read")
        if shuffle and not self.labelled:
            raise ConfigurationError(
                f"{data_path}: none of the {len(self.unlabelled)} sentences has tags to train on"
            )
        self._labelled_rows = list(_by_language(self.labelled).values())
        if shuffle and min(map(len, self._labelled_rows)) < self._processes.number:
            raise ConfigurationError(
                f"{data_path}: fewer sentences of a language than the {self._processes.number} "
                "processes that are to train on them"
            )
        # How many batches one pass over the labelled sentences has.
        self.batches_per_pass = sum(len(self._groups(rows)) for rows in self._labelled_rows)
        self._evaluation_batches = None if shuffle else self._batches_by_length()

    @property
    def sentences(self) -> IndexedSentences:
        """All sentences as numbers: the labelled ones, then the others."""
        assert self._sentences is not None, "index_with has not been called"
        return self._sentences

    def resume_at(self, step: int) -> None:
        """
        Yields empty batches up to training step `step`: AllenNLP's trainer iterates over all
        batches it has seen before a checkpoint, without looking at them.
        """
        self._resume_at = step

    def __len__(self) -> int:
        if self.batches_per_epoch is not None:
            return self.batches_per_epoch
        if self._evaluation_batches is None:
            return self.batches_per_pass
        return len(self._evaluation_batches)

    def __iter__(self) -> Iterator[TensorDict]:
        if self._evaluation_batches is not None:
            for rows in self._evaluation_batches[: self.batches_per_epoch]:
                yield self.sentences.tensors(rows, self._device)
            return
        for _ in range(len(self)):
            step = self._next_step
            self._next_step += 1
            yield self._training_batch(step) if step >= self._resume_at else {}

    def _training_batch(self, step: int) -> TensorDict:
        number_of_pass, position = divmod(step, self.batches_per_pass)
        if position == 0 or step == self._resume_at:
            self._pass = self._shuffled_batches(number_of_pass)
        rows = self._pass[position]
        batch = self.sentences.tensors(self._processes.share(rows), self._device)
        if self._processes.number > 1:
            batch["weight"] = self._processes.weight(rows)
        if self.target_batches is not None:
            target = self.target_batches.target_batch(step)
            if target is not None:
                batch["target"] = target
        return batch

    def _shuffled_batches(self, number_of_pass: int) -> List[List[int]]:
        generator = torch.Generator()
        generator.manual_seed(self.seed * 1_000_003 + number_of_pass)
        batches: List[List[int]] = []
        for rows in self._labelled_rows:
            order = torch.randperm(len(rows), generator=generator).tolist()
            batches.extend(self._groups([rows[place] for place in order]))
        return [batches[place] for place in torch.randperm(len(batches), generator=generator)]

    def _groups(self, rows: List[int]) -> List[List[int]]:
        """Batches of consecutive rows, in each of which every process has a share."""
        groups = list(lazy_groups_of(rows, self.batch_size))
        if len(groups) > 1 and len(groups[-1]) < self._processes.number:
            rest = groups.pop()
            groups[-1] = groups[-1] + rest
        return groups

    def _batches_by_length(self) -> List[List[int]]:
        instances = self.labelled + self.unlabelled
        batches: List[List[int]] = []
        for rows in _by_language(instances).values():
            if self.sort_by_length:
                rows = sorted(rows, key=lambda row: len(instances[row]["tokens"]), reverse=True)
            batches.extend(lazy_groups_of(rows, self.batch_size))
        return batches

    def iter_instances(self) -> Iterator[Instance]:
        yield from self.labelled
        yield from self.unlabelled

    def index_with(self, vocab: Vocabulary) -> None:
        with paused_garbage_collection():
            self._sentences = IndexedSentences(self.labelled + self.unlabelled, vocab)

    def set_target_device(self, device: torch.device) -> None:
        self._device = device

    @property
    def device(self) -> Optional[torch.device]:
        return self._device


def _by_language(instances: List[Instance]) -> Dict[str, List[int]]:
    rows: Dict[str, List[int]] = defaultdict(list)
    for row, instance in enumerate(instances):
        rows[instance["metadata"]["language"]].append(row)
    return rows
