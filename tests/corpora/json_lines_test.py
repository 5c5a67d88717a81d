import json
from pathlib import Path
from typing import Any, Callable, Tuple

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.conversion import Conversion, convert_corpus

EXPECTED = "Anna B-PER\nSmit I-PER\nslept O\n. O\n\n"
TEXT = "Anna Smit slept."
SPAN = {"start": 0, "end": 9}
NAME = "Anna Smit"
LABELLED = {**SPAN, "labels": ["PER"]}
TOKENS = ["Anna", "Smit", "slept", "."]
TAGS = ["B-PER", "I-PER", "O", "O"]
NAMES = {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"}
SPACY_TOKENS = [
    {"id": place, "orth": token, "tag": "X", "ner": tag}
    for place, (token, tag) in enumerate(zip(TOKENS, ["B-PER", "L-PER", "O", "-"]))
]
OFFSETS = [{"start": start, "end": end} for start, end in ((0, 4), (5, 9), (10, 15), (15, 16))]


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
        {"text": TEXT, "tokens": TOKENS, "entities": TAGS},  # Broad Twitter Corpus
        {"text": TEXT, "label": [[0, 9, "PER"]]},  # doccano
        {"text": TEXT, "entities": [{"label": "PER", "start_offset": 0, "end_offset": 9}]},
        {"text": TEXT, "spans": [{**SPAN, "label": "PER"}], "answer": "accept"},  # prodigy
        [TEXT, {"entities": [[0, 9, "PER"]]}],  # spaCy
        {"text": TEXT, "label": [{**SPAN, "text": "Anna Smit", "labels": ["PER"]}]},
        {  # Label Studio
            "id": 1,
            "data": {"text": TEXT},
            "annotations": [
                {"was_cancelled": True, "result": []},
                {
                    "result": [
                        {"type": "labels", "value": {**SPAN, "labels": ["PER"]}},
                        {"type": "choices", "value": {"choices": ["x"]}},
                        {"type": "relation", "from_id": "a", "to_id": "b"},
                    ]
                },
            ],
        },
        {
            "data": {"text": TEXT},
            "completions": [{"result": [{"value": {**SPAN, "labels": "PER"}}]}],
        },
        # SpERT, GLiNER, DyGIE
        {"tokens": TOKENS, "entities": [{"type": "PER", "start": 0, "end": 2, "text": NAME}]},
        {"tokenized_text": TOKENS, "ner": [[0, 1, "PER"], [0, 0, "PER"]]},
        {"sentences": [TOKENS], "ner": [[[0, 1, "PER"], [0, 0, "PER"]]]},
        {"text": TEXT, "tokens": TOKENS, "entities": [{**SPAN, "label": "PER"}]},
        # with inclusive ends: CLUENER, Dataturks
        {"text": TEXT, "label": {"PER": {"Anna Smit": [[0, 8]]}}},
        {
            "content": TEXT,
            "annotation": [{"label": ["PER"], "points": [{"start": 0, "end": 8, "text": NAME}]}],
        },
        {"text": TEXT, "entities": [{"start_idx": 0, "end_idx": 8, "type": "PER", "entity": NAME}]},
        # both ends under one key
        {"text": TEXT, "entities": [{"name": NAME, "span": [0, 9], "type": "PER"}]},
        {"text": TEXT, "entities": [{"offsets": [[0, 9]], "entity": "PER"}]},
        # words, tags: as columns, as a text with a tag for each word, as a page of a viewer
        {"tokens": {"7": TOKENS}, "ner_tags": {"7": TAGS}},
        {"text": TOKENS, "label": TAGS},
        {"sentence": " ".join(TOKENS), "labels": TAGS},
        {
            "features": [{"name": "tokens"}, {"name": "ner_tags", "type": {"feature": NAMES}}],
            "rows": [{"row_idx": 0, "row": {"tokens": TOKENS, "ner_tags": [1, 2, 0, 0]}}],
        },
        # spaCy 2 and 3
        {"id": 0, "paragraphs": [{"raw": TEXT, "sentences": [{"tokens": SPACY_TOKENS}]}]},
        {"classes": ["PER"], "annotations": [[TEXT, {"entities": [[0, 9, "PER"]]}], None]},
        {"text": TEXT, "ents": [{**SPAN, "label": "PER"}], "tokens": OFFSETS},
    ],
)
def test_layouts(convert: Any, record: Any) -> None:
    assert convert(record)[1] == EXPECTED
    for whole in ([record, record], {"version": 1, "data": [record, record]}):
        assert convert(text=json.dumps(whole))[1] == EXPECTED * 2
        assert convert(text=json.dumps(whole, indent=2), format_name="jsonl")[1] == EXPECTED * 2


@pytest.mark.parametrize("span", [{"type": "PER", "from": 0}, {"type": "PER", "span": "0-4"}])
def test_no_span_is_passed_over(convert: Any, span: Any) -> None:
    with pytest.raises(ConfigurationError, match="is no span"):
        convert({"text": TEXT, "entities": [span]})


def test_tokens_of_prodigy(convert: Any) -> None:
    tokens = [{"text": "Anna Smit", **SPAN}, {"text": "slept.", "start": 10, "end": 16}]
    done, text = convert({"text": TEXT, "tokens": tokens, "spans": [{**SPAN, "label": "PER"}]})
    assert text == "Anna\u00a0Smit B-PER\nslept. O\n\n"


def test_ends_of_spans_of_tokens(convert: Any) -> None:
    record = {
        "tokens": ["Anna", "Smit", "slept"],
        "spans": [{"start": 0, "end": 1, "label": "PER"}],
    }
    with pytest.raises(ConfigurationError, match="does not show whether .*--span-ends inclusive"):
        convert(record)
    assert convert(record, span_ends="inclusive")[1] == "Anna B-PER\nSmit I-PER\nslept O\n\n"
    assert convert(record, span_ends="exclusive")[1] == "Anna B-PER\nSmit O\nslept O\n\n"
    # Another object tells, and both kinds of evidence tell nothing.
    short, last = {"tokens": ["Gent"], "spans": [[0, 0, "LOC"]]}, [0, 1, "LOC"]
    assert convert(record, short)[1] == "Anna B-PER\nSmit I-PER\nslept O\n\nGent B-LOC\n\n"
    with pytest.raises(ConfigurationError, match="does not show whether"):
        convert(record, short, {"tokens": ["Gent"], "spans": [last]})
    with pytest.raises(ConfigurationError, match="span_ends is 'both'"):
        convert(record, span_ends="both")


def test_ends_of_spans_of_characters(convert: Any) -> None:
    """What a span is said to be tells how it was counted."""
    span = {"start": 6, "end": 10, "label": "LOC"}
    done, text = convert({"text": "\U0001f600 in Gent", "spans": [{**span, "text": "Gent"}]})
    assert text == "\U0001f600 O\nin O\nGent B-LOC\n\n"
    assert done.repairs == {"spans with ends in UTF-16": 1}
    with pytest.raises(ConfigurationError, match='is "and t" in its text, and not "Gent"'):
        convert(
            {"text": "Anna i and there", "spans": [{**span, "start": 7, "end": 12, "text": "Gent"}]}
        )


def test_keys_by_name(convert: Any) -> None:
    record = {"id": "7", "mine": ["Anna", "slept"], "coarse": ["B-PER", "O"], "ner": ["B-x", "O"]}
    with pytest.raises(ConfigurationError, match="name the key of the tokens: --token-column"):
        convert(record)
    _, text = convert(record, token_column="mine", tag_column="coarse")
    assert text == "Anna B-PER\nslept O\n\n"
    done, text = convert({"tokens": ["Anna"], "fine": ["B-PER"]})
    assert text == "Anna\n\n"
    assert 'if "fine, tokens" have them, name the key: --tag-column' in done.notes[0]
    for options, message in (
        ({"tag_column": "x"}, 'has neither tags nor spans under "x"'),
        ({"token_column": "x"}, 'has no list of tokens under "x"'),
        ({"token_column": 1}, "token_column is 1, and JSON has keys"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            convert({"tokens": ["Anna"], "fine": ["B-PER"]}, **options)


def test_what_is_not_annotated_is_not_without_entities(convert: Any) -> None:
    """A text of which nothing is known gives no tags O."""
    assert convert({"text": TEXT})[1] == "Anna\nSmit\nslept\n.\n\n"
    assert convert({"text": "a", "label": []})[1] == "a O\n\n"
    assert convert({"text": "a", "answer": "accept"})[1] == "a O\n\n"
    task = {"data": {"text": TEXT}, "annotations": []}
    done, _ = convert(task, {"tokens": ["a"], "tags": ["O"]})
    assert (done.sentences, sum(done.repairs.values())) == (1, 1)


def test_numbers(convert: Any) -> None:
    record = {"tokens": ["Anna", "slept"], "ner_tags": [1, 0]}
    assert convert(record, names=["O", "B-PER"])[1] == "Anna B-PER\nslept O\n\n"
    for names, message in ((None, "is a number; say"), (["O"], "has no name among the 1")):
        with pytest.raises(ConfigurationError, match=f"in, line 1: the tag 1 {message}"):
            convert(record, names=names)
    # As pandas writes a column with gaps.
    record["ner_tags"] = [1.0, 0.0]
    assert convert(record, names=["O", "B-PER"])[1] == "Anna B-PER\nslept O\n\n"
    for number in (0.5, float("inf"), float("nan"), None):
        record["ner_tags"] = [number, 0]
        with pytest.raises(ConfigurationError, match="line 1: the tag .* nor a whole number"):
            convert(record, names=["O", "B-PER"])


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


def test_spans_without_a_token_are_counted(convert: Any) -> None:
    done, text = convert({"text": "\u200b Anna", "label": [[0, 1, "LOC"], [2, 6, "PER"]]})
    assert text == "Anna B-PER\n\n"
    assert done.repairs == {"spans without a token, dropped": 1}
    # Of the tokens that are given none is there.
    tokens = [{"text": "Anna", "start": 0, "end": 4}]
    record = {
        "text": "Anna Smit",
        "tokens": tokens,
        "spans": [{"start": 5, "end": 9, "label": "X"}],
    }
    assert convert(record)[0].repairs == {"spans without a token, dropped": 1}


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
        "examples rejected, ignored or not annotated, dropped": 1,
        "sentences without tokens, dropped": 1,
        "empty tokens read as _": 1,
    }


def test_without_tags(convert: Any) -> None:
    assert convert({"tokens": ["a", "-DOCSTART-"]})[1] == "a\n_DOCSTART_\n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"tokens": ["a"]}\n{"tokens"\n', "line 2: no JSON object"),
        ('{"tokens": [\n', "line 1: neither a JSON object a line .* nor one JSON list"),
        ('{"tokens": ["a"\n{"tokens": ["b"]}\n', "line 1: neither .*line 1 column 16.* nor"),
        ('{"a": 1}\n', "line 1: .* has neither tokens .* nor a text"),
        ("3\n", "line 1: 3 is no object"),
        ('{"tokens": [1], "tags": ["O"]}\n', "line 1: the token 1 is no string"),
        ('{"tokens": ["a"], "tags": []}\n', "line 1: 1 tokens but 0 tags"),
        ('{"tokens": ["a"], "tags": [null]}\n', "the tag null is neither a string nor a whole"),
        ('{"tokens": ["a"], "tags": ["X"]}\n', "line 1: 'X' is not a tag"),
        (
            '{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["a"]}\n',
            "line 2: the object of line 2 has",
        ),
        (
            '{"tokens": ["a"], "tags": ["O"]}\n' * 2 + '{"tokens": ["a"]}\n' * 2,
            "line 3: the object of line 3 has no tags or spans, and that of line 1 has",
        ),
        (
            '{"tokens": ["a"]}\n{"tokens": ["a"], "tags": ["O"]}\n{"tokens": ["a"]}\n',
            "line 2: the object of line 1 has no tags or spans, and that of line 2 has",
        ),
        (  # not the last line
            '{"tokens": ["a"]}\n{"tokens": ["a", "b"], "spans": [[0, 1, "PER"]]}\n' * 2,
            "line 2: it does not show whether spans like",
        ),
        (
            '{"tokens": ["ab"], "text": "ab", "spans": [[0, 2, "PER"]]}\n'
            '{"tokens": ["x"], "text": "ab", "spans": [[0, 2, "PER"]]}\n'
            '{"tokens": ["ab"], "text": "ab", "spans": [[0, 2, "PER"]]}\n',
            'line 2: the token "x" is not in the text',
        ),
        ('{"text": "a", "label": [[0, 2, "PER"]]}\n', r"the span \[0, 2, .*is not inside the text"),
        ('{"text": "a", "label": [[3]]}\n', r"\[3\] is no span"),
        ('{"text": "a b", "label": [3]}\n', "2 words but 1 tags; give tokens"),
        ('{"text": "a", "label": {"X": {"a": [3]}}}\n', "is not of the form text: "),
        (
            '{"tokens": ["a"], "spans": [[0, 3, "X"]]}\n',
            "is not inside 1 tokens, if its end is excl",
        ),
        (
            '{"text": "b", "tokens": ["a"], "spans": [[0, 9, "X"]]}\n',
            "token .a. is not in the text",
        ),
        ('{"text": "a", "label": [[0, 1, ""]]}\n', "has no label"),
        ('{"text": "a", "tokens": [{"text": "a"}]}\n', "have no start and end"),
        ("[]\n", "no sentence in this file"),
        ("[" * 100000, "neither a JSON object"),
    ],
)
def test_refused(convert: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        convert(text=text, format_name="jsonl")
