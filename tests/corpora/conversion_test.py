import gzip
import json
import os
from pathlib import Path
from typing import Any, Callable, Tuple

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.tokens import Doc, DocBin

from xner_allennlp.corpora.conversion import Conversion, convert_corpus

# As these corpora are distributed; the words are made up.
SPANISH = "El O\nAbogado B-PER\nGeneral I-PER\nMu\xf1oz I-PER\n. O\n\nMelbourne B-LOC\n\n"
DUTCH = (
    "-DOCSTART- -DOCSTART- O\nDe Art O\nBelg N B-MISC\nIngrid N B-PER\n. Punc O\n\nEen Num O\n"
    "foto N O\n\n-DOCSTART- -DOCSTART- O\nPari\xebs N B-LOC\n\nGent N B-LOC\n\n"
)
ENGLISH = (
    "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n"
    "-DOCSTART- -X- -X- O\n\nParis NNP I-NP I-LOC\nLondon NNP B-NP B-LOC\n\n"
)
GERMAN = (
    "-DOCSTART- -X- -X- -X- O\n\nM\xfcller M\xfcller NE I-NC I-PER\nin in APPR I-PC O\n"
    "K\xf6ln K\xf6ln NE I-NC I-LOC\n\n"
)
ARABIC = "في O\nدمشق B-LOC\nو O\nلينكس B-MIS1\nنواة I-MIS1\nx B-ENGLISH\ny OO\nz B-MISS\n\n"
FINNISH = (
    "<HEADLINE>\t\t\n\t\t\nApple\tB-ORG\tO\njoutui\tO\tO\n\t\t\n<BODY>\t\t\n\t\t\n"
    "Nokian\tI-PRO\tB-ORG\nLumia\tI-PRO\tO\n2014\tB-DATE\tO\nmessut\tB-EVENT\tO\n\n\nJack\tB-PER\tO\n"
)
WIKIANN = "nl:Jan\tB-PER\nnl:Smit\tI-PER\nnl::\tO\n\nnl:12:30\tO\n\n"
WIKINEURAL = "0\tOok\tO\n1\tin\tO\n2\tUgarit\tB-LOC\n\n0\tJan Jansen\tB-PER\n"


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Tuple[Conversion, str]]:
    def write_and_convert(name: str, content: Any, **options: Any) -> Tuple[Conversion, str]:
        source, target = tmp_path / "in", tmp_path / "out"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        conversion = convert_corpus(source, target, name, **options)
        return conversion, target.read_text("utf-8")

    return write_and_convert


def test_conll2002_spanish(convert: Any) -> None:
    done, text = convert("conll2002", SPANISH.encode("latin-1"))
    assert text == SPANISH
    assert done == Conversion(2, 6, {"LOC": 1, "PER": 1}, "conll2002", "latin-1", 0, {}, {}, [])


def test_conll2002_dutch_both_conventions(convert: Any) -> None:
    done, text = convert("conll2002", DUTCH.encode("latin-1"))
    first = "De O\nBelg B-MISC\nIngrid B-PER\n. O\n\n"
    assert text == first + "Een O\nfoto O\n\nPariës B-LOC\n\nGent B-LOC\n\n"
    assert (done.sentences, done.glued_sentences) == (4, 0)
    done, text = convert("conll2002", DUTCH.encode("latin-1"), docstart="sentence")
    assert text == "Een O\nfoto O\n\nGent B-LOC\n\n"
    assert (done.sentences, done.glued_sentences, done.entities) == (2, 2, {"LOC": 1})


@pytest.mark.parametrize("docstart", ["line", "sentence"])
def test_conll2003_english(convert: Any, docstart: str) -> None:
    done, text = convert("conll2003", ENGLISH, docstart=docstart)
    assert text == "EU B-ORG\nrejects O\n\nParis B-LOC\nLondon B-LOC\n\n"
    assert (done.sentences, done.glued_sentences) == (2, 0)
    assert done.repairs == {"tags brought to IOB2": 2}


def test_conll2003_german(convert: Any) -> None:
    done, text = convert("conll2003", GERMAN.encode("latin-1"))
    assert text == "Müller B-PER\nin O\nKöln B-LOC\n\n"
    assert done.encoding == "latin-1"
    # A copy that somebody has converted already is not converted again.
    assert convert("conll2003", GERMAN)[1] == text


def test_aqmar(convert: Any) -> None:
    done, text = convert("aqmar", ARABIC)
    assert [line.split(" ")[1] for line in text.split("\n") if line] == (
        "O B-LOC O B-MISC I-MISC O O B-MISC".split()
    )
    assert done.renamed == {"ENGLISH -> O": 1, "MIS1 -> MISC": 2, "MISS -> MISC": 1}


def test_aqmar_misspelt_tags(convert: Any) -> None:
    content = "a B-ORG\nb I--ORG\nc IO\nd B-MIS-1\ne B-MIS1`\nf B-PERS\n"
    assert convert("aqmar", content)[1] == (
        "a B-ORG\nb I-ORG\nc O\nd B-MISC\ne B-MISC\nf B-PER\n\n"
    )


def test_finer(convert: Any) -> None:
    done, text = convert("finer", FINNISH)
    # Adjacent entities of types that become one stay two; the nested Nokia is dropped.
    assert text == (
        "Apple B-ORG\njoutui O\n\nNokian B-MISC\nLumia I-MISC\n2014 B-MISC\nmessut B-MISC\n\n"
        "Jack B-PER\n\n"
    )
    assert done.repairs == {
        "lines of a mark, like <HEADLINE>": 2,
        "tags brought to IOB2": 1,  # Nokian was a stray I-
    }
    assert done.renamed == {"DATE -> MISC": 1, "EVENT -> MISC": 1, "PRO -> MISC": 2}


def test_wikiann(convert: Any) -> None:
    assert convert("wikiann", WIKIANN)[1] == "Jan B-PER\nSmit I-PER\n: O\n\n12:30 O\n\n"


def test_wikineural_and_spaces_in_tokens(convert: Any) -> None:
    done, text = convert("wikineural", WIKINEURAL)
    assert text == "Ook O\nin O\nUgarit B-LOC\n\nJan\u00a0Jansen B-PER\n\n"
    assert done.repairs == {"tokens with spaces, now no-break spaces": 1}


@pytest.mark.parametrize(
    "name, content",
    [
        ("aqmar", "\ufeffa O\n\n\ufeffb O\n\ufeffc O\n"),
        ("wikiann", "\ufeffen:a\tO\n\n\ufeffen:b\tO\nen:\ufeffc\tO\n"),
    ],
)
def test_byte_order_marks_of_joined_files(convert: Any, name: str, content: str) -> None:
    done, text = convert(name, content)
    assert text == "a O\n\nb O\nc O\n\n"
    # And that of the file itself, which is none of its text.
    assert done.repairs["byte order marks dropped inside the file"] == 2


def test_a_token_of_a_byte_order_mark(convert: Any) -> None:
    """The reader would take it off the file's beginning."""
    done, text = convert("wikiann", "en:\ufeff\tO\nen:\ufeff-DOCSTART-\tO\nen:b\tO\n")
    assert text == "_ O\n_DOCSTART_ O\nb O\n\n"
    assert done.repairs == {
        "languages before words, left out": 3,
        "empty tokens read as _": 1,
        "byte order marks dropped inside the file": 2,
        "tokens -DOCSTART-, now _DOCSTART_": 1,
    }


def test_renaming_by_the_user(convert: Any) -> None:
    done, text = convert("finer", "a\tB-PRO\tO\nb\tB-GPE\tO\n", types={"PRO": "O", "GPE": "LOC"})
    assert text == "a O\nb B-LOC\n\n"
    assert done.renamed == {"GPE -> LOC": 1, "PRO -> O": 1}
    # A pattern of the user goes before a name of the format.
    assert convert("finer", "a\tB-PRO\tO\n", types={"P*": "LOC"})[1] == "a B-LOC\n\n"
    # A type that is given a name is wanted, be it one that the format renames or has not.
    for new in ("PRO", "PRODUCT"):
        content = "a\tB-PRO\tO\nb\tB-DATE\tO\n"
        assert convert("finer", content, types={"PRO": new})[1] == f"a B-{new}\nb B-MISC\n\n"


@pytest.mark.parametrize("dirt", ["\ufeff{}", "\n\n{}", "{}\n\n\n"])
def test_dirt_around_the_sentences(convert: Any, dirt: str) -> None:
    assert convert("wikiann", dirt.format(WIKIANN))[1] == convert("wikiann", WIKIANN)[1]


def test_line_ends(convert: Any) -> None:
    clean = convert("wikiann", WIKIANN)[1]
    assert convert("wikiann", WIKIANN.replace("\n", "\r\n"))[1] == clean
    assert convert("wikiann", WIKIANN.rstrip("\n"))[1] == clean
    # A token keeps the characters at which Python's `splitlines` would part lines.
    assert convert("wikiann", "nl:a\u2028b\u0085\tO\n")[1] == "a\u2028b\u0085 O\n\n"


def test_compressed(tmp_path: Path) -> None:
    (tmp_path / "in.gz").write_bytes(gzip.compress(DUTCH.encode("latin-1")))
    assert convert_corpus(tmp_path / "in.gz", tmp_path / "out", "conll2002").sentences == 4


def test_encoding(convert: Any) -> None:
    content = "“Łódź” O\n".encode("cp1250")
    assert convert("conll2002", content, encoding="cp1250")[1] == "“Łódź” O\n\n"
    with pytest.raises(ConfigurationError, match="line 1: not utf-8. Say --encoding cp1252"):
        convert("conll2002", content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no encoding 'klingon'"):
        convert("conll2002", content, encoding="klingon")


def test_single_lines_in_another_encoding(convert: Any) -> None:
    content = "Jos\xe9 B-PER\n\nM\xfcller B-PER\n\n\xc9va B-PER\n\n"
    lines = [line.encode() for line in content.split("\n")]
    lines[2] = "M\xfcller B-PER".encode("latin-1")
    done, text = convert("auto", b"\r\n".join(lines))
    assert text == content
    assert done.encoding == "utf-8"
    assert done.repairs == {"lines in another encoding than the file": 1}


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("conll2002", "a O\n\nb N X O\n", "in, line 3: 4 columns .*, while line 1 has 2"),
            ("conll2002", "a O\nb\n", "line 2: 1 column .*, while line 1 has 2"),
            ("conll2003", "a O\n", "line 1: 2 columns .*, while 4 or 5 are expected .token"),
            ("conll2003", "a N I-NP XYZ\n", "line 1: 'XYZ' is not a tag.*conll2003"),
            ("finer", "a\tB-PER\n", "line 1: 2 columns .*, while 3 are expected"),
            ("finer", "a\t\tO\n", "line 1: '' is not a tag"),
            ("finer", "a\tO\tN\n", r"line 1: .*column 2 \(from 0\) has no tags, while token tag"),
            ("conll2002", "a\tB-PER\tO\nb\tO\tO\n", "column 1 .from 0. has tags of entities"),
            ("multiconer", "a N _ O\n", "column 1 .from 0. has 'N', while token _ _ tag are"),
            ("hipe", "a\tO\n", "no token_column 'TOKEN'; the columns are without names"),
            ("conll2012", "a O\n", "no token_column 'token'; the columns are without names"),
            ("finer", "a\tB-GPE\tO\n", "line 1: the tag 'B-GPE' has a type.*--map GPE=MISC"),
            ("wikiann", "a\tO\n", "line 1: .*'a' does not begin as in en:word"),
            ("wikineural", "a\tN\tO\n", "line 1: .*has 'a', which is not a word's number"),
            ("wikineural", "a\tO\n", "line 1: 2 columns .* while 3 are expected"),
            ("aqmar", "", "no sentence in this file.*Is aqmar the format"),
            # The reader would refuse what is written.
            ("aqmar", "a O\nb\rc O\n", "line 2: a carriage return or a null character"),
            ("finer", "a\0\tO\tO\n", "line 1: a carriage return or a null character"),
            ("aqmar", f"a {'B' * 9999}\n", r"line 1: 'B{97}\.\.\.' is not a tag"),
        ],
    )
    def test_message(self, convert: Any, name: str, content: str, message: str) -> None:
        with pytest.raises(ConfigurationError, match=message):
            convert(name, content)

    def test_unknown_names(self, convert: Any) -> None:
        with pytest.raises(
            ConfigurationError, match="no format 'conll'. Choose one of auto, conll2002"
        ):
            convert("conll", "a O\n")
        with pytest.raises(ConfigurationError, match="no output format 'iob'. Choose one of conll"):
            convert("conll2002", "a O\n", to="iob")
        with pytest.raises(ConfigurationError, match="docstart is 'drop'"):
            convert("conll2002", "a O\n", docstart="drop")

    def test_nothing_is_left_or_lost(self, convert: Any, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("precious")
        with pytest.raises(ConfigurationError):
            convert("conll2002", "a O\n" * 10000 + "b\n")
        assert (tmp_path / "out").read_text() == "precious"
        assert sorted(os.listdir(tmp_path)) == ["in", "out"]

    def test_no_input_for_an_output_that_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("precious")
        with pytest.raises(ConfigurationError, match="gone: no such file"):
            convert_corpus(tmp_path / "gone", tmp_path / "out")
        assert (tmp_path / "out").read_text() == "precious"

    def test_input_as_output(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_text("a O\n")
        os.link(path, tmp_path / "y")
        with pytest.raises(ConfigurationError, match="is what is read"):
            convert_corpus(path, tmp_path / "y", "conll2002")
        assert path.read_text() == "a O\n"

    def test_missing_input(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="gone: no such file"):
            convert_corpus(tmp_path / "gone", tmp_path / "out", "aqmar")


def test_types_with_spaces_are_read_back(convert: Any, tmp_path: Path) -> None:
    record = {"tokens": ["Ann", "Lee", "ran"], "ner_tags": ["B-full name", "I-full name", "O"]}
    done, text = convert("auto", json.dumps(record))
    assert text == "Ann B-full_name\nLee I-full_name\nran O\n\n"
    assert done.entities == {"full_name": 1}
    assert done.repairs == {"tags with spaces in the type, now _": 2}
    again = convert_corpus(tmp_path / "out", None)
    assert (again.entities, again.tokens) == ({"full_name": 1}, 3)
    # What can hold them keeps them.
    assert convert("auto", json.dumps(record), to="jsonl")[0].entities == {"full name": 1}
    with_line_end = json.dumps({"tokens": ["Ann"], "ner_tags": ["B-PER\nSON"]})
    assert convert("auto", with_line_end)[1] == "Ann B-PER_SON\n\n"


def test_cp1252_is_not_latin_1(convert: Any) -> None:
    done, text = convert("auto", "Škoda B-ORG\n– O\n€ O\n\n".encode("cp1252"))
    assert (done.encoding, text) == ("cp1252", "Škoda B-ORG\n– O\n€ O\n\n")


@pytest.mark.parametrize(
    "data, message",
    [
        (gzip.compress(b"a O\n"), "in: this is gzip; let its name end in .gz"),
        (b"PK\x03\x04\x14\0\r\n", "in: this is a ZIP archive"),
        (b"PAR1\x15\x04\0", "in: this is Parquet; "),
    ],
    ids=["gzip", "zip", "parquet"],
)
def test_what_is_packed_is_named(convert: Any, data: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        convert("auto", data)


@pytest.mark.parametrize("text", ["[]", "{}\n", "[\n]\n", "[{}]", "[null]", "[[]]"])
def test_json_without_a_sentence_is_no_text(convert: Any, tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="in"):
        convert("auto", text)
    assert not (tmp_path / "out").exists()


def test_words_that_look_like_empty_json(convert: Any) -> None:
    assert convert("auto", "[] O\n{} O\n\n")[1] == "[] O\n{} O\n\n"


def test_half_a_character_in_json(convert: Any) -> None:
    text = '{"text": "Ann \\ud83d Lee", "label": [[6, 9, "PER\\ud83d"]]}'
    for to in ("conll", "jsonl"):
        done, written = convert("auto", text, to=to)
        assert done.entities == {"PER\ufffd": 1}
        assert "Lee" in written and "\ufffd" in written
        assert done.repairs["texts with half a character, now U+FFFD"] == 2


def test_the_text_of_label_studio(convert: Any) -> None:
    result = [{"value": {"start": 8, "end": 11, "labels": ["PER"]}}]
    task = {"id": "17", "source": "a page", "text": "nothing Ann sat"}
    record = {"data": task, "annotations": [{"result": result}]}
    assert convert("auto", json.dumps(record))[1] == "nothing O\nAnn B-PER\nsat O\n\n"
    task["body"] = task.pop("text")
    with pytest.raises(ConfigurationError, match="several texts .id, source, body.; let the one"):
        convert("auto", json.dumps(record))


def test_damaged_doc_bins(convert: Any, tmp_path: Path) -> None:
    convert("jsonl", '{"tokens": ["Anna"], "tags": ["B-PER"]}\n{"tokens": ["a"], "tags": ["O"]}\n')
    convert_corpus(tmp_path / "out", tmp_path / "docs", to="docbin")
    data = (tmp_path / "docs").read_bytes()
    assert convert_corpus(tmp_path / "docs", None).format_name == "docbin"
    for damaged in (data[:-20], data[:30], data[:50] + data[60:]):
        (tmp_path / "docs").write_bytes(damaged)
        with pytest.raises(ConfigurationError, match="docs: no whole DocBin of spaCy"):
            convert_corpus(tmp_path / "docs", None, "docbin")
    doc = Doc(spacy.blank("xx").vocab, words=["a", "b"], sent_starts=[True, True])
    DocBin(docs=[doc]).to_disk(tmp_path / "docs")
    assert convert_corpus(tmp_path / "docs", tmp_path / "out").sentences == 2
    assert (tmp_path / "out").read_text("utf-8") == "a\n\nb\n\n"
    DocBin(docs=[doc, Doc(doc.vocab, words=["a"], ents=["B-X"])]).to_disk(tmp_path / "docs")
    done = convert_corpus(tmp_path / "docs", tmp_path / "out")
    assert done.repairs == {"texts without a word on entities, read as without any": 1}
    assert (tmp_path / "out").read_text("utf-8") == "a O\n\nb O\n\na B-X\n\n"
