"""Converting a corpus as it is distributed to the reader's format, or to others."""

import os
import re
from collections import Counter
from os import PathLike
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.encodings import decode, likely_encoding
from xner_allennlp.common.text_file import numbered_lines, read_bytes
from xner_allennlp.corpora.doc_bin import is_doc_bin, lay_out_doc_bin
from xner_allennlp.corpora.formats import AUTO, DOC_BIN, FORMATS, JSON_LINES, CorpusFormat
from xner_allennlp.corpora.json_lines import lay_out_json
from xner_allennlp.corpora.writing import WRITERS, WrittenSentence
from xner_allennlp.data.conll_file import (
    BROUGHT_TO_IOB2,
    ConllFile,
    ConllOptions,
    check_options,
    parse_conll,
    parse_layout,
)
from xner_allennlp.data.other_formats import JSON, other_format
from xner_allennlp.spans import TypeMap, to_iob2

# At the beginning of a token, where joining files leaves them.
_BYTE_ORDER_MARKS = re.compile("^([a-z-]+:)?\ufeff+")
# The reader refuses these characters in any line.
_REFUSED = re.compile("[\r\0]")
_BLANKS = re.compile(r"[\s\0]+")


class Conversion(NamedTuple):
    """
    # Parameters

    sentences, tokens : `int`
        How many were written.
    entities : `Dict[str, int]`
        The same by type.
    format_name : `str`
        What the file was read as.
    encoding : `str`
        What it was in.
    glued_sentences : `int`
        How many sentences were dropped with their -DOCSTART-.
    renamed : `Dict[str, int]`
        How many tags were renamed, by "OLD -> NEW" type.
    repairs : `Dict[str, int]`
        How much was repaired or left out, by kind.
    notes : `Sequence[str]`
        What was found out about the file's columns.
    """

    sentences: int
    tokens: int
    entities: Dict[str, int]
    format_name: str
    encoding: str
    glued_sentences: int
    renamed: Dict[str, int]
    repairs: Dict[str, int]
    notes: Sequence[str]


def convert_corpus(
    source: Union[str, "PathLike[str]"],
    target: Optional[Union[str, "PathLike[str]"]],
    format_name: str = AUTO,
    *,
    to: str = "conll",
    encoding: Optional[str] = None,
    types: Optional[Mapping[str, str]] = None,
    names: Optional[Sequence[str]] = None,
    span_ends: str = "auto",
    **options: Any,
) -> Conversion:
    """
    Writes `target`, which appears under its name when it is complete; a file that stood there is
    replaced.

    # Parameters

    source : `str`
        The file as distributed, possibly compressed.
    target : `str`, optional
        `None` only reads, and tells what would be written.
    format_name : `str`, optional (default = `"auto"`)
        One of `FORMATS`.
    to : `str`, optional (default = `"conll"`)
        One of `WRITERS`.
    encoding : `str`, optional
        The encoding of `source`. By default UTF-8 if all bytes are UTF-8, else the format's.
    types : `Mapping[str, str]`, optional
        New names of entity types, which take precedence over the format's: `{"PRO": "O"}`; a type
        that is to stay has its own, `{"PRO": "PRO"}`.
    names : `Sequence[str]`, optional
        The tags that numbers in JSON stand for, from 0.
    span_ends : `str`, optional (default = `"auto"`)
        See `lay_out_json`.
    **options
        Those of `ConllOptions` that are to differ from the format's. In JSON columns are keys.

    # Raises

    `ConfigurationError`
        Naming file, line and remedy, if a line is not of the format, a tag is not a tag, or a type
        is none of those that the format has and has no new name; if there is no sentence in the
        file. Then `target` is left as it was.
    """
    for what, value, choices in (("format", format_name, FORMATS), ("output format", to, WRITERS)):
        if value not in choices:
            raise ConfigurationError(
                f"There is no {what} {value!r}. Choose one of {', '.join(choices)}."
            )
    # Of a source that is not there the reading tells.
    are_both = target is not None and os.path.exists(target) and os.path.exists(source)
    if target is not None and are_both and os.path.samefile(source, target):
        raise ConfigurationError(f"{target} is what is read. Give another name for the output.")
    path = os.fspath(source)
    data = read_bytes(path)
    if format_name == AUTO and is_doc_bin(data):
        format_name = DOC_BIN
    repairs: Counter[str] = Counter()
    lines: List[Tuple[int, str]] = []
    if format_name == DOC_BIN:
        encoding = "binary"
    else:
        encoding = encoding or _likely_encoding(data, FORMATS[format_name])
        numbered = numbered_lines(_decode(data, encoding, path, repairs))
        lines = [(number, _clean(line, number, path, repairs)) for number, line in numbered]
        format_name = (
            JSON_LINES if format_name == AUTO and other_format(lines) is JSON else format_name
        )
    chosen = _options(FORMATS[format_name], types or {}, options)
    if format_name == DOC_BIN:
        read = parse_layout(lay_out_doc_bin(data, path), path, chosen)
    elif format_name == JSON_LINES:
        layout = lay_out_json(
            lines,
            path,
            names=names,
            token_column=chosen.token_column,
            tag_column=chosen.tag_column,
            span_ends=span_ends,
        )
        read = parse_layout(layout, path, chosen)
    else:
        read = _parse(lines, path, FORMATS[format_name], chosen)
    sentences, changed = _in_iob2(read)
    repairs += Counter(read.repairs) + changed
    if to == "conll":
        sentences = [_with_types_of_one_word(sentence, repairs) for sentence in sentences]
    if target is not None:
        repairs.update(WRITERS[to](target, sentences))
    entities = Counter(tag[2:] for s in sentences for tag in s.tags or () if tag[0] == "B")
    return Conversion(
        len(sentences),
        sum(len(sentence.tokens) for sentence in sentences),
        dict(sorted(entities.items())),
        format_name,
        encoding,
        read.glued_sentences,
        read.renamed,
        {kind: count for kind, count in repairs.items() if count},
        read.notes,
    )


def _likely_encoding(data: bytes, format_: CorpusFormat) -> str:
    encoding = likely_encoding(data)
    # Files said to be in latin-1 may have cp1252's quotes and dashes.
    is_known = encoding in ("utf-8", "utf-16") or format_.one_byte_encoding == "latin-1"
    return encoding if is_known else format_.one_byte_encoding


def _clean(line: str, number: int, path: str, repairs: "Counter[str]") -> str:
    if _REFUSED.search(line):
        raise ConfigurationError(
            f"{path}, line {number}: a carriage return or a null character inside the line. Repair "
            "the line."
        )
    if "\ufeff" in line:
        line, count = _BYTE_ORDER_MARKS.subn(r"\1", line)
        repairs["byte order marks dropped inside the file"] += count
    return line


def _options(
    format_: CorpusFormat, types: Mapping[str, str], options: Mapping[str, Any]
) -> ConllOptions:
    ours = TypeMap(types)
    theirs = {old: new for old, new in format_.types.items() if not ours.knows(old)}
    chosen = format_.options._replace(type_map={**types, **theirs}, **options)
    if chosen.entity_types is not None:
        # Whoever gives a type a name, be it its own, wants that type.
        chosen = chosen._replace(entity_types={*chosen.entity_types, *types.values()})
    check_options(chosen)
    return chosen


def _parse(
    lines: Sequence[Tuple[int, str]], path: str, format_: CorpusFormat, options: ConllOptions
) -> ConllFile:
    try:
        return parse_conll(lines, path, options)
    except ConfigurationError as error:
        if format_.name == AUTO:
            raise
        raise ConfigurationError(
            f"{error}. Is {format_.name} the format of the file? --from auto finds it out"
        ) from None


def _in_iob2(file: ConllFile) -> Tuple[List[WrittenSentence], "Counter[str]"]:
    sentences = []
    changed = 0
    for sentence in file.sentences:
        tags = sentence.tags or ["O"] * len(sentence.words)
        iob2 = to_iob2(tags)
        changed += sum(new[0] != old[0] for new, old in zip(iob2, tags))
        is_tagged = file.scheme is not None
        sentences.append(WrittenSentence(sentence.words, iob2 if is_tagged else None))
    return sentences, Counter({BROUGHT_TO_IOB2: changed} if changed else {})


def _with_types_of_one_word(sentence: WrittenSentence, repairs: "Counter[str]") -> WrittenSentence:
    """Blanks part the columns that are written."""
    if sentence.tags is None or not any(map(_BLANKS.search, sentence.tags)):
        return sentence
    tags = [_BLANKS.sub("_", tag) for tag in sentence.tags]
    changed = sum(new != old for new, old in zip(tags, sentence.tags))
    repairs["tags with spaces in the type, now _"] += changed
    return sentence._replace(tags=tags)


def _decode(data: bytes, encoding: str, path: str, repairs: "Counter[str]") -> str:
    decoded = decode(data, encoding, path=path)
    if decoded.foreign:
        lost = sum("\ufffd" in line for line in decoded.foreign.values())
        repairs["lines in another encoding than the file"] += len(decoded.foreign) - lost
        repairs["lines with bytes of no letter, now U+FFFD"] += lost
    elif decoded.not_decodable is not None:
        raise ConfigurationError(
            f"{path}, line {decoded.not_decodable.line}: not {encoding}. Say --encoding "
            f"{likely_encoding(data)}, or what else the file is in."
        )
    return decoded.text
