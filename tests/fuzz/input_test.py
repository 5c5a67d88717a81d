"""Lines for the predictor and files for `tag-corpus`."""

import json
from typing import Tuple

from hypothesis import strategies as st

from tests.fuzz import checks_of_input as checks
from tests.fuzz.cases import fuzz
from tests.fuzz.odd_text import lines, text_without, words_without
from tests.fuzz.spoilt_bytes import compressed, spoilt

BROKEN_TEXT = st.text(st.characters(categories=["Cs", "L"]), max_size=6)
ANY_TEXT = st.one_of(text_without("", max_size=40), BROKEN_TEXT)
TOKENS = st.lists(st.one_of(words_without(""), ANY_TEXT), max_size=8)
ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
RIGHT_OBJECTS = st.one_of(
    st.fixed_dictionaries({"sentence": ANY_TEXT}, optional={"id": ANY_JSON}),
    st.fixed_dictionaries({"tokens": TOKENS}),
    TOKENS.map(lambda tokens: {"tokens": tokens, "sentence": "  ".join(tokens)}),
    st.fixed_dictionaries({"sentence": lines, "language": st.sampled_from(["source", "target"])}),
)
WRONG_OBJECTS = st.dictionaries(
    st.sampled_from(["sentence", "tokens", "language", "text"]), ANY_JSON, min_size=1
)
JSON_LINES = st.builds(
    lambda made, ascii_only: json.dumps(made, ensure_ascii=ascii_only),
    st.one_of(RIGHT_OBJECTS, WRONG_OBJECTS),
    st.booleans(),
)
# As they come out of a file that was decoded: without halves of surrogate pairs.
INPUT_LINES = st.one_of(lines, JSON_LINES).map(
    lambda line: line.encode("utf-8", "replace").decode("utf-8")
)
INPUT_BYTES = st.lists(INPUT_LINES, max_size=8).map(lambda made: "\n".join(made).encode("utf-8"))


@fuzz(INPUT_LINES)
def test_lines(line: str) -> None:
    checks.check_line(line)


@fuzz(spoilt(INPUT_LINES.map(str.encode)))
def test_spoilt_lines(data: bytes) -> None:
    checks.check_line(data.decode("utf-8", "replace").replace("\n", " "))


@fuzz(spoilt(INPUT_BYTES))
def test_files(data: bytes) -> None:
    checks.check_input_file(data)


@fuzz(compressed(INPUT_BYTES))
def test_compressed_files(made: Tuple[str, bytes]) -> None:
    checks.check_compressed_input_file(*made)
