"""Words that stand for entities, by what a labelled corpus says of them."""

from collections import Counter
from os import PathLike
from typing import Dict, Iterable, List, Sequence, Tuple, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.data.conll_file import read_conll_file
from xner_allennlp.spans import entity_spans
from xner_allennlp.vectors import WordVectors, known_form

_OUTSIDE = ""


def entity_words(path: Union[str, PathLike[str]]) -> Dict[str, str]:
    """
    The words of a labelled CoNLL file that are more often in entities of one type than in those of
    another or outside ("of" is thus no entity word), with this type.

    # Returns

    `Dict[str, str]`
        Word -> entity type, most frequent word first.

    # Raises

    `ConfigurationError`
        If the file cannot be read, has no tags, or no entity.
    """
    file = read_conll_file(path)
    if file.scheme is None:
        raise ConfigurationError(f"{path}: this file has one column, so there are no tags in it.")
    return types_of_words([(each.words, each.tags or []) for each in file.sentences], path)


def types_of_words(
    sentences: Iterable[Tuple[Sequence[str], Sequence[str]]], path: Union[str, PathLike[str]]
) -> Dict[str, str]:
    """The same of `sentences`, words and their tags, which were read from the file `path`."""
    counts: Dict[str, Counter[str]] = {}
    for words, tags in sentences:
        types = [_OUTSIDE] * len(words)
        for span in entity_spans(tags):
            types[span.start : span.end] = [span.type] * (span.end - span.start)
        for word, entity_type in zip(words, types):
            counts.setdefault(word, Counter())[entity_type] += 1
    by_frequency = sorted(counts, key=lambda word: -sum(counts[word].values()))
    most_frequent = {word: counts[word].most_common(1)[0][0] for word in by_frequency}
    found = {word: type_ for word, type_ in most_frequent.items() if type_ != _OUTSIDE}
    if not found:
        raise ConfigurationError(f"{path}: no word in this file is usually part of an entity.")
    return found


def rows_by_type(
    words: Dict[str, str], vectors: WordVectors, *, per_type: int
) -> Dict[str, List[int]]:
    """
    The vectors of entity words. As in the tagger, a word without a vector has that of its lower
    case.

    # Parameters

    words : `Dict[str, str]`
        Word -> entity type, most frequent word first.
    vectors : `WordVectors`
    per_type : `int`
        Number of words of each type that are taken, the most frequent ones that have a vector.

    # Returns

    `Dict[str, List[int]]`
        Entity type -> rows of `vectors`, without repetitions; types in alphabetical order.
    """
    index = vectors.index()
    rows: Dict[str, List[int]] = {type_: [] for type_ in sorted(set(words.values()))}
    taken = set()
    for word, type_ in words.items():
        form = known_form(word, index)
        row = None if form is None else index[form]
        if row is None or row in taken or len(rows[type_]) == per_type:
            continue
        if vectors.matrix[row].any():
            taken.add(row)
            rows[type_].append(row)
    return {type_: found for type_, found in rows.items() if found}
