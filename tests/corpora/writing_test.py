from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from xner_allennlp.corpora import convert_corpus
from xner_allennlp.corpora.writing import (
    WRITERS,
    WrittenSentence,
    write_conll,
    write_doc_bin,
    write_json_lines,
)
from xner_allennlp.data import read_conll_file
from xner_allennlp.data.column_text import as_column

SENTENCES = [
    WrittenSentence(["New York", "#", "-DOCSTART-", "\ufeffa"], ["B-LOC", "O", "O", "O"]),
    WrittenSentence(["b"], ["B-DATE"]),
]


def test_conll_says_what_it_cannot_hold(tmp_path: Path) -> None:
    changes = write_conll(tmp_path / "out", SENTENCES)
    assert list(changes.values()) == [1, 1, 1]
    read = read_conll_file(tmp_path / "out")
    assert [s.words for s in read.sentences] == [["New\u00a0York", "#", "_DOCSTART_", "_a"], ["b"]]
    assert [s.tags for s in read.sentences] == [s.tags for s in SENTENCES]


def test_json_lines(tmp_path: Path) -> None:
    assert not write_json_lines(tmp_path / "out", [*SENTENCES[1:], WrittenSentence(["c"])])
    assert (tmp_path / "out").read_text() == (
        '{"tokens": ["b"], "ner_tags": ["B-DATE"]}\n{"tokens": ["c"]}\n'
    )


def test_doc_bin(tmp_path: Path) -> None:
    assert not write_doc_bin(tmp_path / "out.spacy", SENTENCES)
    docs = list(DocBin().from_disk(tmp_path / "out.spacy").get_docs(spacy.blank("en").vocab))
    assert [[token.text for token in doc] for doc in docs] == [s.tokens for s in SENTENCES]
    assert [[(e.text, e.label_) for e in doc.ents] for doc in docs] == [
        [("New York", "LOC")],
        [("b", "DATE")],
    ]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("name", list(WRITERS))
def test_compressed_by_the_name(tmp_path: Path, name: str, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    WRITERS[name](path, SENTENCES[1:])
    # Refused where the content is not what the name says.
    assert convert_corpus(path, tmp_path / "again").entities == {"DATE": 1}
    assert (tmp_path / "again").read_text() == "b B-DATE\n\n"


def test_what_a_column_cannot_have():
    assert as_column("a b\tc\0\ufeff\r\n") == "a_b_c____"
    # Else what stands on the line would be no word, and the sentences after it would move up.
    assert as_column("-DOCSTART-") == "_DOCSTART_" and as_column("-DOCSTART") == "-DOCSTART"
