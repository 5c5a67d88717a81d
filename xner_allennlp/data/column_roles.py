"""Which columns of a file hold the words and which the tags."""

import re
from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.spans import (
    MOSTLY,
    are_bracket_tags,
    read_spelling,
    share_of_tags,
    split_tag,
)

Column = Union[int, str]

# How columns are called in headers; what stands first is taken first.
TOKEN_NAMES = ("token", "tokens", "word", "words", "form", "text")
TAG_NAMES = (
    *("ne-coarse-lit", "ner_tag", "ner_tags", "ner-tag", "ner", "ne", "tag", "tags", "label"),
    *("labels", "bio", "iob", "entity", "entities", "named_entity"),
)
NUMBER = re.compile(r"(\d+)([-.]\d+)?")
"""The number of a word, or of a multi-word token or an empty node."""

_NUMBER_NAMES = ("number", "id")
# Names of a declaration that say nothing of what the column holds.
_ANYTHING = ("token", "tag", "other", "annotator")
_CHUNKS = frozenset("NP VP PP PC NC VC ADVP ADJP SBAR PRT CONJP INTJ LST UCP AC CC MW".split())
# What stands in each row of a column whose tags are kept back.
_MASKS = ("_", "-", "?")


class ColumnRoles(NamedTuple):
    """
    # Parameters

    token : `int`
        The column of the words.
    tag : `int`, optional
        The column of the tags; `None` if they are not read.
    tag_position : `int`
        Where tags are, read or not.
    """

    token: int
    tag: Optional[int]
    tag_position: int


class ColumnFinder:
    """
    Finds what the columns of a file hold.

    # Parameters

    rows : `List[List[str]]`
        Columns of rows that are certainly rows, equally many in each, at least one row.
    names : `Sequence[str]`
        Of the columns, if they have any.
    is_numbered : `bool`
        Whether the first column counts the words.
    first : `str`
        What errors are to say of the first row: its line and its columns.
    """

    def __init__(
        self, rows: List[List[str]], names: Sequence[str], is_numbered: bool, first: str
    ) -> None:
        self._rows = rows
        self._written_names = names
        self._names = [name.lower() for name in names]
        self._is_numbered = is_numbered
        self._first = first
        self._width = len(rows[0])
        self.values: List[Dict[str, int]] = [Counter(column) for column in zip(*rows)]
        self.shares = [share_of_column(counts) for counts in self.values]
        self.notes: List[str] = []

    # --- what a format declares

    def check_names(self, declared: Sequence[str]) -> None:
        """Raises `ConfigurationError` if a column does not hold what its name in a format says."""
        for position, name in enumerate(declared):
            wrong = self._against_name(position, name)
            if wrong is not None:
                raise ConfigurationError(
                    f"{self._first}: column {position} (from 0) {wrong}, while "
                    f"{' '.join(declared)} are expected"
                )

    def _against_name(self, position: int, name: str) -> Optional[str]:
        values = self.values[position]
        if name in _NUMBER_NAMES:
            odd = next((value for value in values if not NUMBER.fullmatch(value)), None)
            return None if odd is None else f"has {excerpt(odd)!r}, which is not a word's number"
        if name == "_":
            odd = next((value for value in values if value != "_"), None)
            return None if odd is None else f"has {excerpt(odd)!r}"
        if name == "nested":
            return None if self.shares[position] >= MOSTLY else "has no tags"
        if name == "token" and position == 0 and self._is_numbered and len(self._rows) > 3:
            return "counts the words"
        if name not in _ANYTHING and self._holds_entities(position):
            return "has tags of entities"
        return None

    def _holds_entities(self, position: int) -> bool:
        return (
            self.shares[position] >= MOSTLY
            and any(is_tag(value) and value != "O" for value in self.values[position])
            and not self._are_chunks(position)
        )

    # --- words and tags

    def find(self, token_column: Column, tag_column: Optional[Column]) -> ColumnRoles:
        token = None if token_column == "auto" else self._resolve("token_column", token_column)
        if tag_column is None or tag_column == "auto":
            position = self._find_tags(token)
        else:
            position = self._resolve("tag_column", tag_column)
        if token is None:
            token = self._find_tokens(position)
        # Beside numbers of words there may be nothing but words.
        is_only_column = position == token and token_column == tag_column == "auto"
        if self._width == 1 or tag_column is None or is_only_column:
            return ColumnRoles(token, None, position)
        if position == token:
            raise ConfigurationError(
                f"{self._first}: token_column {token_column} and tag_column {tag_column} are the "
                f"same of the file's {self._width} columns; choose two"
            )
        if self.is_masked(position):
            mask = next(iter(self.values[position]))
            self.notes.append(f"the tags are masked (all are {mask!r})")
            return ColumnRoles(token, None, position)
        return ColumnRoles(token, position, position)

    def is_masked(self, position: int) -> bool:
        """Whether a column has one sign for every tag, as where they are kept back."""
        return self._width > 1 and set(self.values[position]) in ({mask} for mask in _MASKS)

    def _resolve(self, option: str, column: Column) -> int:
        if isinstance(column, str):
            if column.lower() in self._names:
                return self._names.index(column.lower())
            raise ConfigurationError(
                f"{self._first}: there is no {option} '{excerpt(column)}'; the columns are "
                + (", ".join(self._written_names) or "without names, count them from 0")
            )
        if not -self._width <= column < self._width:
            raise ConfigurationError(
                f"{self._first}, so there is no {option} {column}; columns count from 0 (or from "
                "-1 backwards)"
            )
        return column % self._width

    def _named(self, choices: Sequence[str]) -> Optional[int]:
        # In CoNLL-U Plus other projects' columns are named like CONLL:NER.
        names = [name.rpartition(":")[2] for name in self._names]
        return next((names.index(name) for name in choices if name in names), None)

    def _find_tokens(self, tag: int) -> int:
        named = self._named(TOKEN_NAMES)
        if named is not None:
            return named
        if self._is_numbered:
            self.notes.append("the first column counts the words, which are in the second")
            return 1
        if tag == 0 and self._width > 1:
            self.notes.append("the tags stand in the first column, the words in the second")
            return 1
        return 0

    def _find_tags(self, token: Optional[int]) -> int:
        named = self._named(TAG_NAMES)
        if named is not None:
            return named
        last = self._width - 1
        tags = [position for position, share in enumerate(self.shares) if share >= MOSTLY]
        words = int(self._is_numbered) if token is None else token
        # Words may look like tags by chance, in short files.
        tags = [position for position in tags if position != words] or [0] * (
            0 in tags and token is None
        )
        tags = [position for position in tags if not self._are_chunks(position)] or tags
        if not tags:
            return last
        # A row may have a token "O" or "B-PER", but not all rows.
        if tags == [0] and (
            self.shares[0] < 1
            or len(self._rows) < 3
            or not any(is_tag(value) and value != "O" for value in self.values[0])
        ):
            return last
        chosen = next(
            (position for position in tags[:-1] if self._is_nested(tags[-1], position)), tags[-1]
        )
        if chosen not in (0, last):
            self.notes.append(
                f"column {chosen} (from 0) has the tags"
                + (f", column {tags[-1]} those of nested entities" if chosen != tags[-1] else "")
            )
        return chosen

    def _are_chunks(self, position: int) -> bool:
        tags = read_spelling(self.values[position]).tags.values()
        types = {tag.partition("-")[2] for tag in tags} - {""}
        return len(types & _CHUNKS) > len(types) / 2

    def _is_nested(self, position: int, outer: int) -> bool:
        """
        Whether the tags of a column are those of entities inside others, which are fewer, and not
        the same: as those are that a tagger has predicted.
        """
        tags = [read_spelling(self.values[column]).tags for column in (outer, position)]
        both = [
            (tags[0].get(row[outer], "O"), tags[1].get(row[position], "O")) for row in self._rows
        ]
        found = sum(first != "O" for first, _ in both)
        nested = sum(second != "O" for _, second in both)
        same = sum(first == second != "O" for first, second in both)
        return nested <= 0.5 * found and same <= 0.1 * nested and found > 0


def share_of_column(counts: Dict[str, int]) -> float:
    """The share of a column's values that are tags, by how often each occurs."""
    return 1.0 if are_bracket_tags(counts) else share_of_tags(counts)


def is_tag(column: str) -> bool:
    """Whether a column is for itself a tag of a known scheme."""
    try:
        split_tag(column)
    except ValueError:
        return False
    return True
