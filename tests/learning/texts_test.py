"""What the user's files are taken for."""

import bz2
import gzip
import json
import lzma

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.corpora.writing import WrittenSentence, write_conll, write_doc_bin
from xner_allennlp.learning.texts import PLAIN, read_labelled, read_raw_text

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


@pytest.mark.parametrize("letter", ["é", "他", "😀"])
def test_a_character_where_the_beginning_is_cut(tmp_path, monkeypatch, letter):
    path = tmp_path / "text"
    for number in range(100, 105):
        monkeypatch.setattr("xner_allennlp.learning.texts._HEAD_BYTES", number)
        path.write_text(f"{letter} " + letter * 100, encoding="utf-8")
        assert read_raw_text(str(path), 10, 1).form == "raw text, utf-8"
        path.write_text(f"{letter} 1 " + "é" * 100, encoding="latin-1", errors="replace")
        assert read_raw_text(str(path), 10, 1).form == "raw text, latin-1"


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
        (
            "Jan woont\nPiet slaapt\n\nAn leest\n",
            [("Jan", "woont"), ("Piet", "slaapt"), ("An", "leest")],
        ),
        ("x " * 251 + "\ny\n", [("y",)]),
        # A text in one line, of which a word looks like a tag.
        ("Jan leest S-21 .", [("Jan", "leest", "S-21", ".")]),
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
    assert text.left_out == ["900 of 1,000 lines beyond the 100 that are taken, by chance"]
    assert text == read_raw_text(str(path), 100, 1) != read_raw_text(str(path), 100, 2)


@pytest.mark.parametrize(
    "template, column",
    [
        ("{number}\t{text}\n", "2 of 2"),  # Leipzig
        ("{number}\tnld\t{text}\n", "3 of 3"),  # Tatoeba
        ("{text}\t2024-01-0{number}\n\n", "1 of 2"),
        ("nl\t{text}\tnews.txt\r\n", "2 of 3"),
    ],
)
def test_numbers_and_codes_beside_text_are_no_words(tmp_path, template, column):
    texts = {number: f"Jan {word} ." for number, word in enumerate(("woont", "slaapt", "leest"), 5)}
    path = tmp_path / "text"
    lines = (template.format(number=number, text=text) for number, text in texts.items())
    path.write_bytes("".join(lines).encode())
    text = read_raw_text(str(path), 100, 1)
    assert text.sentences == [tuple(text.split()) for text in texts.values()]
    assert text.form == f"raw text, utf-8, column {column} (beside numbers or codes)"
    assert text.left_out == []


def test_a_header_and_odd_lines_beside_columns_of_text(tmp_path, monkeypatch):
    path = tmp_path / "text"
    lines = [f"{number}\tJan w{number} .\n" for number in range(100)]
    # The beginning alone says what the columns are.
    monkeypatch.setattr("xner_allennlp.learning.texts._HEAD_BYTES", 100)
    path.write_text("id\ttekst\n" + "".join(lines) + "100 geen kolom\n", encoding="utf-8")
    text = read_raw_text(str(path), 1000, 1)
    assert text.sentences[1:] == [("Jan", f"w{number}", ".") for number in range(100)]
    assert text.left_out == ["1 lines with another number of columns"]


@pytest.mark.parametrize(
    "text", ["Jan\twoont\nPiet\tslaapt\n", "5\tJan\n6 Piet\n", "5\t6\n7\t8\n", "5\tJan\n"]
)
def test_tabs_in_text(tmp_path, text):
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    expected = [tuple(line.split()) for line in text.splitlines()]
    assert read_raw_text(str(path), 100, 1).sentences == expected


def test_of_several_columns_of_text_none_is_taken(tmp_path):
    path = tmp_path / "text"
    path.write_text("1\tJan woont.\tJan lives.\n2\tAn leest.\tAn reads.\n", encoding="utf-8")
    message = r"text, line 1: 3 columns .* several may be the text \(2, 3\).*`cut -f2`"
    with pytest.raises(ConfigurationError, match=message):
        read_raw_text(str(path), 100, 1)


def test_text_that_changes_its_encoding_is_named(tmp_path):
    path = tmp_path / "text"
    path.write_bytes("ë é\n".encode() * 200_000 + b"\xeb\n" + "ë é\n".encode() * 9000)
    with pytest.raises(ConfigurationError, match="text, line 200001: not utf-8, which most of"):
        read_raw_text(str(path), 10, 1)
    path.write_bytes(b"\xeb\n" + "ë é\n".encode() * 9000)
    with pytest.raises(ConfigurationError, match="text, line 1: not utf-8"):
        read_raw_text(str(path), 10, 1)


@pytest.mark.parametrize(
    "read",
    [
        lambda path: read_raw_text(path, 10, 1),
        read_labelled,
        lambda path: read_labelled(path, PLAIN),
    ],
)
@pytest.mark.parametrize(
    "pack, message",
    [
        (gzip.compress, "this is gzip; let its name end in .gz"),
        (lzma.compress, "this is xz; let its name end in .xz"),
        (bz2.compress, "this is bzip2; let its name end in .bz2"),
    ],
)
def test_what_is_packed_is_no_text(tmp_path, read, pack, message):
    path = tmp_path / "text"
    path.write_bytes(pack(b"Jan woont hier.\n"))
    with pytest.raises(ConfigurationError, match=f"text: {message}"):
        read(str(path))


@pytest.mark.parametrize("text", ["Jan woont hier.\nPiet\n", "Jan O\nwoont O\n\nPiet B-PER\n"])
def test_what_has_null_characters_is_no_text(tmp_path, text):
    path = tmp_path / "text"
    path.write_bytes(text.encode("utf-16-le"))
    message = "text, line 1: a null character, so this is no text in utf-8.*iconv"
    with pytest.raises(ConfigurationError, match=message):
        read_raw_text(str(path), 10, 1)


def test_a_null_character_behind_the_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr("xner_allennlp.learning.texts._HEAD_BYTES", 100)
    path = tmp_path / "text"
    path.write_text("Jan woont hier.\n" * 20 + "Piet\0\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="text, line 21: a null character"):
        read_raw_text(str(path), 10, 1)


WITHOUT_ENTITIES = {
    "CoNLL-U": "# text = Zoë leeft\n1\tZoë\tZoë\tPROPN\t_\t_\t2\tnsubj\t_\t_\n"
    "2\tleeft\tleven\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n3\t{}\t{}\tNUM\t_\t_\t2\tx\t_\t_\n\n",
    "token, part of speech": "Zoë N\nleeft V\n{} Num\n\n",
    "the same with tabs and chunks": "Zoë\tN\tNP\nleeft\tV\tVP\n{}\tNum\tNP\n\n",
    "numbers for tags": '{{"tokens": ["Zoë", "leeft", "{}"], "ner_tags": [1, 0, 0]}}\n',
    "tags that nobody knows": "Zoë who\nleeft rest\n{} rest\n\n",
}


@pytest.mark.parametrize("form", WITHOUT_ENTITIES)
def test_of_a_corpus_without_entities_the_words_are_read(tmp_path, form):
    path = tmp_path / "text"
    text = "".join(WITHOUT_ENTITIES[form].replace("{}", f"{n}") for n in range(9))
    path.write_text(text.replace("{{", "{").replace("}}", "}"), encoding="utf-8")
    expected = [("Zoë", "leeft", str(number)) for number in range(9)]
    assert read_raw_text(str(path), 100, 1).sentences == expected


@pytest.mark.parametrize("indent", [None, 1])
def test_a_large_corpus_of_another_form_is_no_text(tmp_path, monkeypatch, indent):
    # Its beginning is no whole file of that form.
    monkeypatch.setattr("xner_allennlp.learning.texts._HEAD_BYTES", 400)
    sentences = [("Zoë", "leeft", str(number)) for number in range(300)]
    path = tmp_path / "text"
    records = [{"text": " ".join(words)} for words in sentences]
    path.write_text(json.dumps(records, indent=indent), encoding="utf-8")
    assert read_raw_text(str(path), 300, 1).sentences == sentences
    write_doc_bin(path, [WrittenSentence(words) for words in sentences])
    assert path.stat().st_size > 400
    assert read_raw_text(str(path), 300, 1).sentences == sentences


@pytest.mark.parametrize(
    "text, message",
    [
        # As text it would be learned from.
        ("Zoë B-PER\nleeft O\n\n" * 9 + "Zoë\nleeft O\n", "text, line 28: 1 column"),
        ('{"id": 1, "body": "Zoë leeft."}\n' * 9, "text, line 1: .* neither tokens .* nor a text"),
        ('{"text": "Zoë"}\n' * 9 + '{"text": "Zo\n', "text, line 10: no JSON object"),
        ('<?xml version="1.0"?>\n<text>Zoë leeft.</text>\n', "text, line 1: this is XML"),
        ("T1\tPER 0 3\tZoë\n", "text, line 1: this is standoff of brat"),
    ],
)
def test_a_corpus_with_a_mistake_is_no_text(tmp_path, text, message):
    path = tmp_path / "text"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        read_raw_text(str(path), 100, 1)


def test_paragraphs_are_no_more_sentences_than_asked_for(tmp_path):
    path = tmp_path / "text"
    path.write_text(" ".join(f"w{number} staat hier ." for number in range(900)), encoding="utf-8")
    text = read_raw_text(str(path), 100, 1)
    numbers = [int(sentence[0][1:]) for sentence in text.sentences]
    assert numbers == sorted(set(numbers)) and len(numbers) == 100 and numbers[-1] > 800
    assert text.left_out == ["800 of the 900 sentences beyond the 100 that are taken, by chance"]


def test_what_is_written_is_read_back(tmp_path):
    write_conll(tmp_path / "out", [WrittenSentence(*each) for each in SENTENCES])
    assert read_labelled(str(tmp_path / "out")).sentences == SENTENCES
    write_conll(tmp_path / "words", [WrittenSentence(words) for words, _ in SENTENCES])
    assert read_labelled(str(tmp_path / "words")).sentences == [(w, None) for w, _ in SENTENCES]
