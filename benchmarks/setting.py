"""What both sides of a comparison share: data, sizes, and the paper's dimensions."""

import itertools
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Tuple

WORD_DIM, CHARACTER_DIM, CHARACTER_HIDDEN, WORD_HIDDEN, COMMON_DIM, LABELS = (
    300,
    25,
    25,
    100,
    100,
    17,
)
BATCH_SIZE = 16
MAX_LENGTH = 250
DROPOUT, LEARNING_RATE, GRAD_NORM = 0.5, 0.1, 5.0
ENTITY_TYPES = ("LOC", "MISC", "ORG", "PER")
LABEL_NAMES = ["O"] + [f"{prefix}-{name}" for name in ENTITY_TYPES for prefix in "BILU"]

Sentence = Tuple[List[str], List[str]]


@dataclass(frozen=True)
class Setting:
    """Where the data is and how much of it is used; `folder` is for what the benchmark writes."""

    data: Path
    mapping: Path
    folder: Path
    batches: int = 40
    round_batches: int = 150
    pool_sentences: int = 2000
    round_pool_sentences: int = 0
    dev_sentences: int = 0

    def vectors(self, language: str) -> Path:
        return self.data / "vectors" / f"{language}.vec.gz"

    def corpus(self, language: str, split: str, first: int = 0) -> Path:
        """A corpus file, or a copy of its `first` sentences (0: all)."""
        path = self.data / "ner" / language / f"{language}.{split}"
        if not first:
            return path
        part = self.folder / f"{path.name}.{first}"
        if not part.exists():
            unfinished = part.with_suffix(f".{os.getpid()}")
            with unfinished.open("w", encoding="utf-8") as file:
                for words, tags in itertools.islice(sentences(path), first):
                    file.writelines(f"{word} {tag}\n" for word, tag in zip(words, tags))
                    file.write("\n")
            unfinished.rename(part)
        return part

    @property
    def train(self) -> Path:
        return self.corpus("en", "train")

    @property
    def pool(self) -> Path:
        """The target sentences of the row `relabelling`."""
        return self.corpus("nl", "train", self.pool_sentences)

    @property
    def round_pool(self) -> Path:
        """The target sentences of the row `joint_round`."""
        return self.corpus("nl", "train", self.round_pool_sentences)

    def dev(self, language: str) -> Path:
        return self.corpus(language, "testa", self.dev_sentences)


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a two-column CoNLL file."""
    words: List[str] = []
    tags: List[str] = []
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in itertools.chain(file, ["\n"]):
            columns = line.rstrip("\r\n").split(" ")
            if len(columns) > 1:
                words.append(columns[0])
                tags.append(columns[-1])
            elif words:
                yield words, tags
                words, tags = [], []


def random_batches(path: Path, number: int, seed: int = 1) -> List[List[List[str]]]:
    """The words of `number` training batches, to count what a batch has on average."""
    words = [sentence for sentence, _ in sentences(path) if len(sentence) <= MAX_LENGTH]
    generator = random.Random(seed)
    return [generator.sample(words, BATCH_SIZE) for _ in range(number)]
