import json
from pathlib import Path
from typing import Any, Callable, Tuple

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.conversion import Conversion, convert_corpus

EXPECTED = "Anna B-PER\nSmit I-PER\nslept O\n. O\n\n"
TEXT = "Anna Smit slept."
SPAN = {"start": 0, "end": 9}


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Tuple[Conversion, str]]:
    def write_and_convert(*records: Any, text: str = "", **options: Any) -> Tuple[Conversion, str]:
        (tmp_path / "in").write_text(text or "\n".join(map(json.dumps, records)) + "\n", "utf-8")
        done = convert_corpus(tmp_path / "in", tmp_path / "out", **options)
        return done, (tmp_path / "out").read_text("utf-8")

    return write_and_convert


@pytest.mark.parametrize(
    "record",
    [
        {"tokens": ["Anna", "Smit", "slept", "."], "ner_tags": ["B-PER", "I-PER", "O", "O"]},
        {"id": "0", "words": ["Anna", "Smit", "slept", "."], "ner": ["PER", "PER", "O", "O"]},
        {
            "sentence": TEXT,
            "tokens": ["Anna", "Smit", "slept", "."],
            "tags": ["B-PER", "I-PER", "O", "O"],
        },
        {"text": TEXT, "label": [[0, 9, "PER"]]},  # doccano
        {"text": TEXT, "entities": [{"label": "PER", "start_offset": 0, "end_offset": 9}]},
        {"text": TEXT, "spans": [{**SPAN, "label": "PER"}], "answer": "accept"},  # prodigy
        [TEXT, {"entities": [[0, 9, "PER"]]}],  # spaCy
        {"text": TEXT, "label": [{**SPAN, "text": "Anna Smit", "labels": ["PER"]}]},
        {  # Label Studio
            "id": 1,
            "data": {"text": TEXT},
            "annotations": [{"result": [{"type": "labels", "value": {**SPAN, "labels": ["PER"]}}]}],
        },
    ],
)
def test_layouts(convert: Any, record: Any) -> None:
    assert convert(record)[1] == EXPECTED
    for whole in ([record, record], {"version": 1, "data": [record, record]}):
        assert convert(text=json.dumps(whole))[1] == EXPECTED * 2
        assert convert(text=json.dumps(whole, indent=2), format_name="jsonl")[1] == EXPECTED * 2


def test_tokens_of_prodigy(convert: Any) -> None:
    tokens = [{"text": "Anna Smit", **SPAN}, {"text": "slept.", "start": 10, "end": 16}]
    done, text = convert({"text": TEXT, "tokens": tokens, "spans": [{**SPAN, "label": "PER"}]})
    assert text == "Anna\u00a0Smit B-PER\nslept. O\n\n"


def test_numbers(convert: Any) -> None:
    record = {"tokens": ["Anna", "slept"], "ner_tags": [1, 0]}
    assert convert(record, names=["O", "B-PER"])[1] == "Anna B-PER\nslept O\n\n"
    for names, message in ((None, "is a number; say"), (["O"], "has no name among the 1")):
        with pytest.raises(ConfigurationError, match=f"in, line 1: the tag 1 {message}"):
            convert(record, names=names)


def test_sentences_end_with_lines_but_not_inside_entities(convert: Any) -> None:
    done, text = convert({"text": "Anna\nslept in New\nYork.\n", "label": [[14, 22, "LOC"]]})
    assert text == "Anna O\n\nslept O\nin O\nNew B-LOC\nYork I-LOC\n. O\n\n"
    assert done.sentences == 2


def test_spans_that_are_not_of_tokens(convert: Any) -> None:
    done, text = convert({"text": "Annaslept in Gent", "label": [[0, 4, "PER"], [12, 17, "LOC"]]})
    assert text == "Anna B-PER\nslept O\nin O\nGent B-LOC\n\n"
    assert done.repairs == {
        "tokens split where an entity begins or ends": 1,
        "spans with white space at an end, cut": 1,
    }


def test_spans_that_overlap(convert: Any) -> None:
    done, text = convert({"text": "Uni Gent", "label": [[4, 8, "LOC"], [0, 8, "ORG"]]})
    assert text == "Uni B-ORG\nGent I-ORG\n\n"
    assert done.repairs["spans inside or across longer ones, dropped"] == 1


def test_what_is_dropped_is_counted(convert: Any) -> None:
    done, text = convert(
        {"text": TEXT, "spans": [], "answer": "reject"},
        {"tokens": [], "tags": []},
        {"tokens": ["", "a"], "tags": ["O", "B-PER"]},
    )
    assert text == "_ O\na B-PER\n\n"
    assert done.repairs == {
        "examples rejected or ignored, dropped": 1,
        "sentences without tokens, dropped": 1,
        "empty tokens read as _": 1,
    }


def test_without_tags(convert: Any) -> None:
    assert convert({"tokens": ["a", "-DOCSTART-"]})[1] == "a\n_DOCSTART_\n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"tokens": ["a"]}\n{"tokens"\n', "line 2: no JSON object"),
        ('{"tokens": [\n', "neither a JSON object a line nor one JSON list"),
        ('{"a": 1}\n', "line 1: .* has neither tokens .* nor a text"),
        ("3\n", "line 1: 3 is no object"),
        ('{"tokens": [1], "tags": ["O"]}\n', "line 1: the token 1 is no string"),
        ('{"tokens": ["a"], "tags": []}\n', "line 1: 1 tokens but 0 tags"),
        ('{"tokens": ["a"], "tags": [null]}\n', "the tag null is neither a string nor a number"),
        ('{"tokens": ["a"], "tags": ["X"]}\n', "line 1: 'X' is not a tag"),
        ('{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["a"]}\n', "some objects have tags"),
        ('{"text": "a", "label": [[0, 2, "PER"]]}\n', r"the span \[0, 2, .*is not inside the text"),
        ('{"text": "a", "label": [3]}\n', "3 is no span"),
        ('{"text": "a", "label": [[0, 1, ""]]}\n', "has no label"),
        ('{"text": "a", "tokens": [{"text": "a"}]}\n', "have no start and end"),
        ("[]\n", "no sentence in this file"),
        ("[" * 100000, "neither a JSON object"),
    ],
)
def test_refused(convert: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        convert(text=text, format_name="jsonl")
