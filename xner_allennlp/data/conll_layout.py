"""
The layout of a file of labelled tokens: which lines are rows, and which columns of them hold the
words and the tags. What the user does not say is taken from the file, if it is certain.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Counter as CounterType
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data import conll2012
from xner_allennlp.data.column_roles import (
    NUMBER,
    TAG_NAMES,
    TOKEN_NAMES,
    Column,
    ColumnFinder,
    is_tag,
    share_of_column,
)
from xner_allennlp.data.column_text import DOCSTART, ConllLine, split_lines, widths_of
from xner_allennlp.spans import MOSTLY, are_bracket_tags, read_bracket_tags

_SENTENCE_NAMES = ("sentence #", "sentence", "sentence_id", "sent_id", "sentence_idx")
# What HIPE's column MISC says of the last token of a sentence.
_END_OF_SENTENCE = re.compile(r"(.*\|)?(EndOfSentence|PySBDSegment)(\|.*)?")
# At the beginning of a sentence: "# id 7", "## id 7" (KLUE), "###MEDLINE:7" (JNLPBA).
_COMMENT = re.compile(r"#+\s+\S|###\w+:")
_ASSIGNMENT = re.compile(r"#\s*[\w.:-]+\s*=|#(begin|end) document\b|#\s*-?DOCSTART\b")
_NAMES_OF_COLUMNS = re.compile(r"#\s*global\.columns\s*=\s*(\S.*)")
# The mark of a headline or paragraph, in FiNER, on a line of its own.
_MARK = re.compile("<[A-Z]+>")
# What WikiANN has before every word.
_LANGUAGE = re.compile("([a-z]{2,3}(-[a-z]+)*|simple):")


class LinesOfSentence(NamedTuple):
    """
    The `lines` of a sentence, at least one, and whether the sentence `is_glued`: it follows a
    -DOCSTART- line without a blank line between.
    """

    lines: List[ConllLine]
    is_glued: bool


@dataclass
class ConllLayout:
    """
    # Parameters

    separator : `str`
    width : `int`
        The usual number of columns; 0 in a file without rows.
    names : `Sequence[str]`
        Of the columns, if there are any.
    token, tag : `int`
        The columns of words and tags; `tag` is `None` without tags.
    sentences : `List[LinesOfSentence]`
    repairs : `Counter[str]`
        How many lines of which kind were left out.
    notes : `List[str]`
        What was found and why, where it is not the first column of words and the last one of tags.
    """

    separator: str
    width: int = 0
    names: Sequence[str] = ()
    token: int = 0
    tag: Optional[int] = None
    sentences: List[LinesOfSentence] = field(default_factory=list)
    repairs: CounterType[str] = field(default_factory=Counter)
    notes: List[str] = field(default_factory=list)


def lay_out(
    lines: Sequence[Tuple[int, str]],
    *,
    separator: str = "auto",
    columns: Sequence[str] = (),
    token_column: Column = "auto",
    tag_column: Optional[Column] = "auto",
    languages: bool = False,
    path: str = "",
) -> ConllLayout:
    """
    # Parameters

    lines : `Sequence[Tuple[int, str]]`
        Lines with their numbers.
    separator : `str`, optional (default = `"auto"`)
        One of `SEPARATORS`.
    columns : `Sequence[str]`, optional
        The names of a format's columns, for each possible number of them: `["token tag"]`.
    token_column, tag_column : `Union[int, str]`, optional (default = `"auto"`)
        See `ConllOptions`.
    languages : `bool`, optional (default = `False`)
        Whether all words must have a language before them; otherwise it is found out.
    path : `str`, optional (default = `""`)
        The file that errors are to name.

    # Raises

    `ConfigurationError`
        If there is no such column, or the lines have not as many as `columns`.
    """
    try:
        return _Finder(lines, separator, columns, token_column, tag_column, languages).layout
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}, {error}") from None


class _Finder:
    """Finds the layout of one file."""

    def __init__(
        self,
        lines: Sequence[Tuple[int, str]],
        separator: str,
        columns: Sequence[str],
        token_column: Column,
        tag_column: Optional[Column],
        languages: bool,
    ) -> None:
        name, split = split_lines(lines, separator, trim=not columns)
        self.layout = layout = ConllLayout(name)
        if name in ("comma", "semicolon") and separator == "auto":
            layout.notes.append(f"{name}s part the columns")
        common = conll2012.cut_to_common_columns(split)
        if common is not None:
            split, layout.names = common, conll2012.NAMES
            layout.notes.append(f"the first {len(layout.names)} columns are those of CoNLL-2012")
        widths = widths_of(split)
        if not widths:
            return
        layout.width = widths.most_common(1)[0][0]
        layout.names = layout.names or self._names_in_comments(lines)
        split = self._without_header(split)
        split = self._without_marks(split)
        self._is_numbered = self._counts_words(split)
        rows = [line for line in split if len(line.columns) == layout.width]
        certain = [line for line in rows if self._is_certain(line)]
        self._rows = [line.columns for line in certain or rows]
        first = (certain or rows)[0]
        self._first = f"line {first.number}: {show_columns(first)}"
        if columns:
            layout.names = self._declared(columns)
        finder = ColumnFinder(self._rows, layout.names, self._is_numbered, self._first)
        if columns:
            finder.check_names(layout.names)
        roles = finder.find(token_column, tag_column)
        layout.token, layout.tag, self._tag_position = roles
        layout.notes += finder.notes
        has_languages = self._begin_with_languages(languages)
        # Values of rows that may be comments themselves tell nothing.
        self._known = finder.values if certain else [{} for _ in finder.values]
        self._has_tags = max(finder.shares) >= MOSTLY or finder.is_masked(roles.tag_position)
        has_brackets = common is not None or are_bracket_tags(finder.values[roles.tag_position])
        for group in self._sentences(split, dict(lines)):
            group = self._without_brackets(group) if has_brackets else group
            layout.sentences.append(self._without_languages(group) if has_languages else group)

    def _names_in_comments(self, lines: Sequence[Tuple[int, str]]) -> Sequence[str]:
        """The names of columns that a comment of CoNLL-U Plus gives, if they are as many."""
        found = next(filter(None, (_NAMES_OF_COLUMNS.match(text) for _, text in lines)), None)
        names = found[1].split() if found else []
        return names if len(names) == self.layout.width else []

    def _declared(self, columns: Sequence[str]) -> Sequence[str]:
        """The names that a format has for this number of columns."""
        by_width = {len(names.split()): names.split() for names in columns}
        if self.layout.width not in by_width:
            raise ConfigurationError(
                f"{self._first}, while {' or '.join(map(str, by_width))} are expected "
                f"({'; or '.join(columns)})"
            )
        return by_width[self.layout.width]

    def _is_certain(self, line: ConllLine) -> bool:
        """Whether a row is neither perhaps a comment, nor that of a multi-word token."""
        number = NUMBER.fullmatch(line.columns[0]) if self._is_numbered else None
        return not line.columns[0].startswith(("#", DOCSTART)) and not (number and number[2])

    # --- lines

    def _without_header(self, split: List[ConllLine]) -> List[ConllLine]:
        """The lines without the header and its repetitions, if there is one."""
        first = next((line for line in split if line.columns and line.columns[0][:1] != "#"), None)
        width = self.layout.width
        if self.layout.names or first is None or len(first.columns) != width or width < 2:
            return split
        names = [column.lower() for column in first.columns]
        if not set(names) & set(TOKEN_NAMES) or not set(names) & set(TAG_NAMES):
            return split
        rest = [line for line in split if line.columns != first.columns]
        if not any(len(line.columns) == width for line in rest):
            return split
        self.layout.names = first.columns
        self.layout.repairs["header lines"] = len(split) - len(rest)
        return rest

    def _without_marks(self, split: List[ConllLine]) -> List[ConllLine]:
        """The lines with blank ones for the marks of headlines and paragraphs."""
        result = []
        for line in split:
            if (
                len(line.columns) > 1
                and not any(line.columns[1:])
                and _MARK.fullmatch(line.columns[0])
            ):
                self.layout.repairs["lines of a mark, like <HEADLINE>"] += 1
                line = ConllLine(line.number, [])
            result.append(line)
        return result

    def _counts_words(self, split: Sequence[ConllLine]) -> bool:
        """Whether the first column counts the words of each sentence, or of the file."""
        width = self.layout.width
        if width == 2:
            # Numbers may be words, with tags behind them.
            tags = Counter(line.columns[1] for line in split if len(line.columns) == 2)
            if share_of_column(tags) >= MOSTLY:
                return False
        if width < 2:
            return False
        right, wrong, highest, previous = 0, 0, 0, -1
        for group in _group(split):
            is_first = True
            for line in group.lines:
                if line.columns[0][:1] == "#":
                    continue
                number = NUMBER.fullmatch(line.columns[0])
                if number is None or len(number[1]) > 9:
                    if len(line.columns) != width:
                        continue
                    return False
                if number[2]:
                    continue
                value = int(number[1])
                fits = value == previous + 1 or (is_first and value in (0, 1))
                right, wrong = right + fits, wrong + (not fits)
                highest, previous, is_first = max(highest, value), value, False
        return right > 1 and highest > 0 and wrong <= 0.05 * right

    def _sentences(
        self, split: Sequence[ConllLine], texts: Dict[int, str]
    ) -> Iterator[LinesOfSentence]:
        rows = []
        at_start = True
        for line in split:
            text = texts[line.number]
            if text.lstrip(" \t").startswith("#") and self._is_comment(
                line, text.lstrip(), at_start
            ):
                self.layout.repairs["comment lines"] += 1
                continue
            at_start = not line.columns or line.columns[0] == DOCSTART
            is_counted = self._is_numbered and bool(line.columns)
            number = NUMBER.fullmatch(line.columns[0]) if is_counted else None
            if number is not None and number[2]:
                self.layout.repairs["lines of multi-word tokens and empty nodes"] += 1
                continue
            if line.columns and len(line.columns) != self.layout.width:
                line = self._with_blank_token(line, text)
            rows.append(line)
        return _group(self._with_ends(rows), self.layout.token)

    def _with_blank_token(self, line: ConllLine, text: str) -> ConllLine:
        """A row between spaces whose token is blank, which looks as if it lacked a column."""
        layout, position = self.layout, self._tag_position
        if layout.separator != "whitespace" or layout.width < 2:
            return line
        candidates = [re.split("[ \t]", text)]
        if text[0] in " \t" and layout.token == 0:
            candidates.append(["", *line.columns])
        if text[-1] in " \t" and layout.token == layout.width - 1:
            candidates.append([*line.columns, ""])
        for columns in candidates:
            if (
                len(columns) == layout.width
                and not columns[layout.token]
                and (columns[position] in self._known[position] or is_tag(columns[position]))
            ):
                return ConllLine(line.number, columns)
        return line

    def _begin_with_languages(self, expected: bool) -> bool:
        """Whether all words are like "nl:huis", and in few languages."""
        words = [row[self.layout.token] for row in self._rows]
        found = [match and match[1] for match in map(_LANGUAGE.match, words)]
        if expected and not all(found):
            odd = excerpt(words[found.index(None)])
            raise ConfigurationError(
                f"{self._first} and following: {odd!r} does not begin as in en:word; repair it, or "
                "choose the format that the file is in"
            )
        return all(found) and (expected or 2 * len(set(found)) <= len(words))

    def _without_languages(self, group: LinesOfSentence) -> LinesOfSentence:
        position, lines = self.layout.token, []
        for line in group.lines:
            if len(line.columns) == self.layout.width:
                word = _LANGUAGE.sub("", line.columns[position], count=1)
                self.layout.repairs["languages before words, left out"] += 1
                line = _with_column(line, position, word)
            lines.append(line)
        return LinesOfSentence(lines, group.is_glued)

    def _without_brackets(self, group: LinesOfSentence) -> LinesOfSentence:
        """A sentence with IOB2 for tags in brackets, if they are paired."""
        position = self._tag_position
        if any(len(line.columns) != self.layout.width for line in group.lines):
            return group
        tags = read_bracket_tags([line.columns[position] for line in group.lines])
        if tags is None:
            return group
        if self.layout.tag is not None:
            self.layout.repairs["entities in brackets"] += sum(tag[0] == "B" for tag in tags)
        lines = [_with_column(line, position, tag) for line, tag in zip(group.lines, tags)]
        return LinesOfSentence(lines, group.is_glued)

    def _is_comment(self, line: ConllLine, text: str, at_start: bool) -> bool:
        """Whether a line that begins with "#" is a comment and no row of a token like "#"."""
        columns, layout = line.columns, self.layout
        if len(columns) == layout.width and not self._is_numbered:
            if columns[0] == "#" and columns[2:3] == ["="]:
                return True
            tag = columns[self._tag_position]
            if layout.width == 1 or tag in self._known[self._tag_position] or is_tag(tag):
                return False
            if not self._has_tags:
                return bool(at_start and _ASSIGNMENT.match(text))
        if _ASSIGNMENT.match(text):
            return True
        # A row of the token "#" that has lost a column is not a comment.
        return bool(at_start and _COMMENT.match(text)) and not is_tag(columns[-1])

    def _with_ends(self, rows: Sequence[ConllLine]) -> Iterator[ConllLine]:
        """The rows, and blank lines where a column says that a sentence begins or ends."""
        names = [name.lower() for name in self.layout.names]
        number = next((names.index(name) for name in _SENTENCE_NAMES if name in names), None)
        flags = names.index("misc") if "misc" in names else None
        current = ""
        for line in rows:
            if number is not None and len(line.columns) > number:
                value = line.columns[number]
                if value and value != current:
                    current = value
                    yield ConllLine(line.number, [])
            yield line
            if flags is not None and _END_OF_SENTENCE.fullmatch(
                "".join(line.columns[flags : flags + 1])
            ):
                yield ConllLine(line.number, [])


def _with_column(line: ConllLine, position: int, column: str) -> ConllLine:
    return ConllLine(line.number, [*line.columns[:position], column, *line.columns[position + 1 :]])


def _group(lines: Iterable[ConllLine], token: int = 0) -> Iterator[LinesOfSentence]:
    """The lines of each sentence, which blank lines and -DOCSTART- lines end."""
    group: List[ConllLine] = []
    is_glued = False
    for line in (*lines, ConllLine(0, [])):
        is_docstart = DOCSTART in (line.columns[:1] + line.columns[token : token + 1])
        if line.columns and not is_docstart:
            group.append(line)
            continue
        if group:
            yield LinesOfSentence(group, is_glued)
        group, is_glued = [], is_docstart


def show_columns(line: ConllLine) -> str:
    """How many columns a line has, and what is in them, for messages."""
    count = len(line.columns)
    return f"{count} column{'s' if count > 1 else ''} ({excerpt(' | '.join(line.columns))})"
