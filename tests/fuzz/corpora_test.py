"""Corpora, raw text and their conversion."""

import json
from typing import Any, List, Tuple

from hypothesis import strategies as st

from tests.fuzz import checks_of_corpora as checks
from tests.fuzz.cases import file_of, fuzz
from tests.fuzz.odd_text import lines, text_without, words_without
from tests.fuzz.spoilt_bytes import compressed, spoilt
from xner_allennlp.data import read_conll_file

TOKENS = words_without(" \t\r\n\0").filter(lambda word: word != "-DOCSTART-")
TAGS = st.sampled_from("O B-PER I-PER I-LOC B-MISC L-ORG U-PER E-PER S-LOC B-GPE-part".split())
ROWS = st.lists(st.tuples(TOKENS, TAGS), min_size=1, max_size=6)
GAPS = st.sampled_from(
    ["\n", "\n\n", " \n", "\t\n\r\n", "\n-DOCSTART- O\n", "\n-DOCSTART-\tX Y O\n\n"]
)


@st.composite
def conll_files(draw: Any) -> Tuple[bytes, List[List[Tuple[str, str]]]]:
    """A correct file as some program may write it, and what is in it."""
    sentences = draw(st.lists(ROWS, min_size=1, max_size=4))
    middle = draw(st.sampled_from([" ", "\t", "  ", " NN ", "\tNN\tI-NP\t", " \t"]))
    end = draw(st.sampled_from(["\n", "\r\n", " \n", "\t\r\n", "\r\r\n"]))
    start = draw(st.sampled_from(["", "\ufeff", "\n", "-DOCSTART- -X- O O\n\n", "\ufeff\n\n"]))
    # The reader takes byte order marks off a file's beginning.
    if not start.strip("\ufeff"):
        sentences[0][0] = ("a", sentences[0][0][1])
    text = start
    for rows in sentences:
        text += "".join(f"{token}{middle}{tag}{end}" for token, tag in rows) + draw(GAPS)
    if draw(st.booleans()):
        text = text.rstrip("\r\n \t")
    return text.encode("utf-8"), sentences


CONLL_BYTES = conll_files().map(lambda made: made[0])


@fuzz(conll_files())
def test_correct_conll_files(made: Any) -> None:
    data, sentences = made
    path = file_of("correct.conll", data)
    file = read_conll_file(path, token_column=0, tag_column=-1, separator="whitespace")
    found = [list(zip(s.words, s.tags or [])) for s in file.sentences]
    assert found == [[tuple(row) for row in rows] for rows in sentences]
    checks.check_conll_file(data)


@fuzz(spoilt(CONLL_BYTES))
def test_spoilt_conll_files(data: bytes) -> None:
    checks.check_conll_file(data)


@fuzz(compressed(CONLL_BYTES))
def test_compressed_conll_files(made: Tuple[str, bytes]) -> None:
    checks.check_compressed_conll_file(*made)


@fuzz(spoilt(st.lists(lines, max_size=8).map(lambda made: "\n".join(made).encode("utf-8"))))
def test_raw_text(data: bytes) -> None:
    checks.check_raw_text(data)


@fuzz(st.one_of(text_without("", max_size=80), lines, words_without("")))
def test_tokenizer(text: str) -> None:
    checks.check_tokenizer(text)


@fuzz(spoilt(CONLL_BYTES))
def test_data_check(data: bytes) -> None:
    checks.check_data_check(data)


ROW_FORMATS = {
    "auto": "{token} {tag}\n",
    "germeval": "{place}\t{token}\t{tag}\tO\n",
    "multiconer": "{token} _ _ {tag}\n",
    "uner": "{place}\t{token}\t{tag}\t-\tx\n",
    "conllu": "{place}\t{token}\t_\t_\t_\t_\t_\t_\t_\tname={tag}\n",
    "hipe": "{token}\t{tag}\tEndOfSentence\n",
    "mit": "{tag}\t{token}\n",
    "conll2012": "nw/x 0 {place} {token} NN (S*) - - - - {bracket} -\n",
    "conll2002": "{token} N {tag}\n",
    "conll2003": "{token} N I-NP {tag}\n",
    "aqmar": "{token} {tag}\n",
    "finer": "{token}\t{tag}\tO\n",
    "wikiann": "en:{token}\t{tag}\n",
    "wikineural": "{place}\t{token}\t{tag}\n",
}


COMMENTS = [
    "",
    "",
    "# id 1\n",
    "## id\tx y\n",
    "###M:7\n\n",
    "# text = a b O\n",
    "#begin document\n",
]


@st.composite
def distributed_files(draw: Any) -> Tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(ROW_FORMATS)))
    # Where tabs part columns, tokens may hold spaces.
    excluded = "\t\r\n\0" if "\t" in ROW_FORMATS[name] else " \t\r\n\0"
    token = text_without(excluded, min_size=1) | words_without(excluded)
    text = draw(st.sampled_from(["", "TOKEN\tTAG\tMISC\n"])) if name == "hipe" else ""
    for rows in draw(st.lists(st.lists(st.tuples(token, TAGS), max_size=4), max_size=3)):
        text += draw(
            st.sampled_from(
                [
                    "",
                    "",
                    "# id 1\n",
                    "## id\tx y\n",
                    "###MEDLINE:7\n\n",
                    "# text = a b O\n",
                    "#begin document\n",
                ]
            )
        )
        for place, (word, tag) in enumerate(rows):
            bracket = draw(st.sampled_from(["*", "*", "(PER)", "(LOC*", "*)", "(ORG*)", "(X"]))
            text += ROW_FORMATS[name].format(token=word, tag=tag, place=place, bracket=bracket)
        text += "\n"
    return name, text.encode("utf-8")


JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 12),
        st.sampled_from([[0, 1, "PER"], ["a", "b"], [0, 0, "LOC"]]),
        st.sampled_from(["", "a", "Jan Smit", "O", "B-PER", "PER", "accept", "reject"]),
        lines,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                "tokens ner_tags tags text label spans entities start end labels data value answer "
                "annotations result start_offset end_offset sentences ner rows row orth points "
                "type features names".split()
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@fuzz(st.lists(JSON_VALUES, min_size=1, max_size=3))
def test_conversion_of_json(records: List[Any]) -> None:
    text = "\n".join(json.dumps(record) for record in records)
    checks.check_conversion("jsonl", text.encode("utf-8"))


@fuzz(spoilt(st.lists(JSON_VALUES, max_size=3).map(lambda made: json.dumps(made).encode("utf-8"))))
def test_conversion_of_spoilt_json(data: bytes) -> None:
    checks.check_conversion("jsonl", data)


@st.composite
def spoilt_distributed_files(draw: Any) -> Tuple[str, bytes]:
    name, data = draw(distributed_files())
    return name, draw(spoilt(st.just(data)))


@fuzz(spoilt_distributed_files())
def test_conversion(made: Tuple[str, bytes]) -> None:
    checks.check_conversion(*made)
