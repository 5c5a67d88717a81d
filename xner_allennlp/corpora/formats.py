"""
The formats that corpora are distributed in: the columns of a line, and what their entity types
become.

Types other than PER, LOC, ORG and MISC are renamed as stated in each format. For FiNER this gives
the paper's published files exactly (checked with all three splits); for AQMAR the paper only says
that "few tags" were changed by hand, so its files and ours may differ in those.
"""

import re
from typing import Callable, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from xner_allennlp.common.excerpts import excerpt
from xner_allennlp.data.conll_file import DOCSTART, split_columns

ENTITY_TYPES = ("PER", "LOC", "ORG", "MISC")
NO_ENTITY = "O"


class CorpusFormat(NamedTuple):
    """
    # Parameters

    name : `str`
        What the user types.
    corpora : `str`
        Which corpora have this format, and what is special about it.
    parse : `Callable[[str], List[str]]`
        Token and tag of a line; empty if the line ends a sentence. Raises `ValueError`, saying what
        was expected, if the line is not of the format.
    one_byte_encoding : `str`
        The encoding of files that are not UTF-8.
    repairs : `Mapping[str, str]`
        Misspelt tags, and what they mean.
    types : `Sequence[Tuple[str, str]]`
        Pairs of a regular expression and the type (or "O") that a matching type becomes.
    """

    name: str
    corpora: str
    parse: Callable[[str], List[str]]
    one_byte_encoding: str = "latin-1"
    repairs: Mapping[str, str] = {}
    types: Sequence[Tuple[str, str]] = ()


def _whitespace_parser(counts: Sequence[int], names: str) -> Callable[[str], List[str]]:
    def parse(line: str) -> List[str]:
        columns = split_columns(line)
        # `-DOCSTART-` lines have any number of columns.
        if columns and len(columns) not in counts and columns[0] != DOCSTART:
            raise ValueError(_expected(len(columns), " or ".join(map(str, counts)), names))
        return [columns[0], columns[-1]] if columns else []

    return parse


def _parse_finer(line: str) -> List[str]:
    columns = _tab_columns(line, 3, "token, tag, tag of a nested entity")
    # Between sentences stand lines of two tabs, and <HEADLINE>, <INGRESS>, <BODY> without tags.
    if not columns or (not columns[1] and re.fullmatch("(<[A-Z]+>)?", columns[0])):
        return []
    return columns[:2]


def _parse_wikiann(line: str) -> List[str]:
    columns = _tab_columns(line, 2, "language:token, tag")
    if not columns:
        return []
    language, colon, token = columns[0].partition(":")
    if not colon or not re.fullmatch("[a-z][a-z-]*", language):
        raise ValueError(f"{excerpt(columns[0])!r} does not begin as in en:word")
    return [token, columns[1]]


def _parse_wikineural(line: str) -> List[str]:
    columns = _tab_columns(line, 3, "number of the token, token, tag")
    if not columns:
        return []
    if not columns[0].isdecimal():
        raise ValueError(
            f"the first column is {excerpt(columns[0])!r}, not the number of the token"
        )
    return columns[1:]


def _tab_columns(line: str, count: int, names: str) -> List[str]:
    if not line.strip(" \t"):
        return []
    columns = line.split("\t")
    if len(columns) != count:
        raise ValueError(_expected(len(columns), f"{count} parted by tabs", names))
    return [column.strip(" ") for column in columns]


def _expected(found: int, count: str, names: str) -> str:
    return f"{found} column{'s' if found > 1 else ''}, while {count} are expected ({names})"


FORMATS: Dict[str, CorpusFormat] = {
    format_.name: format_
    for format_ in (
        CorpusFormat(
            "conll2002",
            "CoNLL-2002 Spanish (esp.*: token, tag) and Dutch (ned.*: token, part of speech, tag); "
            "IOB2, latin-1. In Dutch -DOCSTART- is glued to the first sentence of each article: "
            "see --docstart",
            _whitespace_parser((2, 3), "token, [part of speech,] tag"),
        ),
        CorpusFormat(
            "conll2003",
            "CoNLL-2003 English (eng.*: token, part of speech, chunk, tag) and German (deu.*: the "
            "same with a lemma after the token); IOB1, latin-1",
            _whitespace_parser((4, 5), "token, [lemma,] part of speech, chunk, tag"),
        ),
        CorpusFormat(
            "aqmar",
            "AQMAR, one file an article (join them with cat, a blank line between); MIS, MIS0 to "
            "MIS3 and their misspellings become MISC, ENGLISH and SPANISH no entity",
            _whitespace_parser((2,), "token, tag"),
            one_byte_encoding="cp1256",
            repairs={"OO": "O", "IO": "O", "I--ORG": "I-ORG"},
            types=(("MIS.*", "MISC"), ("PERS", "PER"), ("ENGLISH|SPANISH", NO_ENTITY)),
        ),
        CorpusFormat(
            "finer",
            "FiNER (token, tag, tag of a nested entity, parted by tabs); nested entities and the "
            "lines <HEADLINE>, <INGRESS>, <BODY> are dropped; PRO, DATE and EVENT become MISC, "
            "which gives the paper's files",
            _parse_finer,
            types=(("PRO|DATE|EVENT", "MISC"),),
        ),
        CorpusFormat(
            "wikiann",
            "WikiANN, also called PAN-X (language:token, tag, parted by a tab)",
            _parse_wikiann,
        ),
        CorpusFormat(
            "wikineural",
            "WikiNEuRal (number of the token, token, tag, parted by tabs)",
            _parse_wikineural,
        ),
    )
}
