from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError
from scipy.stats import spearmanr

from xner_allennlp.mapping.use.translator import Translator
from xner_allennlp.mapping.verdict.word_similarity import (
    JudgedPair,
    read_word_similarity,
    word_similarity,
)
from xner_allennlp.vectors import WordVectors


@pytest.fixture
def translator() -> Translator:
    # Cosines of a with x, y, z: 1, 0.6, 0; of b: 0, 0.8, 1.
    source = np.array([[1, 0], [0, 2]], dtype=np.float32)
    target = np.array([[3, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    return Translator(
        WordVectors(["a", "b"], source, "s", "s.vec"),
        WordVectors(["x", "y", "z"], target, "t", "t.vec"),
    )


def test_against_scipy_on_a_case_made_by_hand(translator: Translator) -> None:
    pairs = [
        JudgedPair("a", "x", 4.0),
        JudgedPair("a", "y", 1.0),
        JudgedPair("a", "z", 2.0),
        JudgedPair("b", "Y", 3.0),  # in lower case
        JudgedPair("b", "unknown", 4.0),
        JudgedPair("unknown", "x", 0.0),
    ]
    result = word_similarity(translator, pairs)
    assert result["pairs"] == 4
    assert result["coverage"] == pytest.approx(4 / 6)
    # Ranks of cosines 1, 0.6, 0, 0.8: 4 2 1 3; of scores: 4 1 2 3. 1 - 6 * 2 / (4 * 15).
    assert result["spearman"] == pytest.approx(0.8)
    assert result["spearman"] == pytest.approx(spearmanr([1, 0.6, 0, 0.8], [4, 1, 2, 3])[0])


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [JudgedPair("a", "x", 1.0)],
        [JudgedPair("a", "x", 1.0), JudgedPair("b", "y", 1.0)],  # all judged alike
        [JudgedPair("a", "x", 1.0), JudgedPair("a", "x", 2.0)],  # all cosines alike
        [JudgedPair("u", "v", 1.0), JudgedPair("v", "u", 2.0)],  # none known
    ],
)
def test_undefined(translator: Translator, pairs) -> None:
    assert word_similarity(translator, pairs)["spearman"] is None


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(
        "\ufeff# a comment\n\nhouse huis 3.5\r\nNew York\tNueva York\t4\n"
        "  dog \t  perro 1e-1\n \t\n  cat \t gato \t 2\n#one more 3\n",
        encoding="utf-8",
    )
    assert read_word_similarity(path) == [
        ("house", "huis", 3.5),
        ("New York", "Nueva York", 4.0),
        ("dog", "perro", 0.1),
        ("cat", "gato", 2.0),
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        ("a b 1\na b\n", "line 2: 2 fields"),
        ("a b c 1\n", "line 1: 4 fields"),
        ("a b many\n", "line 1: the score 'many' is not a finite"),
        ("a b nan\n", "line 1: the score 'nan'"),
        ("a\t\t1\n", "line 1: 3 fields"),
        ("# nothing\n\n", "no pair of words"),
        ("a b 1\n\udcff b 1\n", "line 2: the byte 0xff is not valid utf-8"),
        ("a b 1\na\0 b\0 1\0\n", "line 2: a null character"),
    ],
)
def test_bad_file(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "pairs.txt"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=message):
        read_word_similarity(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none.txt: no such file"):
        read_word_similarity(tmp_path / "none.txt")
