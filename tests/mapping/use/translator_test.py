from typing import List

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from tests.mapping.use.common_space_test import brute_force, cosines
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.use.translator import Translation, Translator
from xner_allennlp.vectors import WordVectors

DIM = 8


def make_vectors(prefix: str, matrix: np.ndarray) -> WordVectors:
    words = [f"{prefix}{row}" for row in range(len(matrix))]
    return WordVectors(words, matrix.astype(np.float32), prefix, f"{prefix}.vec")


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(DIM, DIM)))[0]


@pytest.fixture
def base() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(60, DIM))


@pytest.mark.parametrize("direction", ["source_to_target", "target_to_source"])
@pytest.mark.parametrize("method", ["csls", "nn"])
def test_known_rotation_in_both_directions(base, direction: str, method: str) -> None:
    W = rotation(3)
    source, target = make_vectors("s", base), make_vectors("t", base @ W.T)
    mapping = Mapping(W if direction == "source_to_target" else W.T, direction)
    translator = Translator.of_mapping(mapping, source, target)
    words = ["s5", "s0", "s59"]
    answers = translator.translate(words, k=1, method=method)
    assert [[found.word for found in answer] for answer in answers] == [["t5"], ["t0"], ["t59"]]
    answers = translator.translate(["t7"], language="target", k=1, method=method)
    assert [[found.word for found in answer] for answer in answers] == [["s7"]]
    if method == "nn":
        assert answers[0][0].score == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("language", ["source", "target"])
@pytest.mark.parametrize("method", ["csls", "nn"])
def test_equals_brute_force(base, language: str, method: str) -> None:
    rng = np.random.default_rng(4)
    source = make_vectors("s", base)
    target = make_vectors("t", base[:40] + rng.normal(scale=1.2, size=(40, DIM)))
    mapping = Mapping(
        rotation(1),
        "source_to_target",
        ("renorm", "center"),
        {name: rng.normal(size=(1, DIM)) for name in ("source", "target")},
    )
    spaces = [mapping.apply(source.matrix, "source"), mapping.apply(target.matrix, "target")]
    words: List[str] = target.words
    if language == "target":
        spaces, words = spaces[::-1], source.words
    scores = cosines(*spaces) if method == "nn" else brute_force(*spaces, 10)
    translator = Translator.of_mapping(mapping, source, target)
    prefix = language[0]
    answers = translator.translate(
        [f"{prefix}{row}" for row in range(40)], language=language, k=4, method=method
    )
    for row, answer in enumerate(answers):
        best = np.argsort(-scores[row])[:4]
        assert [found.word for found in answer] == [words[key] for key in best]
        assert [found.score for found in answer] == pytest.approx(scores[row][best], abs=1e-5)


def test_unknown_words_and_lower_case(base) -> None:
    source = make_vectors("s", base)
    translator = Translator(source, make_vectors("T", base))
    answers = translator.translate(["nowhere", "S3", "s4", ""], k=1)
    assert [[found.word for found in answer] for answer in answers] == [[], ["T3"], ["T4"], []]
    # Only the word asked for is lower-cased, not those that are known.
    assert translator.translate(["t3"], language="target") == [[]]
    assert translator.translate([]) == []


def test_null_vectors_are_neither_words_nor_translations(base) -> None:
    matrices = [base.copy(), base.copy()]
    matrices[0][2] = 0
    matrices[1][3] = 0
    translator = Translator(make_vectors("s", matrices[0]), make_vectors("t", matrices[1]))
    assert translator.translate(["s2"]) == [[]]
    answers = translator.translate(["s3", "s4"], k=60)
    assert answers[1][0].word == "t4"
    assert all("t3" not in [found.word for found in answer] for answer in answers)
    assert len(answers[0]) == 59
    with pytest.raises(ConfigurationError, match="t.vec: no word here"):
        Translator(make_vectors("s", base), make_vectors("t", np.zeros((4, DIM))))


class TestPivot:
    @pytest.fixture
    def mappings(self) -> "dict[str, Mapping]":
        means = np.random.default_rng(6).normal(size=(3, 1, DIM))
        return {
            name: Mapping(
                rotation(seed),
                "source_to_target",
                ("center",),
                {"source": means[seed], "target": means[0]},
            )
            for name, seed in (("nl", 1), ("es", 2))
        }

    def language(self, base: np.ndarray, mapping: Mapping, prefix: str) -> WordVectors:
        """Vectors which the mapping takes to those of the pivot, in another order."""
        common = (base - mapping.means["target"][0])[::-1]
        return make_vectors(prefix, common @ mapping.W + mapping.means["source"][0])

    def test_between_two_languages(self, base, mappings) -> None:
        dutch = self.language(base, mappings["nl"], "nl")
        spanish = self.language(base, mappings["es"], "es")
        translator = Translator.through_pivot(dutch, mappings["nl"], spanish, mappings["es"])
        assert translator.translate(["nl4"], k=1)[0][0].word == "es4"
        assert translator.translate(["es9"], language="target", k=1)[0][0].word == "nl9"

    def test_pivot_itself_on_either_side(self, base, mappings) -> None:
        dutch = self.language(base, mappings["nl"], "nl")
        english = make_vectors("en", base)
        for translator, language in (
            (Translator.through_pivot(dutch, mappings["nl"], english, None), "source"),
            (Translator.through_pivot(english, None, dutch, mappings["nl"]), "target"),
        ):
            found = translator.translate(["nl4"], language=language, k=1, method="nn")
            assert found == [[Translation("en55", pytest.approx(1, abs=1e-5))]]

    def test_other_pivots_are_refused(self, base, mappings) -> None:
        words = make_vectors("x", base)
        with pytest.raises(ConfigurationError, match="Both languages are said to be the pivot"):
            Translator.through_pivot(words, None, words, None)
        reweighted = Mapping(
            mappings["es"].W,
            "source_to_target",
            ("center",),
            mappings["es"].means,
            fixed_W=2 * np.eye(DIM),
        )
        with pytest.raises(ConfigurationError, match="space of one pivot"):
            Translator.through_pivot(words, mappings["nl"], words, reweighted)
        moved = Mapping(rotation(2), "target_to_source", ("center",), mappings["es"].means)
        with pytest.raises(ConfigurationError, match="space of one pivot"):
            Translator.through_pivot(words, mappings["nl"], words, moved)
        with pytest.raises(ConfigurationError, match="of 8 and of 3 dimensions"):
            Translator.through_pivot(
                words, mappings["nl"], words, Mapping(np.eye(3), "source_to_target")
            )
