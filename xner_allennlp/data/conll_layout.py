"""
The layout of a file of labelled tokens: which lines are rows, and which columns of them hold the
words and the tags. What the user does not say is taken from the file, if it is certain.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Counter as CounterType
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.column_text import DOCSTART, ConllLine, split_lines, widths_of
from xner_allennlp.spans import MOSTLY, read_spelling, share_of_tags, split_tag

Column = Union[int, str]

# How columns are called in headers; what stands first is taken first.
_TOKEN_NAMES = ("token", "tokens", "word", "words", "form", "text")
_TAG_NAMES = (
    *("ne-coarse-lit", "ner_tag", "ner_tags", "ner-tag", "ner", "ne", "tag", "tags", "label"),
    *("labels", "bio", "iob", "entity", "entities", "named_entity"),
)
_NUMBER_NAMES = ("number", "id")
_SENTENCE_NAMES = ("sentence #", "sentence", "sentence_id", "sent_id", "sentence_idx")
# What HIPE's column MISC says of the last token of a sentence.
_END_OF_SENTENCE = re.compile(r"(.*\|)?(EndOfSentence|PySBDSegment)(\|.*)?")
_COMMENT = re.compile(r"#\s+\S")
_ASSIGNMENT = re.compile(r"#\s*[\w.:-]+\s*=|#(begin|end) document\b")
# The mark of a headline or paragraph, in FiNER, on a line of its own.
_MARK = re.compile("<[A-Z]+>")
_NUMBER = re.compile(r"(\d+)([-.]\d+)?")
_CHUNKS = frozenset("NP VP PP PC NC VC ADVP ADJP SBAR PRT CONJP INTJ LST UCP AC CC MW".split())


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
    path : `str`, optional (default = `""`)
        The file that errors are to name.

    # Raises

    `ConfigurationError`
        If there is no such column, or the lines have not as many as `columns`.
    """
    try:
        return _Finder(lines, separator, columns, token_column, tag_column).layout
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
    ) -> None:
        name, split = split_lines(lines, separator, trim=not columns)
        self.layout = layout = ConllLayout(name)
        if name in ("comma", "semicolon") and separator == "auto":
            layout.notes.append(f"{name}s part the columns")
        widths = widths_of(split)
        if not widths:
            return
        layout.width = widths.most_common(1)[0][0]
        split = self._without_header(split)
        split = self._without_marks(split)
        rows = [line for line in split if len(line.columns) == layout.width]
        certain = [line for line in rows if not line.columns[0].startswith(("#", DOCSTART))]
        self._first = (certain or rows)[0]
        self._rows = [line.columns for line in certain or rows]
        self._values = [Counter(column) for column in zip(*self._rows)]
        # Values of rows that may be comments themselves tell nothing.
        self._known = self._values if certain else [Counter() for _ in self._values]
        self._shares = [share_of_tags(counts) for counts in self._values]
        self._is_numbered = self._counts_words(split)
        if columns:
            self._name_columns(columns)
        self._place_of_tags = self._choose_columns(token_column, tag_column)
        layout.sentences = list(self._sentences(split, dict(lines)))

    # --- lines

    def _without_header(self, split: List[ConllLine]) -> List[ConllLine]:
        """The lines without the header and its repetitions, if there is one."""
        first = next((line for line in split if line.columns and line.columns[0][:1] != "#"), None)
        if first is None or len(first.columns) != self.layout.width or len(first.columns) < 2:
            return split
        names = [column.lower() for column in first.columns]
        if not set(names) & set(_TOKEN_NAMES) or not set(names) & set(_TAG_NAMES):
            return split
        rest = [line for line in split if line.columns != first.columns]
        if not any(line.columns for line in rest):
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
        if self.layout.width < 2 or (self.layout.width == 2 and self._shares[-1] >= MOSTLY):
            return False
        right, wrong, highest, previous = 0, 0, 0, -1
        for group in _group(split):
            is_first = True
            for line in group.lines:
                if len(line.columns) != self.layout.width or line.columns[0][:1] == "#":
                    continue
                number = _NUMBER.fullmatch(line.columns[0])
                if number is None or len(number[1]) > 9:
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
            number = _NUMBER.fullmatch(line.columns[0]) if line.columns else None
            if self._is_numbered and number is not None and number[2]:
                self.layout.repairs["lines of multi-word tokens and empty nodes"] += 1
                continue
            rows.append(line)
        return _group(self._with_ends(rows), self.layout.token)

    def _is_comment(self, line: ConllLine, text: str, at_start: bool) -> bool:
        """Whether a line that begins with "#" is a comment and no row of a token like "#"."""
        columns, layout = line.columns, self.layout
        if len(columns) == layout.width and not self._is_numbered:
            if columns[0] == "#" and columns[2:3] == ["="]:
                return True
            tag = columns[self._place_of_tags]
            if layout.width == 1 or tag in self._known[self._place_of_tags] or _is_tag(tag):
                return False
            if max(self._shares) < MOSTLY:
                return bool(at_start and _ASSIGNMENT.match(text))
        if _ASSIGNMENT.match(text):
            return True
        # A row of the token "#" that has lost a column is none.
        return bool(at_start and _COMMENT.match(text)) and not _is_tag(columns[-1])

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

    # --- columns

    def _name_columns(self, columns: Sequence[str]) -> None:
        by_width = {len(names.split()): names.split() for names in columns}
        if self.layout.width not in by_width:
            raise ConfigurationError(
                f"line {self._first.number}: {show_columns(self._first)}, while "
                f"{' or '.join(map(str, by_width))} are expected ({'; or '.join(columns)})"
            )
        self.layout.names = by_width[self.layout.width]
        first = [row[0] for row in self._rows]
        if self.layout.names[0] in _NUMBER_NAMES and not all(map(_NUMBER.fullmatch, first)):
            wrong = next(word for word in first if not _NUMBER.fullmatch(word))
            raise ConfigurationError(
                f"line {self._first.number} and following: {excerpt(wrong)!r} in the first column "
                f"is not the number of a word, while {' '.join(self.layout.names)} are expected"
            )
        if self._is_numbered and self.layout.names[0] == "token" and len(self._rows) > 3:
            raise ConfigurationError(
                f"line {self._first.number}: {show_columns(self._first)}, and the first column "
                f"counts the words, while {' '.join(self.layout.names)} are expected"
            )

    def _choose_columns(self, token_column: Column, tag_column: Optional[Column]) -> int:
        """Returns where tags would be, if they are read."""
        layout = self.layout
        token = None if token_column == "auto" else self._resolve("token_column", token_column)
        if tag_column is None or tag_column == "auto":
            tag = self._find_tags(token)
        else:
            tag = self._resolve("tag_column", tag_column)
        layout.token = self._find_tokens(tag) if token is None else token
        if layout.width > 1 and tag_column is not None:
            if tag == layout.token:
                raise ConfigurationError(
                    f"line {self._first.number}: token_column {token_column} and tag_column "
                    f"{tag_column} are the same of the file's {layout.width} columns; choose two"
                )
            layout.tag = tag
        return tag

    def _resolve(self, option: str, column: Column) -> int:
        count, line = self.layout.width, self._first
        if isinstance(column, str):
            names = [name.lower() for name in self.layout.names]
            if column.lower() in names:
                return names.index(column.lower())
            raise ConfigurationError(
                f"line {line.number}: there is no {option} '{excerpt(column)}'; the columns are "
                + (", ".join(self.layout.names) or "without names, count them from 0")
            )
        if not -count <= column < count:
            raise ConfigurationError(
                f"line {line.number}: {show_columns(line)}, so there is no {option} {column}; "
                "columns count from 0 (or from -1 backwards)"
            )
        return column % count

    def _find_tokens(self, tag: int) -> int:
        names = [name.lower() for name in self.layout.names]
        for name in _TOKEN_NAMES:
            if name in names:
                return names.index(name)
        if self._is_numbered:
            self.layout.notes.append("the first column counts the words, which are in the second")
            return 1
        if tag == 0 and self.layout.width > 1:
            self.layout.notes.append("the tags stand in the first column, the words in the second")
            return 1
        return 0

    def _find_tags(self, token: Optional[int]) -> int:
        names = [name.lower() for name in self.layout.names]
        for name in _TAG_NAMES:
            if name in names:
                return names.index(name)
        last = self.layout.width - 1
        tags = [place for place, share in enumerate(self._shares) if share >= MOSTLY]
        words = int(self._is_numbered) if token is None else token
        # Words may look like tags by chance, in short files.
        tags = [place for place in tags if place != words] or [0] * (0 in tags and token is None)
        tags = [place for place in tags if not self._are_chunks(place)] or tags
        if not tags:
            return last
        # A row may have a token "O" or "B-PER", but not all rows.
        if tags == [0] and (
            self._shares[0] < 1
            or len(self._rows) < 3
            or not any(_is_tag(value) and value != "O" for value in self._values[0])
        ):
            return last
        chosen = next((place for place in tags[:-1] if self._is_nested(tags[-1], place)), tags[-1])
        if chosen not in (0, last):
            self.layout.notes.append(
                f"column {chosen} (from 0) has the tags"
                + (f", column {tags[-1]} those of nested entities" if chosen != tags[-1] else "")
            )
        return chosen

    def _are_chunks(self, place: int) -> bool:
        tags = read_spelling(self._values[place]).tags.values()
        types = {tag.partition("-")[2] for tag in tags} - {""}
        return len(types & _CHUNKS) > len(types) / 2

    def _is_nested(self, place: int, outer: int) -> bool:
        """
        Whether the tags of a column are those of entities inside others, which are fewer, and not
        the same: as those are that a tagger has predicted.
        """
        tags = [read_spelling(self._values[column]).tags for column in (outer, place)]
        both = [(tags[0].get(row[outer], "O"), tags[1].get(row[place], "O")) for row in self._rows]
        found = sum(first != "O" for first, _ in both)
        nested = sum(second != "O" for _, second in both)
        same = sum(first == second != "O" for first, second in both)
        return nested <= 0.5 * found and same <= 0.1 * nested and found > 0


def _is_tag(column: str) -> bool:
    try:
        split_tag(column)
    except ValueError:
        return False
    return True


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
