"""Reading the user's corpora and raw text, in whatever form they come."""

import io
import os
import random
import re
import tempfile
from collections import Counter
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.encodings import first_not_decodable, likely_encoding
from xner_allennlp.common.text_file import (
    UNREADABLE,
    numbered_lines,
    open_decompressed,
    read_bytes,
    refuse_packed,
)
from xner_allennlp.corpora.conversion import convert_corpus
from xner_allennlp.corpora.doc_bin import is_doc_bin
from xner_allennlp.corpora.formats import AUTO
from xner_allennlp.data.column_roles import share_of_column
from xner_allennlp.data.conll_file import ConllFile, read_conll_file
from xner_allennlp.data.conll_layout import lay_out
from xner_allennlp.data.other_formats import JSON, other_format
from xner_allennlp.data.tokenizer import UnicodeWordsTokenizer
from xner_allennlp.spans import MOSTLY, to_iob2

PLAIN = "conll"
"""The name of files with the word first and the tag last, for which there is nothing to convert."""

_HEAD_BYTES = 2**20
_TOKENIZER = UnicodeWordsTokenizer()
# Bytes that are not in the encoding.
_NOT_DECODED = re.compile("[\udc80-\udcff]")
# What stands beside text, the number of a line or what all lines share: as in Leipzig's
# "5<TAB>De minister" and Tatoeba's "4005<TAB>nld<TAB>De minister".
_NUMBER = re.compile(r"[+-]?[0-9]+([.,: -][0-9]+)*")
_FEWEST_IN_COLUMNS = 2
# More lines than this, on average, are between the blank ones of a corpus.
_GROUPED = 2
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


class _TextColumn(NamedTuple):
    """The column of a text, from 0, and how many there are, parted by tabs."""

    position: int
    width: int


class RawText(NamedTuple):
    """
    Distinct sentences of at most 250 words, in the order of the file, each its words. `form` says
    what the file was read as, `left_out` what was not taken.
    """

    sentences: List[Words]
    form: str
    left_out: List[str]


def read_labelled(
    path: str, format_name: Optional[str] = None, *, looks_at_tags: bool = True
) -> Labelled:
    """
    # Parameters

    path : `str`
    format_name : `str`, optional
        `PLAIN` or one of `FORMATS`; by default it is recognised.
    looks_at_tags : `bool`, optional (default = `True`)
        Whether tags are read; otherwise the file may have anything in their place.

    # Raises

    `ConfigurationError`
        If the file is of no such format.
    """
    options: Dict[str, Any] = {} if looks_at_tags else {"tag_column": None}
    if format_name != PLAIN:
        with tempfile.TemporaryDirectory() as folder:
            converted = os.path.join(folder, "converted")
            conversion = convert_corpus(path, converted, format_name or AUTO, **options)
            content = read_conll_file(converted)
        return _labelled(content, f"{conversion.format_name}, {conversion.encoding}")
    encoding = likely_encoding(read_bytes(path))
    content = read_conll_file(path, encoding=encoding, **options)
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
    A text with a sentence or a paragraph a line, maybe beside columns of numbers or codes, or a
    corpus as `read_labelled` takes it, whose tags are not looked at.

    # Parameters

    path : `str`
    most : `int`
        How many sentences are taken: a sample of a longer file.
    seed : `int`
        Of the sample.

    # Raises

    `ConfigurationError`
        If the file cannot be read, is packed or no text, is a corpus with a mistake, has several
        columns of text, or holds no words.
    """
    beginning = _beginning(path)
    head = _without_cut_end(beginning) if len(beginning) == _HEAD_BYTES else beginning
    refuse_packed(beginning, path)
    encoding = likely_encoding(head)
    odd = 0
    if is_doc_bin(beginning) or _is_corpus(head, encoding, path):
        corpus = read_labelled(path, looks_at_tags=False)
        total, found = _sample([words for words, _ in corpus.sentences], most, seed)
        unit, form = "sentences", corpus.form
    else:
        column = _text_column(head.decode(encoding, "replace"), path)
        total, lines = _sample(_lines(path, encoding), most, seed)
        unit, form = "lines", f"raw text, {encoding}"
        if column is not None:
            form += f", column {column.position + 1} of {column.width} (beside numbers or codes)"
            rows = [line.split("\t") for line in lines if line.strip()]
            lines = [row[column.position] for row in rows if len(row) == column.width]
            odd = len(rows) - len(lines)
        found = [words for line in lines for words in _split(line)]
    found = [words for words in found if words]
    short = [words for words in found if len(words) <= LONGEST_SENTENCE]
    distinct = list(dict.fromkeys(short))
    # A line may have had several.
    _, sentences = _sample(distinct, most, seed)
    if not sentences:
        raise ConfigurationError(f"{path}: there are no words in it. Give text of the language.")
    beyond = f"beyond the {most:,} that are taken, by chance"
    left_out = [
        f"{number:,} {what}"
        for number, what in (
            (max(0, total - most), f"of {total:,} {unit} {beyond}"),
            (odd, "lines with another number of columns"),
            (len(found) - len(short), f"longer than {LONGEST_SENTENCE} words"),
            (len(short) - len(distinct), "repeated"),
            (len(distinct) - len(sentences), f"of the {len(distinct):,} sentences {beyond}"),
        )
        if number
    ]
    return RawText(sentences, form, left_out)


def _beginning(path: str) -> bytes:
    try:
        with open_decompressed(path) as stream:
            return stream.read(_HEAD_BYTES)
    except UNREADABLE as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from None


def _without_cut_end(head: bytes) -> bytes:
    """The whole lines; of a part of a single one what are whole characters in UTF-8."""
    whole_lines = head.rfind(b"\n") + 1
    if whole_lines:
        return head[:whole_lines]
    cuts = (head[: len(head) - number] for number in range(4))
    return next((cut for cut in cuts if first_not_decodable(cut, "utf-8") is None), head)


def _is_corpus(head: bytes, encoding: str, path: str) -> bool:
    """
    Whether a file that begins so has columns, or is a corpus in another form, also if something is
    wrong with it: as text it would be learned from without a word.
    """
    lines = list(numbered_lines(head.decode(encoding, "replace")))
    for number, line in lines:
        _refuse_null(line, number, path, encoding)
    other = other_format(lines)
    if other is not None and other is not JSON:
        raise ConfigurationError(
            f"{path}, line 1: this is {other.name}. Give its text, with a sentence or a paragraph "
            "a line."
        )
    return other is JSON or _are_columns(lines)


def _are_columns(lines: Sequence[Tuple[int, str]]) -> bool:
    layout = lay_out(lines)
    groups = [[row.columns for row in sentence.lines] for sentence in layout.sentences]
    rows = [row for group in groups for row in group]
    usual = [row for row in rows if len(row) == layout.width]
    if len(usual) < MOSTLY * len(rows) or not rows:
        return False
    if layout.width > 1:
        if len(rows) == 1:
            # A text in one line, of which some word looks like a tag.
            return False
        last = Counter(row[layout.width - 1 if layout.tag is None else layout.tag] for row in usual)
        # Not of tags: sentences of as many words each are hardly in groups.
        return share_of_column(last) >= MOSTLY or len(rows) > _GROUPED * len(groups) > _GROUPED
    # A word a line, or sentences of a script without spaces, one a line?
    single = sum(len(_TOKENIZER.tokenize(word)) == 1 for [word] in usual)
    return len(groups) > 1 and single > len(rows) / 2


def _text_column(text: str, path: str) -> Optional[_TextColumn]:
    """Of a text that begins so; `None` where all of a line is text."""
    rows = [line.split("\t") for _, line in numbered_lines(text) if line.strip()]
    width = len(rows[0]) if rows else 0
    if width < 2 or len(rows) < _FEWEST_IN_COLUMNS or any(len(row) != width for row in rows):
        return None
    # The first may be a header.
    columns = zip(*(rows[1:] if len(rows) > _FEWEST_IN_COLUMNS else rows))
    of_text = [place for place, column in enumerate(columns) if not _is_beside_text(column)]
    if len(of_text) in (0, width):
        return None
    if len(of_text) > 1:
        raise ConfigurationError(
            f"{path}, line 1: {width} columns parted by tabs, of which several may be the text "
            f"({', '.join(str(place + 1) for place in of_text)}). Give the text alone, e.g. "
            f"`cut -f{of_text[0] + 1}` of the file."
        )
    return _TextColumn(of_text[0], width)


def _is_beside_text(column: Sequence[str]) -> bool:
    values = {value.strip() for value in column}
    is_code = len(values) == 1 and len(values.pop().split()) < 2
    return is_code or all(_NUMBER.fullmatch(value.strip()) for value in column)


def _lines(path: str, encoding: str) -> Iterator[str]:
    number = 0
    try:
        with io.TextIOWrapper(
            open_decompressed(path), encoding, errors="surrogateescape", newline="\n"
        ) as stream:
            for number, line in enumerate(stream, start=1):
                if _NOT_DECODED.search(line):
                    raise _not_decodable(path, f"line {number}", encoding)
                _refuse_null(line, number, path, encoding)
                yield line
    except UnicodeDecodeError:
        raise _not_decodable(path, f"after line {number}", encoding) from None
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{path}, after line {number}: cannot be read ({error})."
        ) from None


def _refuse_null(line: str, number: int, path: str, encoding: str) -> None:
    if "\0" in line:
        raise ConfigurationError(
            f"{path}, line {number}: a null character, so this is no text in {encoding}. If it is "
            "text in UTF-16 without a byte order mark, convert it (iconv -f UTF-16LE -t UTF-8), "
            "else give a text file."
        )


def _not_decodable(path: str, where: str, encoding: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}, {where}: not {encoding}, which most of the beginning is in. Repair what is not, "
        "or convert the file to UTF-8."
    )


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
