import logging
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.mapping.worlds import World, as_word_vectors, clustered
from xner_allennlp.mapping import Checkpoint, MapperOptions, TranslationSearch
from xner_allennlp.mapping.starts.starts import Start, Starts, check_vectors, start_pairs
from xner_allennlp.vectors import WordVectors

QUICK = {"epochs": 2, "words_per_epoch": 320, "hidden_dim": 8, "transport_starts": 2}


@pytest.fixture(scope="module")
def world() -> World:
    return clustered(words=200, dim=10)


def starts(world: World, *, pairs_W: Any = None, **options: Any) -> Starts:
    return Starts(
        world.mapped,
        world.fixed,
        search=TranslationSearch(world.mapped, world.fixed),
        options=MapperOptions(**{**QUICK, **options}),
        pairs_W=pairs_W,
    )


def started(one: Starts, seed: int = 3, folder: Any = None) -> Start:
    seen: List[Any] = []
    start = one.start(
        seed, checkpoint=Checkpoint(folder), name="restart0-start", observer=seen.append
    )
    assert seen == start.record.get("steps", [])
    return start


class TestStart:
    def test_adversarial(self, world: World) -> None:
        start = started(starts(world))
        assert [step["epoch"] for step in start.record["steps"]] == [1, 2]
        assert start.record["criterion"] == max(step["criterion"] for step in start.record["steps"])

    @pytest.mark.parametrize("initialization", ["transport", "similarity_signatures"])
    def test_without_a_gan(self, world: World, initialization: str) -> None:
        start = started(starts(world, initialization=initialization))
        assert np.abs(start.W - world.rotation).max() < 0.1
        if initialization == "transport":
            assert [step["start"] for step in start.record["steps"]] == [0, 1]
            assert start.record["objective"] > 0
        else:
            assert start.record["dictionary_size"] >= 200

    def test_options_reach_the_transport(self, world: World) -> None:
        options = {"initialization": "transport", "transport_starts": 3}
        many = started(starts(world, **options))
        few = started(starts(world, **options, transport_words=50))
        assert len(many.record["steps"]) == 3
        assert few.record["objective"] != many.record["objective"]

    def test_options_reach_the_signatures(self, world: World) -> None:
        options = {"initialization": "similarity_signatures", "signature_words": 60}
        assert started(starts(world, **options)).record["dictionary_size"] < 120

    def test_word_pairs(self, world: World) -> None:
        one = starts(world, initialization="dictionary", pairs_W=world.rotation)
        np.testing.assert_array_equal(started(one).W, world.rotation)

    @pytest.mark.parametrize("initialization", ["adversarial", "transport"])
    def test_seed(self, world: World, initialization: str) -> None:
        one = starts(world, initialization=initialization)
        assert started(one, 1).record == started(one, 1).record
        assert started(one, 1).record != started(one, 2).record

    @pytest.mark.parametrize(
        "initialization", ["adversarial", "transport", "similarity_signatures", "dictionary"]
    )
    def test_is_not_made_again(
        self, world: World, initialization: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pairs_W = world.rotation if initialization == "dictionary" else None
        one = starts(world, initialization=initialization, pairs_W=pairs_W)
        first = started(one, folder=tmp_path)
        calls: List[Any] = []
        monkeypatch.setattr(Starts, "_find", lambda *args: calls.append(args))
        again = started(one, folder=tmp_path)
        np.testing.assert_array_equal(first.W, again.W)
        assert first.record == again.record
        assert not calls


class TestPairs:
    source = WordVectors(["a", "b", "7", "c", "x9"], np.ones((5, 2)), "s", "s.vec")
    target = WordVectors(["7", "q", "a", "x9", "r"], np.ones((5, 2)), "t", "t.vec")

    def pairs(self, *, dictionary: Any = None, **options: Any) -> List[List[int]]:
        found = start_pairs(self.source, self.target, dictionary, MapperOptions(**options))
        assert found.dtype == np.int64 and found.shape == (len(found), 2)
        return found.tolist()

    def test_identical_strings(self) -> None:
        assert self.pairs(initialization="identical_strings") == [[0, 2], [2, 0], [4, 3]]

    def test_numerals(self) -> None:
        assert self.pairs(initialization="numerals") == [[2, 0]]

    def test_dictionary(self) -> None:
        words = [("b", "q"), ("nowhere", "r"), ("b", "q"), ("c", "r"), ("b", "r")]
        expected = [[1, 1], [3, 4], [1, 4]]
        assert self.pairs(initialization="dictionary", dictionary=words) == expected

    def test_of_the_mapped_language_first(self) -> None:
        options = {"direction": "target_to_source", "initialization": "identical_strings"}
        assert self.pairs(**options) == [[2, 0], [0, 2], [3, 4]]

    @pytest.mark.parametrize(
        "initialization", ["adversarial", "transport", "similarity_signatures"]
    )
    def test_none_where_none_are_needed(self, initialization: str) -> None:
        assert self.pairs(initialization=initialization) == []

    def test_a_dictionary_that_nobody_asked_for(self) -> None:
        with pytest.raises(ConfigurationError, match='initialization is "adversarial". Set it to'):
            self.pairs(dictionary=[("a", "a")])

    def test_a_dictionary_that_is_missing(self) -> None:
        with pytest.raises(ConfigurationError, match="needs a seed dictionary"):
            self.pairs(initialization="dictionary")

    def test_not_one_pair(self) -> None:
        words = [("nowhere", "a"), ("a", "nowhere")]
        with pytest.raises(ConfigurationError, match=r"Not one.*\(dictionary\).*s.vec and t.vec"):
            self.pairs(initialization="dictionary", dictionary=words)

    def test_few_pairs(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            self.pairs(initialization="numerals")
        assert "1 word pairs to start from (numerals)" in caplog.text
        assert "1 word pairs are few for 2 dimensions" in caplog.text


class TestVectors:
    def test_different_dimensions(self) -> None:
        source, target = (
            as_word_vectors("s", np.ones((9, 5))),
            as_word_vectors("t", np.ones((9, 4))),
        )
        with pytest.raises(ConfigurationError, match="s.vec has 5 dimensions, but t.vec has 4"):
            check_vectors(source, target, MapperOptions())

    @pytest.mark.parametrize("null", ["s", "t"])
    def test_only_null_vectors(self, null: str) -> None:
        source, target = (as_word_vectors(name, np.full((9, 5), name != null)) for name in "st")
        with pytest.raises(ConfigurationError, match=f"{null}.vec: there are no word vectors but"):
            check_vectors(source, target, MapperOptions())

    def test_fewer_words_than_the_gan_draws_from(self, caplog: pytest.LogCaptureFixture) -> None:
        source, target = (
            as_word_vectors("s", np.ones((9, 5))),
            as_word_vectors("t", np.ones((8, 5))),
        )
        with caplog.at_level(logging.WARNING):
            check_vectors(source, target, MapperOptions(most_frequent=9))
        assert "t.vec has 8 words, fewer than most_frequent (9)" in caplog.text
        assert "s.vec" not in caplog.text
        caplog.clear()
        check_vectors(source, target, MapperOptions(initialization="transport"))
        assert not caplog.records

    def test_the_same_file_twice(self, caplog: pytest.LogCaptureFixture) -> None:
        source = as_word_vectors("s", np.ones((9, 5)))
        with caplog.at_level(logging.WARNING):
            check_vectors(source, source, MapperOptions(most_frequent=1))
        assert "begin with the same words: is one of them the wrong file?" in caplog.text
