"""What is written of each round of pseudo-labels, with how good they are where that is known."""

import json
import os
from collections import Counter
from typing import Any, Dict, Iterable, List, Optional, Sequence

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from xner_allennlp.common import full_disk_told, whole_file
from xner_allennlp.data import ConllNerReader
from xner_allennlp.spans import EntityFinder, entity_spans
from xner_allennlp.spans.conll_f1 import scores_of_counts

FILE_NAME = "pseudo_labels.jsonl"


class PseudoLabelJournal:
    """
    Writes `pseudo_labels.jsonl`, a JSON object a line for each round: `round`, `epoch`, `length`
    (l, at most that of the longest sentence), `sentences` (that are short enough), `entities` of
    each type, `type_divergence` (of these from the first round's, see `Drift`; left out where there
    are none to compare), `agreement` of the two paths, if both label (the share of words, of those
    that either calls a part of an entity, that both tag alike, in [0, 1]); and with gold tags
    `precision`, `recall`, `f1`, overall (micro-averaged) and for each of `types` with its
    `support`, as conlleval counts, in [0, 1].

    # Parameters

    folder : `str`
        The run's folder.
    gold : `Sequence[Sequence[str]]`, optional (default = `None`)
        The true tags of each sentence of the pool, of any scheme.
    """

    def __init__(self, folder: str, gold: Optional[Sequence[Sequence[str]]] = None) -> None:
        self._path = os.path.join(folder, FILE_NAME)
        self._gold = None if gold is None else [set(entity_spans(tags)) for tags in gold]

    def resume_at(self, number: int) -> None:
        """Forgets what is written of round `number` and later ones, which will come (again)."""
        if not os.path.exists(self._path):
            return
        # In bytes: an interruption may cut a line off within a character. Such a line has no end.
        with open(self._path, "rb") as file:
            lines = [line for line in file if line.endswith(b"\n")]
        kept = [line for line in lines if json.loads(line)["round"] < number]
        with whole_file(self._path) as file:
            file.writelines(kept)

    def write(
        self,
        *,
        number: int,
        epoch: int,
        length: int,
        labels: Dict[int, List[str]],
        type_divergence: Optional[float] = None,
        agreement: Optional[float] = None,
    ) -> None:
        """
        # Parameters

        number : `int`
            Of the round, from 0.
        epoch : `int`
            The trainer's, from 0, in which the round begins.
        length : `int`
            l, in words.
        labels : `Dict[int, List[str]]`
            Place in the pool -> the tags given to that sentence.
        type_divergence : `float`, optional (default = `None`)
            In bits.
        agreement : `float`, optional (default = `None`)
        """
        found = {position: set(entity_spans(tags)) for position, tags in labels.items()}
        predicted = Counter(entity.type for entities in found.values() for entity in entities)
        line: Dict[str, Any] = {
            "round": number,
            "epoch": epoch,
            "length": length,
            "sentences": len(labels),
            "entities": dict(sorted(predicted.items())),
        }
        if type_divergence is not None:
            line["type_divergence"] = type_divergence
        if agreement is not None:
            line["agreement"] = agreement
        if self._gold is not None:
            gold = Counter(entity.type for position in found for entity in self._gold[position])
            correct = Counter(
                entity.type
                for position in found
                for entity in found[position] & self._gold[position]
            )
            line.update(scores_of_counts(correct.total(), predicted.total(), gold.total()))
            line["types"] = {
                name: {
                    **scores_of_counts(correct[name], predicted[name], gold[name]),
                    "support": gold[name],
                }
                for name in sorted({*gold, *predicted})
            }
        with full_disk_told(self._path), open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def entity_types(labels: Iterable[np.ndarray], names: Dict[int, str]) -> Dict[str, int]:
    """How many entities of each type that occurs are in sentences with these label indices."""
    all_labels = list(labels)
    if not all_labels:
        return {}
    finder = EntityFinder(names)
    lengths = np.array(list(map(len, all_labels)))
    types = finder.find(np.concatenate(all_labels), lengths).type
    counts = np.bincount(types, minlength=len(finder.types)).tolist()
    return {name: count for name, count in zip(finder.types, counts) if count}


def check_gold(
    gold_file: Optional[str], gold_reader: Optional[DatasetReader], callback: str
) -> None:
    """Raises `ConfigurationError` if `gold_tags` would have no reader for its file."""
    if gold_file is not None and not isinstance(gold_reader, ConllNerReader):
        raise ConfigurationError(f"{callback}: gold_file needs a `conll_ner` as gold_reader")


def gold_tags(
    pool: Sequence[Sequence[str]], gold_file: Optional[str], gold_reader: Optional[DatasetReader]
) -> Optional[List[List[str]]]:
    """
    The true tags of each sentence of a pool with these words, if there is a file that has them.

    # Raises

    `ConfigurationError` if the file has other sentences.
    """
    if gold_file is None:
        return None
    assert isinstance(gold_reader, ConllNerReader)
    gold = list(gold_reader.for_every_process().read({"target": gold_file}))
    check_same_sentences(pool, [instance["metadata"]["words"] for instance in gold], gold_file)
    return [instance["tags"].labels for instance in gold]


def check_same_sentences(
    pool: Sequence[Sequence[str]], gold: Sequence[Sequence[str]], gold_file: Any
) -> None:
    """Raises `ConfigurationError` unless both have the same words in the same order."""
    if len(pool) != len(gold):
        raise ConfigurationError(
            f"{gold_file}: {len(gold)} sentences, but there are {len(pool)} raw target sentences "
            "to label; the gold tags must be those of exactly these sentences"
        )
    for number, (ours, theirs) in enumerate(zip(pool, gold), start=1):
        if list(ours) != list(theirs):
            raise ConfigurationError(
                f"{gold_file}: sentence {number} is {' '.join(theirs)!r}, but the raw target "
                f"sentence is {' '.join(ours)!r}; the gold tags must be those of the same sentences"
            )
