from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.dictionary import check_direction, known_pairs, read_dictionary
from xner_allennlp.vectors import WordVectors


class TestReadDictionary:
    def test_reads_spaces_tabs_and_crlf(self, tmp_path: Path) -> None:
        path = tmp_path / "dictionary.txt"
        path.write_bytes("\ufeffcat gato\ncat\tgata\r\n\nhouse   casa \nx\u00a0y z\n".encode())
        assert read_dictionary(path) == [
            ("cat", "gato"),
            ("cat", "gata"),
            ("house", "casa"),
            ("x\u00a0y", "z"),
        ]

    @pytest.mark.parametrize(
        "content, message",
        [
            (b"cat gato\nhouse\n", "line 2: 1 words instead of 2"),
            (b"a b c\n", "line 1: 3 words instead of 2"),
            (b"\n\n", "empty"),
            (b"cat g\xe1to\n", "not valid utf-8"),
        ],
    )
    def test_errors(self, tmp_path: Path, content: bytes, message: str) -> None:
        path = tmp_path / "dictionary.txt"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message) as error:
            read_dictionary(path)
        assert str(path) in str(error.value)

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="none.txt: no such file"):
            read_dictionary(tmp_path / "none.txt")


def test_a_dictionary_of_the_other_direction() -> None:
    source, target = (
        WordVectors(words, np.ones((3, 2), dtype=np.float32), words[0], f"{words[0]}.vec")
        for words in (["house", "cat", "radio"], ["casa", "gato", "radio"])
    )
    pairs = [("house", "casa"), ("cat", "gato"), ("radio", "radio")]
    check_direction(pairs, source, target, "en-es.txt")
    check_direction([("radio", "radio"), ("ocean", "oceano")], source, target, "en-es.txt")
    message = "en-es.txt: both words of 1 pairs have vectors, and of 3 if .* the other direction"
    with pytest.raises(ConfigurationError, match=message):
        check_direction(pairs, target, source, "en-es.txt")


def test_known_pairs_drops_unknown_and_repeated() -> None:
    pairs = [("a", "x"), ("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("a", "z")]
    found = known_pairs(pairs, {"a": 3, "b": 1}, {"x": 0, "y": 2})
    assert found.tolist() == [[3, 0], [3, 2], [1, 0]]


def test_known_pairs_of_lower_cased_vectors() -> None:
    pairs = [("Paris", "Parijs"), ("paris", "parijs"), ("Turkey", "Turkije"), ("turkey", "kalkoen")]
    found = known_pairs(pairs, {"turkey": 0, "paris": 1}, {"parijs": 0, "turkije": 1, "kalkoen": 2})
    assert found.tolist() == [[1, 0], [0, 1], [0, 2]]


def test_known_pairs_of_vectors_with_both_cases() -> None:
    # Of "Turkey" there is no vector, and another word's is none.
    pairs = [("Turkey", "Turkije"), ("Paris", "Parijs"), ("turkey", "kalkoen")]
    source = {"turkey": 0, "Paris": 1, "paris": 2}
    found = known_pairs(pairs, source, {"Turkije": 0, "parijs": 1, "Parijs": 2, "kalkoen": 3})
    assert found.tolist() == [[1, 2], [0, 3]]


def test_known_pairs_in_other_normal_forms() -> None:
    source = {"Ame\u0301lie": 0, "X": 1}
    found = known_pairs([("Am\u00e9lie", "Z\u00fcrich")], source, {"Zu\u0308rich": 2, "Y": 0})
    assert found.tolist() == [[0, 2]]


def test_hardly_a_capital_letter() -> None:
    words = {f"w{number}": number for number in range(200)}
    for odd, rows in (("Wiki", [[7, 0]]), ("Wiki Wikis WIKI", [])):
        index = {**words, **dict.fromkeys(odd.split(), 0)}
        assert known_pairs([("W7", "x")], index, {"x": 0}).tolist() == rows
    assert known_pairs([], words, words).shape == (0, 2)
