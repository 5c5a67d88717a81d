"""
The files in which evaluation leaves its predictions: columns `token gold predicted` with single
spaces between them, IOB2, a blank line after each sentence.
"""

from os import PathLike
from typing import List, NamedTuple, Set, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.common.text_file import read_text_file
from xner_allennlp.spans import split_tag


class TaggedSentence(NamedTuple):
    """A sentence's words, each with its gold and its predicted tag."""

    words: List[str]
    gold: List[str]
    predicted: List[str]


def read_tagged_file(path: Union[str, "PathLike[str]"]) -> List[TaggedSentence]:
    """
    Reads predictions. The last two columns are the tags, so a token may contain spaces.

    # Raises

    `ConfigurationError`
        Naming file and line: fewer than three columns, or a tag not understood; if the file has no
        sentence or cannot be read.
    """
    sentences: List[TaggedSentence] = []
    known_tags: Set[str] = set()
    is_new_sentence = True
    for number, line in read_text_file(path):
        if not line.strip(" \t"):
            is_new_sentence = True
            continue
        columns = line.rsplit(" ", 2)
        if len(columns) != 3:
            raise ConfigurationError(
                f"{path}, line {number}: {excerpt(line)!r} is not `token gold predicted`; give the "
                ".conll file of an evaluation"
            )
        for tag in {*columns[1:]} - known_tags:
            try:
                split_tag(tag)
            except ValueError as error:
                raise ConfigurationError(f"{path}, line {number}: {error}") from None
            known_tags.add(tag)
        if is_new_sentence:
            sentences.append(TaggedSentence([], [], []))
            is_new_sentence = False
        for cells, cell in zip(sentences[-1], columns):
            cells.append(cell)
    if not sentences:
        raise ConfigurationError(f"{path}: no sentence in this file")
    return sentences
