"""Reading CoNLL files: one token a line, a blank line after each sentence."""

import unicodedata
from collections import Counter
from os import PathLike
from typing import (
    Any,
    Collection,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.common.text_file import read_text_file
from xner_allennlp.data.column_roles import Column
from xner_allennlp.data.column_text import SEPARATORS, ConllLine
from xner_allennlp.data.conll_layout import ConllLayout, lay_out, show_columns
from xner_allennlp.data.other_formats import other_format
from xner_allennlp.spans import (
    INPUT_SCHEMES,
    PLAIN_TYPES,
    TypeMap,
    detect_input_scheme,
    read_spelling,
    split_tag,
)

DOCSTART_POLICIES = ("line", "sentence")
BLANK_TOKEN_POLICIES = ("keep", "drop", "refuse")
PLACEHOLDER = "_"
"""What stands for an empty token."""
BROUGHT_TO_IOB2 = "tags brought to IOB2"
"""The kind of repair that changes B for I, or I for B."""


class ConllSentence(NamedTuple):
    """A sentence of a CoNLL file: its `words`, its `tags` (`None` when they were not read), as the
    file has them but for repairs, the number of its first `line`, from 1, and how many entities
    were `renamed`, by "OLD -> NEW"."""

    words: List[str]
    tags: Optional[List[str]]
    line: int
    renamed: Mapping[str, int] = {}


class ConllFile(NamedTuple):
    """
    # Parameters

    sentences : `List[ConllSentence]`
    scheme : `str`, optional
        What the tags are written in: "IOB1", "IOB2", "BIOUL", "IO", or `None` without tags.
    glued_sentences : `int`
        How many sentences a -DOCSTART- line dropped.
    repairs : `Dict[str, int]`
        How many lines, tokens or tags were repaired or left out, by kind.
    renamed : `Dict[str, int]`
        How many tags got another type, by "OLD -> NEW".
    notes : `Sequence[str]`
        What was found out about the file's columns.
    """

    sentences: List[ConllSentence]
    scheme: Optional[str]
    glued_sentences: int
    repairs: Dict[str, int] = {}
    renamed: Dict[str, int] = {}
    notes: Sequence[str] = ()


class ConllOptions(NamedTuple):
    """
    How a CoNLL file is read.

    # Parameters

    token_column, tag_column : `Union[int, str]`, optional (default = `"auto"`)
        The number of a column, from 0, or from the end with negative numbers; or its name, if the
        file has a header. "auto": the header's columns of such names; else words in the first
        column, or in the second if the first one counts words; tags in the last one, or in the only
        one that holds tags. With `tag_column` `None`, and in a file of one column, tags are not
        read.
    input_scheme : `str`, optional (default = `"auto"`)
        "IOB" (IOB1, IOB2 and mixtures) refuses the prefixes of BIOUL and IOBES; "BIOUL" (also
        IOBES) and "auto" read all of them, and other spellings where their meaning is certain (see
        `spans.tag_spelling`). "IO": tags without a prefix are types.
    entity_types : `Collection[str]`, optional (default = `None`)
        If given, other types are refused.
    type_map : `Mapping[str, str]`, optional (default = `None`)
        New names of types, or "O" for no entity; see `spans.TypeMap`.
    separator : `str`, optional (default = `"auto"`)
        What parts columns. "whitespace": any run of spaces and tabs; "tab": each single tab, so
        that tokens may contain spaces; "comma" and "semicolon": as spreadsheets write them. "auto":
        whatever gives every line as many columns.
    docstart : `str`, optional (default = `"line"`)
        What a `-DOCSTART-` line takes with it: "line" only itself; "sentence" also the sentence
        that follows without a blank line. In CoNLL-2002 Dutch every article's first sentence is
        glued to it, and the paper's sizes (Table 1) come from dropping those sentences.
    blank_tokens : `str`, optional (default = `"keep"`)
        What becomes of tokens that are empty or invisible: "keep" them (`_` for an empty one),
        "drop" or "refuse".
    columns : `Sequence[str]`, optional (default = `()`)
        The names of a format's columns, for each possible number of them: `["token pos tag"]`.
    languages : `bool`, optional (default = `False`)
        Whether each word must have its language before it (`nl:huis`). It is left out wherever it
        stands before all words.
    tag_repairs : `Mapping[str, str]`, optional (default = `{}`)
        Misspelt tags, and what they mean.
    """

    token_column: Column = "auto"
    tag_column: Optional[Column] = "auto"
    input_scheme: str = "auto"
    entity_types: Optional[Collection[str]] = None
    type_map: Optional[Mapping[str, str]] = None
    separator: str = "auto"
    docstart: str = "line"
    blank_tokens: str = "keep"
    columns: Sequence[str] = ()
    languages: bool = False
    tag_repairs: Mapping[str, str] = {}


def read_conll_file(
    path: Union[str, "PathLike[str]"], *, encoding: str = "utf-8", **options: Any
) -> ConllFile:
    """
    Reads a CoNLL file with any number of columns, the same on every line, and checks its tags.

    Columns are parted by spaces and tabs (a no-break space belongs to its token), lines by line
    feeds only. Blank lines may be repeated, also at the file's beginning. Byte order marks and
    carriage returns are dropped, comment lines and a header are recognised.

    # Parameters

    path : `str`
        The file; see `read_text_file`.
    encoding : `str`, optional (default = `"utf-8"`)
    **options
        Those of `ConllOptions`.

    # Raises

    `ConfigurationError`
        Naming file and line: a column that does not exist, a changing number of columns, a tag
        not understood; no sentence in the file; unknown options.
    """
    chosen = ConllOptions(**options)
    check_options(chosen)
    return parse_conll(read_text_file(path, encoding=encoding), str(path), chosen)


def check_options(options: ConllOptions) -> None:
    """Raises `ConfigurationError` for an option with a value that it does not have."""
    for name, choices in (
        ("input_scheme", INPUT_SCHEMES),
        ("docstart", DOCSTART_POLICIES),
        ("separator", SEPARATORS),
        ("blank_tokens", BLANK_TOKEN_POLICIES),
    ):
        value = getattr(options, name)
        if value not in choices:
            raise ConfigurationError(f"{name} is '{value}'; choose one of {', '.join(choices)}")
    nameless = [old for old, new in (options.type_map or {}).items() if not new]
    if nameless:
        raise ConfigurationError(
            f"type_map has no new name for '{excerpt(nameless[0])}'; give one, or \"O\" for no "
            "entity"
        )


def parse_conll(lines: Sequence[Tuple[int, str]], path: str, options: ConllOptions) -> ConllFile:
    """As `read_conll_file`, of numbered lines; `path` is what errors name."""
    other = other_format(lines)
    if other is not None:
        raise ConfigurationError(
            f"{path}, line 1: this is {other.name}, and a CoNLL file is expected (one token a "
            f"line); {other.remedy}"
        )
    layout = lay_out(
        lines,
        separator=options.separator,
        columns=options.columns,
        token_column=options.token_column,
        tag_column=options.tag_column,
        languages=options.languages,
        path=path,
    )
    return parse_layout(layout, path, options)


def parse_layout(layout: ConllLayout, path: str, options: ConllOptions) -> ConllFile:
    """As `read_conll_file`, of rows whatever they come from; `path` is what errors name."""
    return _Parser(layout, path, options).parse()


class _Parser:
    """Makes sentences of the rows of one file, and counts the repairs."""

    def __init__(self, layout: ConllLayout, path: str, options: ConllOptions) -> None:
        self._layout = layout
        self._path = path
        self._options = options
        self._repairs: Counter[str] = Counter(layout.repairs)
        self._types = TypeMap(options.type_map or {})

    def parse(self) -> ConllFile:
        drop_glued = self._options.docstart == "sentence"
        found = self._layout.sentences
        groups = [group for group, is_glued in found if not (drop_glued and is_glued)]
        if not groups:
            raise self._no_sentence()
        self._check_widths(groups)
        spelling = self._read_tags(groups)
        sentences = []
        for group in groups:
            words, tags = [], []
            for line in group:
                word = self._word(line)
                if word is not None:
                    words.append(word)
                    tags.append(self._tag(line, spelling))
            if not words:
                continue
            if self._layout.tag is None:
                sentences.append(ConllSentence(words, None, group[0].number))
            else:
                renamed = self._types.renamed_entities(tags)
                tags = self._types.rename(tags)
                sentences.append(ConllSentence(words, tags, group[0].number, renamed))
        if not sentences:
            raise self._no_sentence()
        scheme = None if self._layout.tag is None else detect_input_scheme(_tags_of(sentences))
        if PLAIN_TYPES in self._repairs:
            scheme = "IO"
        self._check_types(groups, spelling)
        self._repairs[BROUGHT_TO_IOB2] += self._types.changed_prefixes
        return ConllFile(
            sentences,
            scheme,
            len(found) - len(groups),
            {kind: count for kind, count in self._repairs.items() if count},
            dict(sorted(self._types.renamed.items())),
            self._layout.notes,
        )

    def _no_sentence(self) -> ConfigurationError:
        left_out = ", ".join(f"{kind}: {count}" for kind, count in self._repairs.items())
        return ConfigurationError(
            f"{self._path}: no sentence in this file{left_out and f' ({left_out})'}; give a "
            "CoNLL file (one token a line, a blank line after each sentence), or JSON with "
            "sentences to xner-data convert"
        )

    def _check_widths(self, groups: List[List[ConllLine]]) -> None:
        # It may be in a sentence that is dropped with its -DOCSTART-.
        rows = [line for sentence in self._layout.sentences for line in sentence.lines]
        first = next((line for line in rows if len(line.columns) == self._layout.width), None)
        odd = next(
            (line for group in groups for line in group if len(line.columns) != self._layout.width),
            None,
        )
        if odd is None:
            return
        remedy = "repair the line"
        if self._layout.separator == "whitespace":
            remedy += (
                ' (if tabs part the columns and tokens contain spaces, set "separator" to '
                '"tab"; if the file holds raw sentences, name its language in '
                '"raw_text_languages")'
            )
        usual = f"most lines have {self._layout.width}"
        if first is not None:
            usual = f"line {first.number} has {show_columns(first)}"
        raise ConfigurationError(
            f"{self._path}, line {odd.number}: {show_columns(odd)}, while {usual}; {remedy}"
        )

    def _word(self, line: ConllLine) -> Optional[str]:
        """`None` if the token is dropped."""
        word = line.columns[self._layout.token]
        if word and not is_invisible(word):
            return word
        if self._options.blank_tokens == "refuse":
            raise ConfigurationError(
                f"{self._path}, line {line.number}: {show_columns(line)}, and that of the token is "
                'empty; repair the line, or set "blank_tokens", "token_column" or "separator"'
            )
        if self._options.blank_tokens == "drop":
            self._repairs["empty or invisible tokens dropped"] += 1
            return None
        if word:
            self._repairs["invisible tokens kept"] += 1
            return word
        self._repairs[f"empty tokens read as {PLACEHOLDER}"] += 1
        return PLACEHOLDER

    def _read_tags(self, groups: List[List[ConllLine]]) -> Dict[str, str]:
        """What each tag of the file means; counts those that are spelled otherwise."""
        position = self._layout.tag
        if position is None:
            return {}
        counts = Counter(line.columns[position] for group in groups for line in group)
        repaired = {tag: self._options.tag_repairs.get(tag, tag) for tag in counts}
        is_io = self._options.input_scheme == "IO"
        spelling = read_spelling(set(repaired.values()), plain_types=is_io)
        for tag, count in counts.items():
            if repaired[tag] != tag:
                self._repairs["misspelt tags"] += count
            for kind in spelling.repairs.get(repaired[tag], ()):
                self._repairs[kind] += count
        return {tag: spelling.tags[new] for tag, new in repaired.items() if new in spelling.tags}

    def _tag(self, line: ConllLine, spelling: Mapping[str, str]) -> str:
        position = self._layout.tag
        if position is None:
            return "O"
        written = line.columns[position]
        if written in spelling:
            tag = spelling[written]
            if self._options.input_scheme == "IOB" and split_tag(tag)[0] in "LU":
                raise ConfigurationError(
                    f"{self._path}, line {line.number}: the tag '{excerpt(written)}' is not IOB; "
                    'set "input_scheme" to "BIOUL" or "auto"'
                )
            return tag
        raise ConfigurationError(
            f"{self._path}, line {line.number}: '{excerpt(written)}' is not a tag; tags are O or "
            f"B-PER, I-PER, L-/E-PER, U-/S-PER. The line has {show_columns(line)} and the tag was "
            f'taken from column {position}; set "tag_column" if that is wrong' + self._hint(line)
        )

    def _hint(self, line: ConllLine) -> str:
        """What else may be wrong with the tags."""
        first = line.columns[0]
        try:
            split_tag(first)
            return f', to 0 and "token_column" to 1 if {excerpt(first)} is the tag'
        except ValueError:
            return (
                '; set "input_scheme" to "IO" if it is a type without a prefix, or name the '
                'language in "untagged_languages" if the file has no tags'
            )

    def _check_types(self, groups: List[List[ConllLine]], spelling: Mapping[str, str]) -> None:
        known, position = self._options.entity_types, self._layout.tag
        if known is None or position is None:
            return
        for line in (line for group in groups for line in group):
            entity_type = split_tag(spelling[line.columns[position]])[1]
            if entity_type and self._types.new_name(entity_type) not in (*known, "O"):
                raise ConfigurationError(
                    f"{self._path}, line {line.number}: the tag "
                    f"'{excerpt(line.columns[position])}' has a type that is not one of "
                    f"{', '.join(sorted(known))}. Say what it is to "
                    f"become, or O for no entity: --map {excerpt(entity_type)}=MISC (xner-data "
                    'convert), or the option "type_map"'
                )


def is_invisible(token: str) -> bool:
    """Whether a token has white space, control characters and invisible marks only."""
    return not token.isalnum() and all(
        letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf") for letter in token
    )


def _tags_of(sentences: List[ConllSentence]) -> List[str]:
    # An O keeps the sentences apart.
    return [tag for sentence in sentences for tag in (*(sentence.tags or ()), "O")]
