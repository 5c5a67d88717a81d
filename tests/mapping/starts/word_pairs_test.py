import logging
from typing import Any, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.starts import (
    IdenticalStrings,
    MappingStart,
    Numerals,
    SeedDictionary,
    StartInput,
)
from xner_allennlp.vectors import WordVectors


def vectors(words: List[str], name: str = "s") -> WordVectors:
    return WordVectors(words, np.ones((len(words), 2)), name, f"{name}.vec")


SOURCE = vectors(["a", "b", "7", "c", "x9"])
TARGET = vectors(["7", "q", "a", "x9", "r"], "t")


def pairs(start: MappingStart, dictionary: Any = None) -> List[List[int]]:
    found = start.word_pairs(SOURCE, TARGET, dictionary)
    assert found.dtype == np.int64 and found.shape == (len(found), 2)
    return found.tolist()


def test_identical_strings() -> None:
    assert pairs(IdenticalStrings()) == [[0, 2], [2, 0], [4, 3]]


def test_identical_strings_compare_case() -> None:
    source, target = vectors(["Paris", "the", "7", "rome"]), vectors(["7", "Rome", "Paris"])
    assert IdenticalStrings().word_pairs(source, target).tolist() == [[0, 2], [2, 0]]


def test_numerals() -> None:
    assert pairs(Numerals()) == [[2, 0]]


@pytest.mark.parametrize("word", ["1998", "-3.5", "10:30", "٣", "1,000.00", "5%"])
def test_what_is_a_numeral(word: str) -> None:
    assert Numerals().word_pairs(vectors([word]), vectors([word])).tolist() == [[0, 0]]


@pytest.mark.parametrize("word", ["x9", "9x", ".", "3 4", "-"])
def test_what_is_no_numeral(word: str) -> None:
    with pytest.raises(ConfigurationError, match="Not one word pair"):
        Numerals().word_pairs(vectors([word]), vectors([word]))


def test_dictionary() -> None:
    words = [("b", "q"), ("nowhere", "r"), ("b", "q"), ("c", "r"), ("b", "r")]
    assert pairs(SeedDictionary(), words) == [[1, 1], [3, 4], [1, 4]]


def test_a_dictionary_that_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="needs a seed dictionary"):
        pairs(SeedDictionary())


def test_not_one_pair() -> None:
    words = [("nowhere", "a"), ("a", "nowhere")]
    with pytest.raises(
        ConfigurationError, match=r"Not one.*\(dictionary\).*s.vec and t.vec"
    ) as error:
        pairs(SeedDictionary(), words)
    assert "none of the 2 pairs" in str(error.value)
    assert "a source word and a target word a line" in str(error.value)


def test_null_vectors_are_none() -> None:
    words = ["a", "b", "c"]
    source, target = vectors(words), vectors(words, "t")
    source.matrix[0] = 0
    target.matrix[1] = 0
    assert IdenticalStrings().word_pairs(source, target).tolist() == [[2, 2]]
    source.matrix[2] = 0
    with pytest.raises(ConfigurationError, match="of none of the 3 pairs do both words"):
        SeedDictionary().word_pairs(source, target, list(zip(words, words)))


def test_few_pairs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        pairs(Numerals())
    assert "1 word pairs to start from (numerals)" in caplog.text
    assert "1 word pairs are few for 2 dimensions" in caplog.text


def test_the_matrix_is_that_of_procrustes() -> None:
    rng = np.random.default_rng(0)
    mapped, fixed = rng.normal(size=(9, 4)), rng.normal(size=(9, 4))
    start = IdenticalStrings().find(StartInput(mapped, fixed, seed=1, pairs=(mapped, fixed)))
    np.testing.assert_array_equal(start.W, procrustes(mapped, fixed))
    assert start.record == {"dictionary_size": 9}
