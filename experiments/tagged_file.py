"""
The files in which evaluation leaves its predictions: columns `token gold predicted` parted by
single spaces, IOB2, a blank line after each sentence.
"""

from os import PathLike
from typing import Dict, Iterator, List, NamedTuple, Union

import numpy as np
from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.text_file import read_text_file
from xner_allennlp.spans import split_tag


class TaggedSentence(NamedTuple):
    """A sentence's words, each with its gold and its predicted tag."""

    words: List[str]
    gold: List[str]
    predicted: List[str]


class TaggedFile(NamedTuple):
    """
    The sentences of a file, one after the other.

    # Parameters

    words : `List[str]`
        Of all sentences.
    tags : `List[str]`
        The tags that occur.
    gold, predicted : `np.ndarray`
        Indices into `tags`, shape: (words,)
    lengths : `np.ndarray`
        Words of each sentence, shape: (sentences,)
    """

    words: List[str]
    tags: List[str]
    gold: np.ndarray
    predicted: np.ndarray
    lengths: np.ndarray

    def sentences(self) -> Iterator[TaggedSentence]:
        gold = [self.tags[index] for index in self.gold]
        predicted = [self.tags[index] for index in self.predicted]
        start = 0
        for length in self.lengths.tolist():
            end = start + length
            yield TaggedSentence(self.words[start:end], gold[start:end], predicted[start:end])
            start = end


def read_tagged_file(path: Union[str, "PathLike[str]"]) -> TaggedFile:
    """
    Reads predictions. The last two columns are the tags, so a token may contain spaces.

    # Raises

    `ConfigurationError`
        Naming file and line: fewer than three columns, or a tag not understood; if the file has no
        sentence or cannot be read.
    """
    words: List[str] = []
    index: Dict[str, int] = {}
    gold: List[int] = []
    predicted: List[int] = []
    lengths: List[int] = []
    length = 0
    for number, line in read_text_file(path):
        if not line.strip(" \t"):
            if length:
                lengths.append(length)
            length = 0
            continue
        columns = line.rsplit(" ", 2)
        if len(columns) != 3:
            raise ConfigurationError(
                f"{path}, line {number}: {excerpt(line)!r} is not `token gold predicted`; give the "
                ".conll file of an evaluation"
            )
        for tag, column in zip(columns[1:], (gold, predicted)):
            if tag not in index:
                try:
                    split_tag(tag)
                except ValueError as error:
                    raise ConfigurationError(f"{path}, line {number}: {error}") from None
                index[tag] = len(index)
            column.append(index[tag])
        words.append(columns[0])
        length += 1
    if length:
        lengths.append(length)
    if not lengths:
        raise ConfigurationError(f"{path}: no sentence in this file")
    return TaggedFile(words, list(index), np.array(gold), np.array(predicted), np.array(lengths))
