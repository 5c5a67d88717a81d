"""Parsing CoNLL files: one token a line, a blank line after each sentence."""

import itertools
from os import PathLike
from typing import Collection, Iterable, Iterator, List, NamedTuple, Optional, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.text_file import read_text_file
from xner_allennlp.spans import INPUT_SCHEMES, detect_input_scheme, split_tag

DOCSTART = "-DOCSTART-"
DOCSTART_POLICIES = ("line", "sentence")


class ConllSentence(NamedTuple):
    """A sentence of a CoNLL file: its `words`, its `tags` as they stand there (`None` when they
    were not read), and the number of its first `line`, from 1."""

    words: List[str]
    tags: Optional[List[str]]
    line: int


class ConllFile(NamedTuple):
    """A parsed CoNLL file. `scheme` is what its tags are written in: "IOB1", "IOB2", "BIOUL", or
    `None` without tags. `glued_sentences` counts the sentences that a -DOCSTART- line dropped."""

    sentences: List[ConllSentence]
    scheme: Optional[str]
    glued_sentences: int


class ConllLine(NamedTuple):
    """The `number` of a line, from 1, and its `columns`: none if the line is blank."""

    number: int
    columns: List[str]


class LinesOfSentence(NamedTuple):
    """
    The `lines` of a sentence, at least one, and whether the sentence `is_glued`: it follows a
    -DOCSTART- line without a blank line between.
    """

    lines: List[ConllLine]
    is_glued: bool


def split_columns(text: str, separator: str = "whitespace") -> List[str]:
    """
    The columns of a line, see `read_conll_file`. Unlike with `str.split()`, a token may contain a
    no-break space or U+0085.
    """
    text = text.strip(" \t")
    if not text:
        return []
    if separator == "tab":
        return text.split("\t")
    return [column for column in text.replace("\t", " ").split(" ") if column]


def group_by_sentence(lines: Iterable[ConllLine]) -> Iterator[LinesOfSentence]:
    """The lines of each sentence, which blank lines and -DOCSTART- lines end."""
    group: List[ConllLine] = []
    is_glued = False
    for line in itertools.chain(lines, [ConllLine(0, [])]):
        is_docstart = line.columns[:1] == [DOCSTART]
        if line.columns and not is_docstart:
            group.append(line)
            continue
        if group:
            yield LinesOfSentence(group, is_glued)
        group, is_glued = [], is_docstart


def read_conll_file(
    path: Union[str, "PathLike[str]"],
    *,
    token_column: int = 0,
    tag_column: Optional[int] = -1,
    input_scheme: str = "auto",
    entity_types: Optional[Collection[str]] = None,
    separator: str = "whitespace",
    docstart: str = "line",
    encoding: str = "utf-8",
) -> ConllFile:
    """
    Reads a CoNLL file with any number of columns, the same on every line, and checks its tags.

    Columns are parted by spaces and tabs only (a no-break space belongs to its token), lines by
    line feeds only. Blank lines may be repeated, also at the file's beginning. Byte order marks
    and carriage returns are dropped.

    # Parameters

    path : `str`
        The file; see `read_text_file`.
    token_column, tag_column : `int`, optional (default = 0 and -1)
        Counted from 0, or from the end with negative numbers. With `tag_column` `None`, and in a
        file of one column, tags are not read.
    input_scheme : `str`, optional (default = `"auto"`)
        "IOB" (IOB1, IOB2 and mixtures) refuses the prefixes of BIOUL and IOBES; "BIOUL" (also
        IOBES) and "auto" read all of them.
    entity_types : `Collection[str]`, optional (default = `None`)
        If given, other types are refused.
    separator : `str`, optional (default = `"whitespace"`)
        "whitespace": any run of spaces and tabs; "tab": each single tab (tokens may then contain
        spaces).
    docstart : `str`, optional (default = `"line"`)
        What a `-DOCSTART-` line takes with it: "line" only itself; "sentence" also the sentence
        that follows without a blank line. In CoNLL-2002 Dutch every article's first sentence is
        glued to it, and the paper's sizes (Table 1) come from dropping those sentences.
    encoding : `str`, optional (default = `"utf-8"`)

    # Raises

    `ConfigurationError`
        Naming file and line: a column that does not exist, a changing number of columns, a tag
        not understood; no sentence in the file; unknown options.
    """
    _check_choice("input_scheme", input_scheme, INPUT_SCHEMES)
    _check_choice("docstart", docstart, DOCSTART_POLICIES)
    _check_choice("separator", separator, ("whitespace", "tab"))

    lines = (
        ConllLine(number, split_columns(text, separator))
        for number, text in read_text_file(path, encoding=encoding)
    )
    all_groups = list(group_by_sentence(lines))
    drop_glued = docstart == "sentence"
    groups = [group for group, is_glued in all_groups if not (drop_glued and is_glued)]
    glued_sentences = len(all_groups) - len(groups)
    if not groups:
        raise ConfigurationError(
            f"{path}: no sentence in this file; give a CoNLL file (one token a line, a blank line "
            "after each sentence)"
        )
    number_of_columns = _check_number_of_columns(groups, path, separator)
    if number_of_columns == 1:
        tag_column = None

    token_index = _resolve_column("token_column", token_column, groups[0][0], path)
    for line in itertools.chain.from_iterable(groups):
        if not line.columns[token_index]:
            raise ConfigurationError(
                f"{path}, line {line.number}: {_show(line)}, and that of the token is empty; "
                'repair the line, or set "token_column" or "separator"'
            )
    if tag_column is None:
        sentences = [
            ConllSentence([line.columns[token_index] for line in group], None, group[0].number)
            for group in groups
        ]
        return ConllFile(sentences, None, glued_sentences)

    tag_index = _resolve_column("tag_column", tag_column, groups[0][0], path)
    if tag_index == token_index:
        raise ConfigurationError(
            f"{path}: token_column {token_column} and tag_column {tag_column} are the same of the "
            f"file's {number_of_columns} columns; choose two"
        )
    sentences = []
    for group in groups:
        for line in group:
            _check_tag(line, tag_index, input_scheme, entity_types, path)
        sentences.append(
            ConllSentence(
                [line.columns[token_index] for line in group],
                [line.columns[tag_index] for line in group],
                group[0].number,
            )
        )
    scheme = detect_input_scheme(_tags_of(sentences))
    return ConllFile(sentences, scheme, glued_sentences)


def _tags_of(sentences: Iterable[ConllSentence]) -> Iterable[str]:
    for sentence in sentences:
        yield from sentence.tags or ()
        yield "O"  # Keeps the sentences apart.


def _check_number_of_columns(
    groups: List[List[ConllLine]], path: Union[str, "PathLike[str]"], separator: str
) -> int:
    first = groups[0][0]
    for group in groups:
        for line in group:
            if len(line.columns) != len(first.columns):
                remedy = "repair the line"
                if separator == "whitespace":
                    remedy += (
                        ' (if tabs part the columns and tokens contain spaces, set "separator" to '
                        '"tab"; if the file holds raw sentences, name its language in '
                        '"raw_text_languages")'
                    )
                raise ConfigurationError(
                    f"{path}, line {line.number}: {_show(line)}, while line {first.number} has "
                    f"{_show(first)}; {remedy}"
                )
    return len(first.columns)


def _resolve_column(
    name: str, column: int, line: ConllLine, path: Union[str, "PathLike[str]"]
) -> int:
    count = len(line.columns)
    if not -count <= column < count:
        raise ConfigurationError(
            f"{path}, line {line.number}: {_show(line)}, so there is no {name} {column}; columns "
            "count from 0 (or from -1 backwards)"
        )
    return column % count


def _check_tag(
    line: ConllLine,
    tag_index: int,
    input_scheme: str,
    entity_types: Optional[Collection[str]],
    path: Union[str, "PathLike[str]"],
) -> None:
    tag = line.columns[tag_index]
    try:
        prefix, entity_type = split_tag(tag)
    except ValueError as error:
        raise ConfigurationError(
            f"{path}, line {line.number}: {error}. The line has {_show(line)} and the tag was "
            f'taken from column {tag_index}; set "tag_column" if that is wrong, or name the '
            'language in "untagged_languages" if the file has no tags'
        ) from None
    if input_scheme == "IOB" and (prefix in "LU"):
        raise ConfigurationError(
            f"{path}, line {line.number}: the tag '{excerpt(tag)}' is not IOB; set "
            '"input_scheme" to "BIOUL" or "auto"'
        )
    if entity_type and entity_types is not None and entity_type not in entity_types:
        raise ConfigurationError(
            f"{path}, line {line.number}: the tag '{excerpt(tag)}' has a type that is not one of "
            f'{", ".join(sorted(entity_types))}; change the file or "entity_types"'
        )


def _show(line: ConllLine) -> str:
    count = len(line.columns)
    return f"{count} column{'s' if count > 1 else ''} ({excerpt(' | '.join(line.columns))})"


def _check_choice(name: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise ConfigurationError(f"{name} is '{value}'; choose one of {', '.join(choices)}")
