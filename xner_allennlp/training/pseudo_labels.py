import logging
import math
from typing import TYPE_CHECKING, Any, Dict, List, Optional

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.data import DatasetReader
from allennlp.data.data_loaders import TensorDict
from allennlp.training.callbacks import TrainerCallback

from xner_allennlp.data import ConllNerReader, CrossLingualDataLoader, Processes
from xner_allennlp.models import required_tagger
from xner_allennlp.spans import EntityFinder
from xner_allennlp.training.keep_best import KeepBest
from xner_allennlp.training.pseudo_label_journal import (
    PseudoLabelJournal,
    check_same_sentences,
)
from xner_allennlp.training.training_loader import cross_lingual_loader

if TYPE_CHECKING:
    from allennlp.training.gradient_descent_trainer import GradientDescentTrainer

logger = logging.getLogger(__name__)


@TrainerCallback.register("pseudo_labels")
class PseudoLabels(TrainerCallback):
    """
    Augmented fine-tuning (paper, Algorithm 1, steps 3-5). Before each round of `n_steps` batches a
    length l is drawn from U(min, max), the source path labels the raw target sentences of at most
    l words, and in the round each source batch comes with a batch of these sentences.

    The target sentences are those without tags among the training data, e.g. `train_data_path:
    {"source": ..., "target": ...}` with the reader's `untagged_languages: ["target"]`. Labels live
    in memory only; no file is written or read again.

    What was labelled in each round is written to `pseudo_labels.jsonl` (see `PseudoLabelJournal`).

    The state of a round (its length, labels and order, and the random generator) is saved with the
    trainer's checkpoints.

    Registered as a `TrainerCallback` with name "pseudo_labels".

    # Parameters

    n_steps : `int`, optional (default = `150`).
        Batches in a round. The paper does not state its number; this is its evaluation rhythm.
    pretraining_passes : `float`, optional (default = `0`).
        Passes over the source data before the first round, in which only the source path is
        trained (Algorithm 1, step 2), rounded up to whole epochs of the trainer. 0 where the model
        starts from a trained one (`pretrained_file`). The best epoch is chosen among those after
        pre-training.
    min_length, max_length : `int`, optional (default = `None`)
        Bounds of l in words; by default the shortest and longest target sentence, as in the paper.
    batch_size : `int`, optional (default = `None`).
        Target sentences in a batch; by default as many as source sentences.
    labelling_batch_size : `int`, optional (default = `256`).
        Sentences labelled at once; no effect on the result.
    seed : `int`, optional (default = `13370`).
    gold_file : `str`, optional (default = `None`)
        For analysis only: the raw target sentences with their true tags, with which the journal
        scores the labels of each round. Nothing that is trained depends on it.
    gold_reader : `DatasetReader`, optional (default = `None`)
        A `conll_ner` that reads `gold_file`, usually that of validation.

    # Raises

    `ConfigurationError` at the start of training if there is no raw target sentence, the bounds
    exclude all of them, the loader or model is not ours, or `gold_file` has other sentences.
    """

    def __init__(
        self,
        serialization_dir: str,
        n_steps: int = 150,
        pretraining_passes: float = 0,
        min_length: Optional[int] = None,
        max_length: Optional[int] = None,
        batch_size: Optional[int] = None,
        labelling_batch_size: int = 256,
        seed: int = 13370,
        gold_file: Optional[str] = None,
        gold_reader: Optional[DatasetReader] = None,
    ) -> None:
        super().__init__(serialization_dir)
        for name, value in (
            ("n_steps", n_steps),
            ("batch_size", batch_size),
            ("labelling_batch_size", labelling_batch_size),
        ):
            if value is not None and value < 1:
                raise ConfigurationError(f"pseudo_labels: {name} must be at least 1, got {value}")
        if pretraining_passes < 0:
            raise ConfigurationError(
                f"pseudo_labels: pretraining_passes must be >= 0, got {pretraining_passes}"
            )
        if gold_file is not None and not isinstance(gold_reader, ConllNerReader):
            raise ConfigurationError("pseudo_labels: gold_file needs a `conll_ner` as gold_reader")
        self.n_steps = n_steps
        self.pretraining_passes = pretraining_passes
        self.min_length = min_length
        self.max_length = max_length
        self.batch_size = batch_size
        self.labelling_batch_size = labelling_batch_size

        self._gold_file = gold_file
        self._gold_reader = gold_reader
        # Of the primary process only.
        self._journal: Optional[PseudoLabelJournal] = None
        self._generator = torch.Generator()
        self._generator.manual_seed(seed)
        self._round = 0
        self._length = 0
        # The labels of this round: place in the pool -> label indices.
        self._labels: Dict[int, np.ndarray] = {}
        # The order in which this round's sentences are used up, and how many have been.
        self._order: List[int] = []
        self._used = 0

    def on_start(
        self, trainer: "GradientDescentTrainer", is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary)
        self._model = required_tagger(trainer.model, "pseudo_labels")
        loader = cross_lingual_loader(trainer, "pseudo_labels")
        self._loader: CrossLingualDataLoader = loader
        sentences = loader.sentences
        # The raw target sentences, as rows of the loader's sentences, and their numbers of words.
        self._pool = [
            row
            for row in range(len(loader.labelled), len(sentences))
            if sentences.languages[row] == "target"
        ]
        self._lengths: List[int] = sentences.lengths[self._pool].tolist()
        self._processes = Processes.current()
        self._check_pool()
        if self.batch_size is None:
            self.batch_size = loader.batch_size
        pretraining_batches = self.pretraining_passes * loader.batches_per_pass
        self._first_step = math.ceil(pretraining_batches / len(loader)) * len(loader)
        loader.target_batches = self
        if is_primary:
            self._journal = PseudoLabelJournal(self.serialization_dir, self._read_gold())
            self._journal.resume_at(self._round)
        logger.info(
            "pseudo-labels: %d raw target sentences of %d to %d words; %d batches of pre-training, "
            "then a round of labels every %d batches",
            len(self._pool),
            self._shortest,
            self._longest,
            self._first_step,
            self.n_steps,
        )

    def _read_gold(self) -> Optional[List[List[str]]]:
        """The true tags of each sentence of the pool, if a file has them."""
        if self._gold_file is None:
            return None
        assert isinstance(self._gold_reader, ConllNerReader)
        reader = self._gold_reader.for_every_process()
        gold = list(reader.read({"target": self._gold_file}))
        pool = self._loader.unlabelled
        words = [i["metadata"]["words"] for i in pool if i["metadata"]["language"] == "target"]
        check_same_sentences(words, [i["metadata"]["words"] for i in gold], self._gold_file)
        return [instance["tags"].labels for instance in gold]

    def _check_pool(self) -> None:
        if not self._pool:
            raise ConfigurationError(
                "pseudo_labels: the training data has no raw target sentence: give "
                '`train_data_path` as {"source": FILE, "target": FILE} and the reader '
                '`untagged_languages: ["target"]`'
            )
        lengths = self._lengths
        self._shortest = min(lengths) if self.min_length is None else self.min_length
        self._longest = max(lengths) if self.max_length is None else self.max_length
        if self._shortest > self._longest:
            raise ConfigurationError(
                f"pseudo_labels: min_length {self._shortest} is above max_length {self._longest}"
            )
        if self._longest < min(lengths):
            raise ConfigurationError(
                f"pseudo_labels: max_length {self._longest} excludes every target sentence; "
                f"the shortest has {min(lengths)} words"
            )

    def target_batch(self, step: int) -> Optional[TensorDict]:
        """
        The pseudo-labelled batch for training step `step`, or `None` in pre-training and in a
        round without labels. Starts a new round where one is due.
        """
        if step < self._first_step:
            return None
        since_start = step - self._first_step
        if since_start % self.n_steps == 0:
            if since_start == 0 and self.pretraining_passes > 0:
                self._forget_pretraining_epochs()
            self._start_round(step)
        if not self._labels:
            return None
        return self._next_batch()

    def _forget_pretraining_epochs(self) -> None:
        """Lets model selection see only epochs in which the target path was trained."""
        assert self.trainer is not None
        tracker = self.trainer._metric_tracker
        epoch = tracker._epoch_number
        tracker.clear()
        tracker._epoch_number = epoch  # Epochs keep their numbers.
        for callback in self.trainer._callbacks:
            if isinstance(callback, KeepBest):
                callback.forget()
        logger.info("pre-training is over; the best epoch is chosen among those from now on")

    def _start_round(self, step: int) -> None:
        # l ~ U(min, max), bounds included
        self._length = int(
            torch.randint(self._shortest, self._longest + 1, (), generator=self._generator)
        )
        short = [place for place, length in enumerate(self._lengths) if length <= self._length]
        self._labels = self._label(short)
        self._order, self._used = [], 0
        types = self._entity_types()
        logger.info(
            "pseudo-labels, round %d: l = %d words, %d of %d target sentences, %d entities (%s)",
            self._round,
            self._length,
            len(short),
            len(self._pool),
            sum(types.values()),
            ", ".join(f"{kind} {count}" for kind, count in sorted(types.items())) or "none",
        )
        if self._journal is not None:
            names = self._model.vocab.get_index_to_token_vocabulary(self._model.label_namespace)
            self._journal.write(
                number=self._round,
                epoch=step // len(self._loader),
                length=min(self._length, max(self._lengths)),
                labels={
                    place: [names[index] for index in labels.tolist()]
                    for place, labels in self._labels.items()
                },
            )
        if not types:
            # All-O labels would only teach the target path that there are no entities.
            self._labels = {}
            logger.warning(
                "pseudo-labels, round %d: %s; this round trains on source batches only",
                self._round,
                "no sentence is that short" if not short else "no entity was labelled",
            )
        self._round += 1

    def _label(self, places: List[int]) -> Dict[int, np.ndarray]:
        """Labels sentences of the pool by the source path, the teacher."""
        by_length = sorted(places, key=lambda place: self._lengths[place])
        mine = self._processes.share(by_length)
        starts = range(0, len(mine), self.labelling_batch_size)
        labels: Dict[int, np.ndarray] = {}
        was_training = self._model.training
        self._model.eval()
        try:
            for start in Tqdm.tqdm(starts, desc=f"labelling, round {self._round}"):
                some = mine[start : start + self.labelling_batch_size]
                tokens = self._tensors(some)["tokens"]
                labels.update(zip(some, self._model.predict_tag_ids(tokens, "source")))
        finally:
            self._model.train(was_training)
        for others in self._processes.exchange(labels):
            labels.update(others)
        return labels

    def _tensors(self, places: List[int], tags: Optional[List[np.ndarray]] = None) -> TensorDict:
        rows = [self._pool[place] for place in places]
        return self._loader.sentences.tensors(rows, self._loader.device, tags)

    def _entity_types(self) -> Dict[str, int]:
        """How many entities of each type that occurs were labelled."""
        if not self._labels:
            return {}
        names = self._model.vocab.get_index_to_token_vocabulary(self._model.label_namespace)
        finder = EntityFinder(names)
        all_labels = list(self._labels.values())
        lengths = np.array([len(labels) for labels in all_labels])
        types = finder.find(np.concatenate(all_labels), lengths).type
        counts = np.bincount(types, minlength=len(finder.types)).tolist()
        return {name: count for name, count in zip(finder.types, counts) if count}

    def _next_batch(self) -> TensorDict:
        assert self.batch_size is not None
        if self._used >= len(self._order):
            places = sorted(self._labels)
            shuffled = torch.randperm(len(places), generator=self._generator).tolist()
            self._order, self._used = [places[index] for index in shuffled], 0
        places = self._order[self._used : self._used + self.batch_size]
        self._used += len(places)
        # Where too few sentences are left for all processes, the first ones are taken again.
        missing = self._processes.number - len(places)
        places += (self._order * missing)[: max(missing, 0)]
        mine = self._processes.share(places)
        batch = self._tensors(mine, [self._labels[place] for place in mine])
        if self._processes.number > 1:
            batch["weight"] = self._processes.weight(places)
        return batch

    def state_dict(self) -> Dict[str, Any]:
        places = sorted(self._labels)
        return {
            "round": self._round,
            "length": self._length,
            "generator": self._generator.get_state(),
            "rows": torch.tensor(places, dtype=torch.long),
            "labels": torch.tensor(
                [label for place in places for label in self._labels[place].tolist()],
                dtype=torch.long,
            ),
            "label_counts": torch.tensor(
                [len(self._labels[place]) for place in places], dtype=torch.long
            ),
            "order": torch.tensor(self._order, dtype=torch.long),
            "used": self._used,
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._round = state_dict["round"]
        self._length = state_dict["length"]
        self._generator.set_state(state_dict["generator"].cpu())
        pieces = state_dict["labels"].cpu().split(state_dict["label_counts"].tolist())
        self._labels = {
            place: piece.numpy() for place, piece in zip(state_dict["rows"].tolist(), pieces)
        }
        self._order = state_dict["order"].tolist()
        self._used = state_dict["used"]
