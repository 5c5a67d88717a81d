"""What the user's files are taken for."""

import gzip

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.writing import WrittenSentence, write_conll
from xner_allennlp.learning.texts import read_labelled, read_raw_text

SENTENCES = [(("Zoë", "lives"), ("B-PER", "O")), (("Rome",), ("B-LOC",))]
FORMS = {
    "IOB1": "Zoë NNP I-PER\nlives VB O\n\nRome NNP I-LOC\n",
    "BIOUL": "Zoë U-PER\nlives O\n\nRome U-LOC\n",
    "wikineural": "0\tZoë\tB-PER\n1\tlives\tO\n\n0\tRome\tB-LOC\n",
    "wikiann": "en:Zoë\tB-PER\nen:lives\tO\n\nen:Rome\tB-LOC\n",
    "part of speech, tabs": "Zoë\tNNP\tB-PER\nlives\tVB\tO\n\nRome\tNNP\tB-LOC\n",
    "finer": "Zoë\tB-PER\tO\nlives\tO\tO\n\nRome\tB-LOC\tO\n",
}


@pytest.mark.parametrize("columns", FORMS)
def test_a_corpus_is_recognised(tmp_path, columns):
    path = tmp_path / "corpus"
    path.write_text(FORMS[columns], encoding="utf-8")
    assert read_labelled(str(path)) == (SENTENCES, "auto, utf-8")
    # Without a look at the tags.
    assert read_raw_text(str(path), 10, 1) == ([words for words, _ in SENTENCES], "auto, utf-8", [])


def test_other_encodings_and_compression(tmp_path):
    path = tmp_path / "corpus.gz"
    path.write_bytes(gzip.compress(FORMS["BIOUL"].encode("latin-1")))
    assert read_labelled(str(path)).form == "auto, latin-1"
    path.write_bytes(gzip.compress("Zoë lives.\nÉric\n".encode("utf-16")))
    text = read_raw_text(str(path), 10, 1)
    assert text.sentences == [("Zoë", "lives", "."), ("Éric",)] and text.form == "raw text, utf-16"


def test_a_format_that_is_named_is_believed(tmp_path):
    path = tmp_path / "corpus"
    path.write_text("Zoë I-PERS\n", encoding="utf-8")
    assert read_labelled(str(path)).sentences == [(("Zoë",), ("B-PERS",))]
    assert read_labelled(str(path), "aqmar").sentences == [(("Zoë",), ("B-PER",))]
    with pytest.raises(ConfigurationError, match="wikiann"):
        read_labelled(str(path), "wikiann")


@pytest.mark.parametrize(
    "text, sentences",
    [
        ("Jan woont hier.\n\nPiet\n", [("Jan", "woont", "hier", "."), ("Piet",)]),
        ("Jan\nwoont\n\nPiet\n", [("Jan", "woont"), ("Piet",)]),  # a word a line
        ("他住\n\n我住\n", [("他", "住"), ("我", "住")]),  # no word a line, but no spaces
        ("a b\nc d\na b\n", [("a", "b"), ("c", "d")]),
        ("x " * 251 + "\ny\n", [("y",)]),
        ("a " * 59 + ". B c . D\n", [("a",) * 59 + (".",), ("B", "c", "."), ("D",)]),
    ],
)
def test_raw_text(tmp_path, text, sentences):
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    assert read_raw_text(str(path), 100, 1).sentences == sentences


def test_a_sample_is_in_order_and_said(tmp_path):
    path = tmp_path / "text"
    path.write_text("".join(f"w{number}\n" for number in range(1000)), encoding="utf-8")
    text = read_raw_text(str(path), 100, 1)
    numbers = [int(word[1:]) for (word,) in text.sentences]
    assert numbers == sorted(set(numbers)) and len(numbers) == 100 and numbers[-1] > 900
    assert text.left_out == ["900 of 1,000 beyond the 100 that are taken, by chance"]
    assert text == read_raw_text(str(path), 100, 1) != read_raw_text(str(path), 100, 2)


def test_text_that_changes_its_encoding_is_named(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("ë é\n".encode() * 200_000 + b"\xeb\n")
    with pytest.raises(ConfigurationError, match="text, after line 199...: not utf-8"):
        read_raw_text(str(path), 10, 1)


def test_what_is_written_is_read_back(tmp_path):
    write_conll(tmp_path / "out", [WrittenSentence(*each) for each in SENTENCES])
    assert read_labelled(str(tmp_path / "out")).sentences == SENTENCES
    write_conll(tmp_path / "words", [WrittenSentence(words) for words, _ in SENTENCES])
    assert read_labelled(str(tmp_path / "words")).sentences == [(w, None) for w, _ in SENTENCES]
