from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from experiments.figures.entity_words import entity_words, rows_by_type
from xner_allennlp.vectors import WordVectors

CORPUS = """\
University B-ORG
of I-ORG
Paris I-ORG

Paris B-LOC
, O
capital O
of O
France B-LOC

Paris S-LOC
of O
Ann B-PER
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.conll"
    path.write_text(CORPUS)
    return path


def test_a_word_has_its_most_frequent_type(corpus: Path) -> None:
    words = entity_words(corpus)
    # "of" is mostly outside. The most frequent word is first.
    assert words == {"Paris": "LOC", "University": "ORG", "France": "LOC", "Ann": "PER"}
    assert next(iter(words)) == "Paris"


def test_rows() -> None:
    matrix = np.ones((5, 2), dtype=np.float32)
    matrix[3] = 0
    vectors = WordVectors(["b", "Paris", "paris", "null", "c"], matrix, "f", "v.vec")
    words = {"Paris": "LOC", "PARIS": "LOC", "B": "LOC", "b": "LOC", "null": "PER", "c": "LOC"}
    # PARIS is found in lower case, b was taken by B, null is no vector.
    assert rows_by_type(words, vectors, per_type=9) == {"LOC": [1, 2, 0, 4]}
    assert rows_by_type(words, vectors, per_type=2) == {"LOC": [1, 2]}
    assert rows_by_type({"unknown": "LOC", "c": "ORG"}, vectors, per_type=2) == {"ORG": [4]}


@pytest.mark.parametrize(
    "content, message",
    [("a\nb\n", "no tags in it"), ("a O\nb O\n", "no word in this file"), ("", "no sentence")],
)
def test_bad_corpus(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad").write_text(content)
    with pytest.raises(ConfigurationError, match=message):
        entity_words(tmp_path / "bad")
