"""Reading the user's corpora and raw text, in whatever form they come."""

import io
import os
import random
import tempfile
from typing import Iterable, Iterator, List, NamedTuple, Optional, Tuple, TypeVar

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.encodings import likely_encoding
from xner_allennlp.common.text_file import (
    UNREADABLE,
    open_decompressed,
    read_bytes,
)
from xner_allennlp.corpora.conversion import convert_corpus
from xner_allennlp.corpora.formats import AUTO
from xner_allennlp.data.conll_file import ConllFile, read_conll_file
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.spans import to_iob2

PLAIN = "conll"
"""The name of files with the word first and the tag last, for which there is nothing to convert."""

_HEAD_BYTES = 2**20
_TOKENIZER = UnicodeWordsTokenizer()
# Longer lines are paragraphs, and are split after these words.
_LONG_LINE = 60
_SENTENCE_ENDS = frozenset(". ? ! … 。 ？ ！ ؟ ۔ । ॥ ։ ።".split())
# Longer sentences make batches large, and hold no more names for it.
LONGEST_SENTENCE = 250

Words = Tuple[str, ...]
_Item = TypeVar("_Item")


class Labelled(NamedTuple):
    """
    The sentences of a corpus, each its words and their IOB2 tags; without tags if it has none.
    `form` says what the file was read as.
    """

    sentences: List[Tuple[Words, Optional[Words]]]
    form: str


class RawText(NamedTuple):
    """
    Distinct sentences of at most 250 words, in the order of the file, each its words. `form` says
    what the file was read as, `left_out` what was not taken.
    """

    sentences: List[Words]
    form: str
    left_out: List[str]


def read_labelled(path: str, format_name: Optional[str] = None) -> Labelled:
    """
    # Parameters

    path : `str`
    format_name : `str`, optional
        `PLAIN` or one of `FORMATS`; by default it is recognised.

    # Raises

    `ConfigurationError`
        If the file is of no such format.
    """
    if format_name != PLAIN:
        with tempfile.TemporaryDirectory() as folder:
            converted = os.path.join(folder, "converted")
            conversion = convert_corpus(path, converted, format_name or AUTO)
            content = read_conll_file(converted)
        return _labelled(content, f"{conversion.format_name}, {conversion.encoding}")
    encoding = likely_encoding(read_bytes(path))
    content = read_conll_file(path, encoding=encoding)
    return _labelled(content, f"{content.scheme or 'one column'}, {encoding}")


def _labelled(content: ConllFile, form: str) -> Labelled:
    return Labelled(
        [
            (tuple(each.words), None if each.tags is None else tuple(to_iob2(each.tags)))
            for each in content.sentences
        ],
        form,
    )


def read_raw_text(path: str, most: int, seed: int) -> RawText:
    """
    A text with a sentence or a paragraph a line, or a corpus as `read_labelled` takes it, whose
    tags are not looked at.

    # Parameters

    path : `str`
    most : `int`
        How many lines, or sentences of a corpus, are taken: a sample of a longer file.
    seed : `int`
        Of the sample.

    # Raises

    `ConfigurationError`
        If the file cannot be read, or holds no words.
    """
    head, encoding = _head(path)
    if _is_in_columns(head):
        corpus = read_labelled(path)
        total, found = _sample([words for words, _ in corpus.sentences], most, seed)
        form = corpus.form
    else:
        total, lines = _sample(_lines(path, encoding), most, seed)
        found = [words for line in lines for words in _split(line)]
        form = f"raw text, {encoding}"
    found = [words for words in found if words]
    short = [words for words in found if len(words) <= LONGEST_SENTENCE]
    sentences = list(dict.fromkeys(short))
    if not sentences:
        raise ConfigurationError(f"{path}: there are no words in it. Give text of the language.")
    left_out = [
        f"{number:,} {what}"
        for number, what in (
            (max(0, total - most), f"of {total:,} beyond the {most:,} that are taken, by chance"),
            (len(found) - len(short), f"longer than {LONGEST_SENTENCE} words"),
            (len(short) - len(sentences), "repeated"),
        )
        if number
    ]
    return RawText(sentences, form, left_out)


def _head(path: str) -> Tuple[bytes, str]:
    """The first lines of a file, and the encoding that they are in."""
    try:
        with open_decompressed(path) as stream:
            head = stream.read(_HEAD_BYTES)
    except UNREADABLE as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from None
    whole_lines = head.rfind(b"\n") + 1 if len(head) == _HEAD_BYTES else 0
    head = head[:whole_lines] if whole_lines else head
    return head, likely_encoding(head)


def _is_in_columns(head: bytes) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        file.write(head)
        file.flush()
        try:
            sentences = read_labelled(file.name).sentences
        except ConfigurationError:
            return False
    if sentences[0][1] is not None:
        return True
    # A word a line, or sentences of a script without spaces, one a line?
    words = [word for sentence, _ in sentences for word in sentence]
    single = sum(len(_TOKENIZER.tokenize(word)) == 1 for word in words)
    return len(sentences) > 1 and single > len(words) / 2


def _lines(path: str, encoding: str) -> Iterator[str]:
    number = 0
    try:
        with io.TextIOWrapper(open_decompressed(path), encoding=encoding, newline="\n") as stream:
            for line in stream:
                yield line
                number += 1
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"{path}, after line {number}: not {encoding}, which the beginning is in. Convert the "
            "file to UTF-8."
        ) from None
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}, after line {number}: cannot be read ({error})."
        ) from None


def _sample(items: Iterable[_Item], most: int, seed: int) -> Tuple[int, List[_Item]]:
    """The number of items, and a random sample of at most `most` of them in their order."""
    chance = random.Random(seed)
    kept: List[Tuple[int, _Item]] = []
    number = 0
    for number, item in enumerate(items, start=1):
        if len(kept) < most:
            kept.append((number, item))
        else:
            position = chance.randrange(number)
            if position < most:
                kept[position] = (number, item)
    return number, [item for _, item in sorted(kept, key=lambda pair: pair[0])]


def _split(line: str) -> Iterator[Words]:
    """The sentences of a line: the line itself, unless it is long."""
    words: List[str] = []
    tokens = [token.text for token in _TOKENIZER.tokenize(line)]
    for word in tokens:
        words.append(word)
        if len(tokens) > _LONG_LINE and word in _SENTENCE_ENDS:
            yield tuple(words)
            words = []
    yield tuple(words)
