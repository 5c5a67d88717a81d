import os
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from xner_allennlp.corpora import paper_sizes
from xner_allennlp.corpora.data_folder import CorpusFile
from xner_allennlp.corpora.file_check import FileCheck, check_file
from xner_allennlp.data.conll_file import read_conll_file

CLEAN = "Jan B-PER\nSmit I-PER\nwoont O\n\nGoes B-LOC\n"
GLUED = "-DOCSTART- O\nDe O\nBelg B-MISC\n\neen O\n\n-DOCSTART- O\ntwee B-LOC\n\ndrie B-LOC\n"


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., FileCheck]:
    def write_and_check(content: Any, language: Any = None, split: Any = None) -> FileCheck:
        path = tmp_path / "x.train"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return check_file(CorpusFile(str(path), language, split))

    return write_and_check


def codes(check: FileCheck) -> Dict[str, str]:
    return {finding.code: finding.severity for finding in check.findings}


def test_clean(check: Any) -> None:
    found = check(CLEAN)
    assert found.findings == []
    json = found.to_json()
    assert json["sentences"] == {
        "docstart_line": 2,
        "docstart_sentence": 2,
        "paper_table_1": None,
    }
    assert (json["tokens"], json["longest_sentence"], json["columns"]) == (4, 3, 2)
    assert (json["scheme"], json["encoding"]) == ("IOB2", "utf-8")
    assert json["entities"] == {"LOC": 1, "PER": 1}


@pytest.mark.parametrize(
    ("content", "code", "severity", "line"),
    [
        ("\ufeff" + CLEAN, "bom", "warning", None),
        (CLEAN.replace("\n", "\r\n"), "crlf", "warning", None),
        (CLEAN.replace("woont O", "woont\rin O"), "carriage_return", "error", 3),
        (CLEAN.replace("woont", "wo\0nt"), "null_character", "error", 3),
        ("\n" + CLEAN, "blank_lines", "note", 1),
        (CLEAN.replace("\n\n", "\n\n\n\n"), "blank_lines", "note", 5),
        (CLEAN.replace("Goes", "Núñez").encode("latin-1"), "encoding", "error", 5),
        (CLEAN.replace("Goes", "“Goes").encode("cp1252"), "encoding", "error", 5),
        (CLEAN.encode("utf-16"), "encoding", "error", 1),
        (CLEAN.replace("woont O", "woont"), "columns", "error", 3),
        (CLEAN.replace("woont O", "woont in O"), "columns", "error", 3),
        (CLEAN.replace("woont O", " O"), "repaired", "note", None),  # an empty token
        (CLEAN.replace(" ", "\t").replace("woont", " "), "repaired", "note", None),
        (CLEAN.replace("woont O", "woont V"), "not_a_tag", "error", 3),
        (CLEAN.replace("B-LOC", "B-GPE"), "entity_types", "warning", 5),
        (CLEAN.replace("-PER", "").replace("-LOC", ""), "repaired", "note", None),
        (CLEAN.replace("-LOC", ""), "not_a_tag", "error", 5),
        (CLEAN.replace("B-", "B_"), "repaired", "note", None),
        (CLEAN.replace("B-", "M-"), "repaired", "note", None),
        (CLEAN.replace("B-", "").replace("I-", ""), "repaired", "note", None),
        ("# id = 1\n" + CLEAN, "repaired", "note", None),
        ("word tag\n" + CLEAN, "repaired", "note", None),
        (CLEAN.replace(" ", ","), "layout", "note", None),
        ("Jan,x\nwoont,y\nnu,z\n", "commas", "warning", None),
        ('{"tokens": ["Jan"], "tags": ["O"]}\n', "json", "error", 1),
        ('<?xml version="1.0"?>\n<doc>\n', "xml", "error", 1),
        ("T1\tLocation 0 4;6 8\tGoes\nT2\tLocation 9 12\tOss\n", "standoff", "error", 1),
        ("#FORMAT=WebAnno TSV 3.2\n\n\n1-1\t0-3\tJan\tperson[1]\t\n", "webanno", "error", 1),
        (zlib.compress(b"\x83\xa7version"), "doc_bin", "error", None),
        ("\nJan woont in Goes .\nHij slaapt .\nEn nu ?\nNiets\n", "raw_text", "error", 2),
        (("Jan O\nMüller O\n" * 2).encode() + b"Nu\xf1ez O\n", "encoding", "error", 5),
        ("a O\nb O\n", "no_entities", "warning", None),
        ("", "empty", "error", None),
        ("\n\n", "empty", "error", None),
        ("-DOCSTART- O\n\n", "empty", "error", None),
        ("a\nb\n", "untagged", "note", None),
        (CLEAN + "\n" + "a O\n" * 251, "long_sentences", "warning", 7),
        (CLEAN.replace("woont", "a\u00a0b"), "odd_space", "warning", 3),
        (CLEAN.replace("woont", "wo\ufffdnt"), "replacement_character", "warning", 3),
        (CLEAN.replace("B-PER", "I-PER"), "mixture", "warning", 1),
        (GLUED, "glued_sentences", "note", None),
        ("0\tJan\tB-PER\n1\tslaapt\tO\n", "layout", "note", None),
        ("1\tJan\tB-PER\tO\n2\tslaapt\tO\tO\n", "layout", "note", None),
        ("nl:Jan\tB-PER\nnl:slaapt\tO\n", "repaired", "note", None),
        ("a _ _ _\nb _ _ _\n", "untagged", "note", None),
        ("1\ta\n2\tb\n\n1\tc\n2\td\n", "untagged", "note", None),
        ("Jan\tB-PER\tO\nslaapt\tO\tO\nnu\tO\tO\n", "layout", "note", None),
    ],
)
def test_each_kind_of_dirt(check: Any, content: Any, code: str, severity: str, line: Any) -> None:
    found = check(content)
    [finding] = [finding for finding in found.findings if finding.code == code]
    assert finding.severity == severity
    if line is not None:
        assert finding.line == line
    assert finding.remedy


def test_a_pipe_is_read_once() -> None:
    reading, writing = os.pipe()
    os.write(writing, CLEAN.encode())
    os.close(writing)
    try:
        found = check_file(CorpusFile(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)
    assert (found.findings, len(found.sentences)) == ([], 2)


def test_lines_of_multi_word_tokens_are_counted(check: Any) -> None:
    rows = ["1 von O", "2-3 im _", "2 in O", "3 dem O", "4 Jan I-PER", "5 Oss B-LOC"]
    found = check("".join(row.replace(" ", "\t") + "\n" for row in rows))
    [finding] = [finding for finding in found.findings if finding.code == "mixture"]
    assert finding.line == 5


def test_limit_of_long_sentences(check: Any) -> None:
    assert "long_sentences" not in codes(check(CLEAN + "\n" + "a O\n" * 250))


@pytest.mark.parametrize(
    "content",
    [
        CLEAN,
        "\ufeff\n\n" + CLEAN.replace("\n", "\r\n"),
        CLEAN.replace("B-PER", "I-PER"),
        CLEAN.replace("woont", "a\u2028b"),
        GLUED,
        "a\nb\n",
        "a N I-NP I-PER\n\nb N I-NP O\n",
    ],
)
def test_what_has_no_error_can_be_read(check: Any, content: str, tmp_path: Path) -> None:
    found = check(content)
    assert "error" not in codes(found).values()
    read = read_conll_file(tmp_path / "x.train")
    assert [list(s.tokens) for s in found.sentences] == [s.words for s in read.sentences]
    assert [s.lines[0] for s in found.sentences] == [s.line for s in read.sentences]
    dropped = read_conll_file(tmp_path / "x.train", docstart="sentence")
    assert len(dropped.sentences) == len(found.sentences) - found.glued_sentences


def test_what_only_the_reader_refuses_is_an_error(check: Any, monkeypatch: Any) -> None:
    from allennlp.common.checks import ConfigurationError

    from xner_allennlp.corpora import file_check

    def refuse(*arguments: Any) -> None:
        raise ConfigurationError("no")

    monkeypatch.setattr(file_check, "parse_conll", refuse)
    assert codes(check(CLEAN)) == {"refused": "error"}


def test_missing_file(tmp_path: Path) -> None:
    found = check_file(CorpusFile(str(tmp_path / "gone")))
    assert codes(found) == {"unreadable": "error"}
    assert found.to_json()["sentences"]["docstart_line"] == 0


# --- Table 1, on made-up sizes


@pytest.fixture
def sizes(monkeypatch: Any) -> None:
    size = paper_sizes.PaperSize("a corpus", {"train": 2, "testa": 4})
    monkeypatch.setitem(paper_sizes.PAPER_SIZES, "xx", size)


@pytest.mark.parametrize(
    ("content", "split", "expected"),
    [
        (CLEAN, "train", []),
        (GLUED, "train", ["glued_sentences"]),  # 4 sentences, 2 of them glued
        (GLUED, "testa", ["glued_sentences"]),
        (CLEAN, "testa", ["paper_size"]),
        (CLEAN, "testb", []),  # the paper has no such split
        (CLEAN + "\nA O\n", "train", ["paper_size"]),
    ],
)
def test_both_docstart_conventions(
    check: Any, sizes: Any, content: str, split: str, expected: List[str]
) -> None:
    found = check(content, "xx", split)
    assert list(codes(found)) == expected
    if "glued_sentences" in expected:
        assert (len(found.sentences), found.glued_sentences, found.glued_entities) == (4, 2, 2)
        [finding] = found.findings
        assert "2 sentences, with 2 entities" in finding.message
    if expected == ["paper_size"]:
        assert "while the paper has" in found.findings[0].message


def test_full_dutch_without_markers(check: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(paper_sizes.DUTCH_WITH_GLUED_SENTENCES, "testa", 2)
    found = check(CLEAN, "nl", "testa")
    assert codes(found) == {"full_dutch": "note"}
    assert "the paper dropped the first one of each article and has 2821" in (
        found.findings[0].message
    )


def test_the_paper() -> None:
    # Table 1 as it is printed.
    table = """
        English 14041 3250 3453
        Spanish 8323 1915 1517
        Dutch 15519 2821 5076
        German 12152 2867 3005
        Arabic 2166 267 254
        Finnish 13497 986 3512"""
    rows = [[int(number) for number in line.split()[1:]] for line in table.split("\n")[1:]]
    sizes = paper_sizes.PAPER_SIZES
    assert [list(sizes[name].sentences.values()) for name in "en es nl de ar fi".split()] == rows
