"""The rows of CoNLL-2012 (and 2011), which have as many columns as their sentence has verbs."""

from typing import List, Optional

from xner_allennlp.data.column_text import ConllLine, certain_rows
from xner_allennlp.spans import are_bracket_tags

NAMES = "document part number token pos parse lemma frame sense speaker tag".split()
"""Those of the columns that every row has; roles of verbs and coreference follow them."""

_NUMBER, _PARSE, _TAG = NAMES.index("number"), NAMES.index("parse"), NAMES.index("tag")


def cut_to_common_columns(lines: List[ConllLine]) -> Optional[List[ConllLine]]:
    """The lines with the columns of `NAMES` alone; `None` if they are not of CoNLL-2012."""
    rows = certain_rows(lines)
    if (
        not rows
        or not all(len(row) > len(NAMES) for row in rows)
        or not all(row[_NUMBER].isdecimal() and "*" in row[_PARSE] for row in rows)
        or not are_bracket_tags({row[_TAG] for row in rows} | {"(X)", "*"})
    ):
        return None
    return [
        line if line.columns[:1] and line.columns[0].startswith("#") else _cut(line)
        for line in lines
    ]


def _cut(line: ConllLine) -> ConllLine:
    return ConllLine(line.number, line.columns[: len(NAMES)])
