"""Converting a corpus as it is distributed to two columns, `token tag`, in IOB2 and UTF-8."""

import os
import re
from collections import Counter
from os import PathLike
from typing import Counter as CounterType
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common import whole_text_file
from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.corpora.file_bytes import (
    guess_encoding,
    numbered_lines,
    read_bytes,
    undecodable_line,
)
from xner_allennlp.corpora.formats import ENTITY_TYPES, FORMATS, NO_ENTITY, CorpusFormat, Row
from xner_allennlp.data.conll_file import DOCSTART, DOCSTART_POLICIES
from xner_allennlp.spans import split_tag, to_iob2

_NO_BREAK_SPACE = "\u00a0"
_BYTE_ORDER_MARK = "\ufeff"
# What the reader refuses in any line.
_NO_TEXT = re.compile("[\r\0]")


class Conversion(NamedTuple):
    """
    What was written: numbers of `sentences`, `tokens` and `entities` by type; the `encoding` that
    was read; `glued_sentences` dropped with their -DOCSTART-; how many tags were `renamed` from
    which type to which; `changed_prefixes`, tags whose B or I became the other (all that differs
    between IOB1 and IOB2, and stray I-); `joined_spaces`, tokens whose spaces became no-break
    spaces, because a space parts the columns; `byte_order_marks` dropped before tokens inside the
    file, as they come of joining files.
    """

    sentences: int
    tokens: int
    entities: Dict[str, int]
    encoding: str
    glued_sentences: int
    renamed: Dict[str, int]
    changed_prefixes: int
    joined_spaces: int
    byte_order_marks: int


def convert_corpus(
    source: Union[str, "PathLike[str]"],
    target: Union[str, "PathLike[str]"],
    format_name: str,
    *,
    encoding: Optional[str] = None,
    docstart: str = "line",
    types: Optional[Mapping[str, str]] = None,
) -> Conversion:
    """
    Writes `target`, which appears under its name when it is complete; a file that stood there is
    replaced. Sentences are converted one at a time.

    # Parameters

    source : `str`
        The file as distributed, maybe compressed.
    target : `str`
    format_name : `str`
        One of `FORMATS`.
    encoding : `str`, optional
        That of `source`. By default UTF-8 if the bytes are that, else the format's.
    docstart : `str`, optional (default = `"line"`)
        What is dropped with a `-DOCSTART-` line: "line", nothing else; "sentence", what is glued to
        it (the paper's Dutch sizes, see `read_conll_file`).
    types : `Mapping[str, str]`, optional
        What types become, beside and before what the format says: `{"PRO": "O"}`.

    # Raises

    `ConfigurationError`
        Naming file, line and remedy, if a line is not of the format, a tag is none, or a type is
        not PER, LOC, ORG, MISC and has no new name; if nothing is in the file. Then `target` is
        left as it was.
    """
    if format_name not in FORMATS:
        raise ConfigurationError(
            f"There is no format {format_name!r}. Choose one of {', '.join(FORMATS)}."
        )
    if docstart not in DOCSTART_POLICIES:
        raise ConfigurationError(
            f"docstart is {docstart!r}. Choose one of {', '.join(DOCSTART_POLICIES)}."
        )
    if os.path.exists(target) and os.path.samefile(source, target):
        raise ConfigurationError(f"{target} is what is read. Give another name for the output.")
    converter = _Converter(FORMATS[format_name], os.fspath(source), docstart, types or {})
    data = read_bytes(source)
    if encoding is None:
        encoding = guess_encoding(data)
        if encoding not in ("utf-8", "utf-16"):
            encoding = converter.format.one_byte_encoding
    text = _decode(data, encoding, os.fspath(source)).lstrip("\ufeff")
    with whole_text_file(target) as file:
        for tokens, tags in converter.sentences(text):
            file.writelines(f"{token} {tag}\n" for token, tag in zip(tokens, tags))
            file.write("\n")
        if not converter.count:
            raise ConfigurationError(
                f"{source}: no sentence in this file. Is {format_name} its format?"
            )
    return converter.result(encoding)


class _Converter:
    """Reads sentences, and counts what it does to them."""

    def __init__(
        self, format_: CorpusFormat, path: str, docstart: str, types: Mapping[str, str]
    ) -> None:
        self.format = format_
        self.count = 0
        self._path = path
        self._docstart = docstart
        self._types = types
        self._tokens = 0
        self._glued = 0
        self._joined = 0
        self._marks = 0
        self._changed = 0
        self._entities: CounterType[str] = Counter()
        self._renamed: CounterType[str] = Counter()

    def sentences(self, text: str) -> Iterator[Tuple[List[str], List[str]]]:
        rows: List[Row] = []
        numbers: List[int] = []
        is_glued = False
        for number, line in numbered_lines(text + "\n\n"):  # the last ends the last sentence
            row = self._parse(number, line)
            is_marker = row is not None and row.token == DOCSTART
            if row is not None and not is_marker:
                rows.append(row)
                numbers.append(number)
                continue
            if rows and is_glued:
                self._glued += 1
            elif rows:
                yield self._convert(rows, numbers)
            rows, numbers = [], []
            is_glued = is_marker and self._docstart == "sentence"

    def result(self, encoding: str) -> Conversion:
        return Conversion(
            self.count,
            self._tokens,
            dict(sorted(self._entities.items())),
            encoding,
            self._glued,
            dict(sorted(self._renamed.items())),
            self._changed,
            self._joined,
            self._marks,
        )

    def _parse(self, number: int, line: str) -> Optional[Row]:
        try:
            row = self.format.parse(line.lstrip(_BYTE_ORDER_MARK))
            if row is None:
                return None
            token = row.token.lstrip(_BYTE_ORDER_MARK)
            if token == DOCSTART:
                return Row(DOCSTART, row.tag)
            if not token:
                raise ValueError("the token is empty")
            if _NO_TEXT.search(line):
                raise ValueError("a carriage return or a null character inside the line")
            self._marks += token != row.token or line.startswith(_BYTE_ORDER_MARK)
            row = Row(token, self.format.repairs.get(row.tag, row.tag))
            split_tag(row.tag)
        except ValueError as error:
            raise ConfigurationError(
                f"{self._path}, line {number}: {error}. Repair the line, or choose the format that "
                f"the file is in (this is {self.format.name})."
            ) from None
        return row

    def _convert(self, rows: List[Row], numbers: List[int]) -> Tuple[List[str], List[str]]:
        tokens = [re.sub("[ \t]+", _NO_BREAK_SPACE, row.token) for row in rows]
        self._joined += sum(token != row.token for token, row in zip(tokens, rows))
        # Before types are renamed: adjacent entities of two types that become one stay two.
        tags = to_iob2([row.tag for row in rows])
        self._changed += sum(tag[0] != row.tag[0] for tag, row in zip(tags, rows))
        tags = [self._rename(tag, number) for tag, number in zip(tags, numbers)]
        self._entities.update(tag[2:] for tag in tags if tag[0] == "B")
        self._tokens += len(tokens)
        self.count += 1
        return tokens, tags

    def _rename(self, tag: str, number: int) -> str:
        prefix, old = split_tag(tag)
        if not old:
            return tag
        new = self._new_type(old)
        if new is None:
            raise ConfigurationError(
                f"{self._path}, line {number}: the tag '{excerpt(tag)}' has a type that is not one "
                f"of {', '.join(ENTITY_TYPES)}. Say what it is to become: --map "
                f"{excerpt(old)}=MISC, or --map {excerpt(old)}=O for no entity."
            )
        if new != old:
            self._renamed[f"{old} -> {new}"] += 1
        return NO_ENTITY if new == NO_ENTITY else f"{prefix}-{new}"

    def _new_type(self, old: str) -> Optional[str]:
        if old in self._types:
            return self._types[old]
        if old in ENTITY_TYPES:
            return old
        for pattern, new in self.format.types:
            if re.fullmatch(pattern, old):
                return new
        return None


def _decode(data: bytes, encoding: str, path: str) -> str:
    try:
        line = undecodable_line(data, encoding)
    except LookupError:
        raise ConfigurationError(
            f"There is no encoding {encoding!r}. Try utf-8, latin-1 or cp1252."
        ) from None
    if line is not None:
        raise ConfigurationError(
            f"{path}, line {line}: not {encoding}. Say --encoding {guess_encoding(data)}, or what "
            "else the file is in."
        )
    return data.decode(encoding)
