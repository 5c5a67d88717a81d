"""What the reader takes of files without tags, of long sentences, and what it says in the log."""

import logging

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data.tokenizers import WhitespaceTokenizer

from tests.data.two_corpora import SOURCE, languages, read, tags, words

# --- without tags


def test_one_token_a_line(write):
    path = write("raw", "Jan\nwoont\n\nGoes\n")
    instances = read(path)
    assert words(instances) == [["Jan", "woont"], ["Goes"]]
    assert tags(instances) == [None, None]


def test_one_token_a_line_where_tags_are_required(write, both):
    path = write("raw", "\nJan\nwoont\n")
    message = r'raw, line 2: one column only.*put "source" into "untagged_languages"'
    with pytest.raises(ConfigurationError, match=message):
        read(path, require_tags=True)
    with pytest.raises(ConfigurationError, match=message):
        read({"source": path, "target": both["target"]})
    assert words(read(path, require_tags=True, untagged_languages=["source"])) == [["Jan", "woont"]]
    mixed = read({"source": both["source"], "target": path}, untagged_languages=["target"])
    assert languages(mixed) == ["source", "target", "source", "source"]


def test_raw_text(write):
    path = write("text", "\ufeffJan woont  in Goes.\r\n\n \nNew\u2028York\n")
    instances = read(path, language="target", raw_text_languages=["target"])
    assert words(instances) == [["Jan", "woont", "in", "Goes", "."], ["New", "York"]]
    assert tags(instances) == [None, None]
    metadata = instances[0]["metadata"]
    assert metadata["sentence"] == "Jan woont  in Goes."
    assert [metadata["sentence"][start:end] for start, end in metadata["offsets"]] == [
        "Jan",
        "woont",
        "in",
        "Goes",
        ".",
    ]


def test_raw_text_with_another_tokenizer(write):
    path = write("text", "Jan woont in Goes.\n")
    instances = read(path, raw_text_languages=["source"], tokenizer=WhitespaceTokenizer())
    assert words(instances) == [["Jan", "woont", "in", "Goes."]]
    assert instances[0]["metadata"]["offsets"][-1] == (13, 18)


def test_empty_raw_text(write):
    with pytest.raises(ConfigurationError, match="text: no sentence in this file"):
        read(write("text", "\n \n\u200b\n"), raw_text_languages=["source"])


def test_raw_text_read_as_conll(write):
    path = write("text", "Jan woont in Goes .\nZeeland is mooi .\n")
    with pytest.raises(ConfigurationError, match=r'line 2: .*"raw_text_languages"'):
        read(path, untagged_languages=["source"])


# --- dropped sentences


def test_max_length(write, both, caplog):
    with caplog.at_level(logging.WARNING):
        instances = read(both["source"], max_length=1)
    assert words(instances) == [["Brussels"]]
    assert "en.train: 2 of 3 sentences dropped, longer than max_length (1 words)" in caplog.text
    assert len(read(both["source"], max_length=2)) == 3


def test_max_length_spares_untagged_languages(both):
    instances = read(both, max_length=1, untagged_languages=["target"])
    assert words(instances) == [["Brussels"], ["Jan", "woont"], ["Goes"]]


def test_max_length_drops_everything(write):
    path = write("x", "a O\nb O\n")
    with pytest.raises(ConfigurationError, match="x: all 1 sentences are longer than max_length"):
        read(path, max_length=1)


def test_docstart(write):
    path = write("ned", "-DOCSTART- -DOCSTART- O\na N O\n\nb N O\n")
    assert words(read(path)) == [["a"], ["b"]]
    assert words(read(path, docstart="sentence")) == [["b"]]


# --- the log


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        (
            SOURCE,
            {},
            "(source): 3 sentences, 5 tokens; 3 entities (LOC 1, ORG 1, PER 1) in IOB2",
        ),
        (
            "a I-PER\nb I-PER\n",
            {},
            "(source): 1 sentences, 2 tokens; 1 entities (PER 1) in IOB1",
        ),
        (
            "a B-PER\nb I-LOC\n\nc I-LOC\n",
            {},
            "3 entities (LOC 2, PER 1) in IOB2; 2 of them start with a stray I-, as conlleval",
        ),
        ("a S-PER\nb B-LOC\nc E-LOC\n", {}, "2 entities (LOC 1, PER 1) in BIOUL"),
        (
            "a I-PER\nb U-PER\n\nc B-PER\n\nd U-LOC\n",
            {},
            "4 entities (LOC 1, PER 3) in BIOUL; the ill-formed tags of 2 sentences repaired",
        ),
        (
            "-DOCSTART- O\na O\n\nb O\n",
            {"docstart": "sentence"},
            "1 sentences, 1 tokens; 1 sentences dropped with their -DOCSTART- line; 0 entities",
        ),
        (SOURCE, {"untagged_languages": ["source"]}, "3 sentences, 5 tokens; tags not read"),
        ("a\n\nb\n", {}, "(source): 2 sentences, 2 tokens; tags not read"),
        ("a b c\n", {"raw_text_languages": ["source"]}, "1 sentences, 3 tokens; tags not read"),
        (SOURCE, {"max_length": 1}, "(source): 1 sentences, 1 tokens; 1 entities (LOC 1)"),
    ],
)
def test_log(write, caplog, content, options, expected):
    with caplog.at_level(logging.INFO, logger="xner_allennlp"):
        read(write("x", content), **options)
    assert expected in caplog.text
    for repair in ("stray", "repaired"):
        assert (repair in expected) == (repair in caplog.text)
