"""The data loader of training and evaluation: each batch of one language."""

import contextlib
import gc
from typing import Callable, Dict, Iterator, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.common.util import lazy_groups_of
from allennlp.data import DataLoader, DatasetReader, Instance, Vocabulary
from allennlp.data.data_loaders import TensorDict
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput

from xner_allennlp.common.bounds import check_at_least_one
from xner_allennlp.data.conll_ner import ConllNerReader
from xner_allennlp.data.indexed_sentences import IndexedSentences
from xner_allennlp.data.processes import Processes
from xner_allennlp.text.sentence_arrays import evaluation_batch_size


@DataLoader.register("cross_lingual")
class CrossLingualDataLoader(DataLoader):
    """
    Batches of labelled sentences, each batch of one language, held in memory and indexed once.

    For training (`shuffle`), the order of a pass is a function of the seed and the number of the
    pass alone, so an interrupted run goes on with exactly the batches it would have seen.
    Sentences without tags are not trained on: they are the raw target text, which counts for the
    vocabulary and is kept in `unlabelled` for pseudo-labelling (see `TargetPool`).

    Otherwise (validation, test) sentences are grouped by language and by length.

    In distributed training each process holds all sentences and trains on its share of every batch
    (`batch_size` is that of all processes together), so the number of processes does not change
    what is learned. Each evaluates everything, which needs no agreement between them.

    Registered as a `DataLoader` with name "cross_lingual".

    # Parameters

    reader : `DatasetReader`, required.
    data_path : `DatasetReaderInput`, required.
        As the reader takes it; for `conll_ner` a file, or a file for each language.
    batch_size : `int`, optional (default = `None`).
        `None`: 16, the paper's, for training; 256 for evaluation, on CUDA 1024.
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
        batch_size: Optional[int] = None,
        shuffle: bool = False,
        batches_per_epoch: Optional[int] = None,
        seed: int = 13370,
        sort_by_length: bool = True,
        quiet: bool = False,
    ) -> None:
        check_at_least_one(batch_size=batch_size, batches_per_epoch=batches_per_epoch)
        self.data_path = data_path
        self.shuffle = shuffle
        self.batches_per_epoch = batches_per_epoch
        self.seed = seed
        self.sort_by_length = sort_by_length
        # Set by callbacks at the start of training: what a training step (from 0) reads beside its
        # source batch, by the name of the model's argument, "target" or "translated"; `None` if it
        # reads nothing else.
        self.further_batches: Dict[str, Callable[[int], Optional[TensorDict]]] = {}
        self.device: Optional[torch.device] = None
        self._batch_size = 16 if batch_size is None and shuffle else batch_size
        # Set by `index_with`: all sentences, labelled ones first.
        self._sentences: Optional[IndexedSentences] = None
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
        with _paused_garbage_collection():
            for instance in instances:
                (self.labelled if "tags" in instance.fields else self.unlabelled).append(instance)
        if not self.labelled and not self.unlabelled:
            raise ConfigurationError(f"{data_path}: no sentence was read")
        if shuffle and not self.labelled:
            raise ConfigurationError(
                f"{data_path}: none of the {len(self.unlabelled)} sentences has tags to train on"
            )
        # The rows of each language.
        self._labelled_rows: Dict[str, List[int]] = {}
        for row, instance in enumerate(self.labelled):
            self._labelled_rows.setdefault(instance["metadata"]["language"], []).append(row)
        number = self._processes.number
        if shuffle and min(map(len, self._labelled_rows.values())) < number:
            raise ConfigurationError(
                f"{data_path}: fewer sentences of a language than the {number} processes that are "
                "to train on them"
            )
        if shuffle and self.batch_size < number:
            raise ConfigurationError(
                f"data_loader.batch_size is {self.batch_size}, fewer than the {number} processes "
                "that are to share a batch: give it at least as many, and for as many sentences in "
                "a step a smaller trainer.num_gradient_accumulation_steps"
            )
        # How many batches one pass over the labelled sentences has.
        self.batches_per_pass = sum(map(len, map(self._groups, self._labelled_rows.values())))

    @property
    def batch_size(self) -> int:
        """Sentences in a batch."""
        return self._batch_size or evaluation_batch_size(self.device)

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
        return self.batches_per_pass if self.shuffle else len(self._evaluation_batches())

    def __iter__(self) -> Iterator[TensorDict]:
        if not self.shuffle:
            for rows in self._evaluation_batches()[: self.batches_per_epoch]:
                yield self.sentences.tensors(rows, self.device)
            return
        for _ in range(len(self)):
            step = self._next_step
            self._next_step += 1
            yield self._training_batch(step) if step >= self._resume_at else {}

    def _evaluation_batches(self) -> List[List[int]]:
        return self.sentences.batches(self.batch_size, sort_by_length=self.sort_by_length)

    def _training_batch(self, step: int) -> TensorDict:
        number_of_pass, position = divmod(step, self.batches_per_pass)
        if position == 0 or step == self._resume_at:
            self._pass = self._shuffled_batches(number_of_pass)
        rows = self._pass[position]
        batch = self.sentences.tensors(self._processes.share(rows), self.device)
        if self._processes.number > 1:
            batch["weight"] = self._processes.weight(rows)
        for name, batch_of_step in self.further_batches.items():
            further = batch_of_step(step)
            if further is not None:
                batch[name] = further
        return batch

    def _shuffled_batches(self, number_of_pass: int) -> List[List[int]]:
        generator = torch.Generator()
        generator.manual_seed(self.seed * 1_000_003 + number_of_pass)
        batches: List[List[int]] = []
        for rows in self._labelled_rows.values():
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

    def iter_instances(self) -> Iterator[Instance]:
        yield from self.labelled
        yield from self.unlabelled

    def index_with(self, vocab: Vocabulary) -> None:
        with _paused_garbage_collection():
            self._sentences = IndexedSentences(self.labelled + self.unlabelled, vocab)

    def set_target_device(self, device: torch.device) -> None:
        self.device = device


@contextlib.contextmanager
def _paused_garbage_collection() -> Iterator[None]:
    """
    For making millions of objects that all stay: Python's cyclic garbage collector would look
    through all of them again and again, and take more time than reading itself.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
