"""What a file is whose lines are no rows of columns, so that an error can name it."""

import re
from itertools import dropwhile
from typing import NamedTuple, Optional, Pattern, Sequence, Tuple

_LINES = 4

# An object with a key, or a pair of a text and an object, alone or as the first of a list.
_JSON = r'\s*(\[\s*)?(\{\s*"(\\.|[^"\\])*"\s*:|\[\s*"(\\.|[^"\\])*"\s*,\s*\{)'

# Lists and objects without anything in them, alone or before others.
_EMPTY = re.compile(r"\s*(\[\s*(null|\[\s*\]|\{\s*\})?\s*\]|\{\s*\})\s*")
_EMPTY_LINE = re.compile(rf"({_EMPTY.pattern}|\s*null\s*),?\s*")

# Two words, each with ten numbers or more and nothing behind them, perhaps below a header.
_NUMBER = r"[ \t]-?\d+(\.\d+)?([eE][-+]?\d+)?"
_VECTORS = rf"(\d+ \d+[ \t]*\n)?(\S+({_NUMBER}){{10,}}[ \t]*(\n|$)){{2}}"


class OtherFormat(NamedTuple):
    """A `code` for programs, the format's `name`, what to do, and how such a file begins."""

    code: str
    name: str
    remedy: str
    beginning: Pattern[str]


JSON = OtherFormat(
    "json", "JSON", "convert it: xner-data convert --from jsonl IN OUT", re.compile(_JSON)
)
_FORMATS = (
    JSON,
    OtherFormat(
        "xml",
        "XML or SGML",
        "export tokens and tags, a token a line, with the program that it is from",
        re.compile(r"\s*(<\?xml\s+version=|<!DOCTYPE\s+\w+|<DOC[^>\n]*>\s*\n)"),
    ),
    OtherFormat(
        "standoff",
        "standoff of brat (.ann), without its text",
        "join it with the text: brat's anntoconll.py writes a token a line",
        re.compile(r"T\d+\t\S+ \d+ \d+(;\d+ \d+)*\t"),
    ),
    OtherFormat(
        "webanno",
        "WebAnno TSV 3",
        "export CoNLL 2002, or JSON, in WebAnno or INCEpTION",
        re.compile(r"#FORMAT=WebAnno TSV"),
    ),
    OtherFormat(
        "word_vectors",
        "text with word vectors",
        "give the corpus in its place",
        re.compile(_VECTORS),
    ),
)


def other_format(lines: Sequence[Tuple[int, str]]) -> Optional[OtherFormat]:
    """The format of numbered lines, if they begin as no file of columns does."""
    first = [text for _, text in lines[: 2 * _LINES]]
    if len(lines) == len(first) and _EMPTY.fullmatch("\n".join(first)):
        return JSON
    written = [text for text in first if text.strip()]
    beginning = list(dropwhile(_EMPTY_LINE.fullmatch, written))
    text = "\n".join(beginning[:_LINES])
    return next((each for each in _FORMATS if each.beginning.match(text)), None)
