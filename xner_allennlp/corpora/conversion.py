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
from xner_allennlp.corpora.formats import ENTITY_TYPES, FORMATS, NO_ENTITY, CorpusFormat
from xner_allennlp.data.conll_file import (
    DOCSTART,
    DOCSTART_POLICIES,
    ConllLine,
    group_by_sentence,
)
from xner_allennlp.data.text_file import (
    likely_encoding,
    numbered_lines,
    read_bytes,
    undecodable_line,
)
from xner_allennlp.spans import split_tag, to_iob2

_NO_BREAK_SPACE = "\u00a0"
_BYTE_ORDER_MARK = "\ufeff"
# The reader refuses these characters in any line.
_REFUSED = re.compile("[\r\0]")


class Conversion(NamedTuple):
    """
    The numbers of `sentences`, of `tokens` and, by type, of `entities` that were written; the
    `encoding` that was read; the number of `glued_sentences` dropped with their -DOCSTART-; how
    many tags were `renamed`, by "OLD -> NEW" type; how many tags have `changed_prefixes`, B for I
    or I for B (the difference between IOB1 and IOB2, and stray I-); how many tokens have
    `joined_spaces`, no-break spaces for spaces, which separate the columns; how many
    `byte_order_marks` inside the file, left by joining files, were dropped before tokens.
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
        The file as distributed, possibly compressed.
    target : `str`
    format_name : `str`
        One of `FORMATS`.
    encoding : `str`, optional
        The encoding of `source`. By default UTF-8 if all bytes are UTF-8, else the format's.
    docstart : `str`, optional (default = `"line"`)
        "line" drops only the `-DOCSTART-` lines; "sentence" also the sentences glued to them (the
        paper's Dutch sizes, see `read_conll_file`).
    types : `Mapping[str, str]`, optional
        New names of entity types, which take precedence over the format's: `{"PRO": "O"}`.

    # Raises

    `ConfigurationError`
        Naming file, line and remedy, if a line is not of the format, a tag is not a tag, or a type
        is not PER, LOC, ORG, MISC and has no new name; if there is no sentence in the file. Then
        `target` is left as it was.
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
        encoding = likely_encoding(data)
        if encoding not in ("utf-8", "utf-16"):
            encoding = converter.format.one_byte_encoding
    text = _decode(data, encoding, os.fspath(source))
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
    """Converts sentences, and counts the changes."""

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
        lines = (
            ConllLine(number, self._parse(number, line)) for number, line in numbered_lines(text)
        )
        for group, is_glued in group_by_sentence(lines):
            if is_glued and self._docstart == "sentence":
                self._glued += 1
            else:
                yield self._convert(group)

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

    def _parse(self, number: int, line: str) -> List[str]:
        """Token and tag; empty if the line ends a sentence."""
        try:
            columns = self.format.parse(line.lstrip(_BYTE_ORDER_MARK))
            if not columns:
                return []
            token, tag = columns[0].lstrip(_BYTE_ORDER_MARK), columns[1]
            if token == DOCSTART:
                return [DOCSTART]
            if not token:
                raise ValueError("the token is empty")
            if _REFUSED.search(line):
                raise ValueError("a carriage return or a null character inside the line")
            self._marks += token != columns[0] or line.startswith(_BYTE_ORDER_MARK)
            tag = self.format.repairs.get(tag, tag)
            split_tag(tag)
        except ValueError as error:
            raise ConfigurationError(
                f"{self._path}, line {number}: {error}. Repair the line, or choose the format that "
                f"the file is in (this is {self.format.name})."
            ) from None
        return [token, tag]

    def _convert(self, lines: List[ConllLine]) -> Tuple[List[str], List[str]]:
        tokens, tags = zip(*(line.columns for line in lines))
        joined = [re.sub("[ \t]+", _NO_BREAK_SPACE, token) for token in tokens]
        self._joined += sum(new != old for new, old in zip(joined, tokens))
        # Before types are renamed: adjacent entities of two types that become one stay two.
        iob2 = to_iob2(tags)
        self._changed += sum(new[0] != old[0] for new, old in zip(iob2, tags))
        renamed = [self._rename(tag, line.number) for tag, line in zip(iob2, lines)]
        self._entities.update(tag[2:] for tag in renamed if tag[0] == "B")
        self._tokens += len(joined)
        self.count += 1
        return joined, renamed

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
            f"{path}, line {line}: not {encoding}. Say --encoding {likely_encoding(data)}, or what "
            "else the file is in."
        )
    return data.decode(encoding)
