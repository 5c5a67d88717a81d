import json
import logging
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import requires_gpu

from tests.mapping.worlds import QUICK, World, as_word_vectors, clustered
from xner_allennlp.mapping import (
    Mapping,
    WordVectorMapper,
    evaluate_mapping,
    read_dictionary,
)
from xner_allennlp.mapping.mapping import DIRECTIONS
from xner_allennlp.mapping.normalization import apply_normalization
from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.vectors import WordVectors, read_word_vectors

STEPS = ["renorm", "center", "renorm"]


def deviation(mapping: Mapping, world: World) -> float:
    expected = world.rotation
    if mapping.direction == "target_to_source":
        expected = expected.T
    return float(np.abs(mapping.W - expected).max())


class TestToyWorld:
    @staticmethod
    def precision(toy: Path, mapper: WordVectorMapper) -> "tuple[Mapping, Dict, Tuple]":
        source = read_word_vectors(toy / "vectors" / "source.vec")
        target = read_word_vectors(toy / "vectors" / "target.vec")
        mapping, report = mapper.map(source, target)
        dictionary = read_dictionary(toy / "dictionary.txt")
        found = evaluate_mapping(mapping, source, target, dictionary)
        # No refinement of the unaligned spaces alone gets there.
        unaligned = Mapping(np.eye(source.dim), mapping.direction)
        before = evaluate_mapping(unaligned, source, target, dictionary)
        assert before["source_to_target"]["csls_precision_at_1"] < 0.2
        values = tuple(found[direction]["csls_precision_at_1"] for direction in DIRECTIONS)
        return mapping, report, values

    @pytest.mark.parametrize(
        "direction, seed, epochs",  # all five where fewer do not always suffice
        [("source_to_target", 1, 2), ("source_to_target", 2, 2), ("target_to_source", 1, 5)],
    )
    def test_adversarial(self, toy: Path, direction: str, seed: int, epochs: int) -> None:
        """No dictionary in sight but for measuring."""
        mapper = WordVectorMapper("toy", seed=seed, direction=direction, start={"epochs": epochs})
        mapping, report, precision = self.precision(toy, mapper)
        assert min(precision) > 0.95
        assert report["start"] == "adversarial" and not report["failed"]
        first = report["restarts"][0]["start"]["steps"][0]["criterion"]
        assert report["criterion"] == mapping.criterion > first

    @requires_gpu
    @pytest.mark.parametrize("preset", ["toy", "robust", "semi_supervised"])
    def test_on_a_gpu(self, toy: Path, preset: str) -> None:
        found = [
            self.precision(toy, WordVectorMapper(preset, seed=1, device=device))[2]
            for device in ("cpu", "cuda")
        ]
        assert found[1] == pytest.approx(found[0], abs=0.02) and min(found[1]) > 0.9

    @pytest.mark.parametrize("direction", DIRECTIONS)
    @pytest.mark.parametrize("preset", ["cpu", "robust"])
    def test_transport(
        self, toy: Path, preset: str, direction: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        # Half of the words and a few starts do here, and save seconds.
        mapper = WordVectorMapper(
            preset,
            seed=1,
            direction=direction,
            start={"words": 500, "restarts": 4},
            refinement={"growth_from": 500},
        )
        with caplog.at_level(logging.WARNING):
            mapping, report, precision = self.precision(toy, mapper)
        assert min(precision) > 0.9
        assert report["failed"] is False and not [
            r for r in caplog.records if r.levelname == "WARNING"
        ]
        assert report["preset"] == preset
        assert (mapping.fixed_W is not None) == (preset == "robust")


@pytest.mark.parametrize("name", ["identical_strings", "numerals", "dictionary"])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("normalize", [[], STEPS])
def test_maps_from_word_pairs(
    world: World, name: str, direction: str, normalize: List[str]
) -> None:
    words = [
        [str(row) if row < 30 else f"{letter}{max(row, 60)}-{row}" for row in range(300)]
        for letter in "st"
    ]
    for row in range(30, 60):  # written alike, and no numbers
        words[0][row] = words[1][row] = f"word{row}"
    source = WordVectors(words[0], world.mapped, "s", "s.vec")
    target = WordVectors(words[1], world.fixed, "t", "t.vec")
    seed_dictionary = None
    if name == "dictionary":
        seed_dictionary = [(words[0][row], words[1][row]) for row in range(100, 140)]
    mapping, report = WordVectorMapper(start=name, direction=direction, normalize=normalize).map(
        source, target, seed_dictionary=seed_dictionary
    )
    assert deviation(mapping, world) < 0.1
    assert mapping.direction == direction
    assert mapping.normalize == tuple(normalize)
    assert len(report["restarts"][0]["refinements"]) == 5
    assert report["failed"] is False

    rows = {"identical_strings": range(60), "numerals": range(30), "dictionary": range(100, 140)}
    wanted = list(rows[name])
    start = WordVectorMapper(
        start=name, direction=direction, normalize=normalize, refinement={"iterations": 0}
    ).map(source, target, seed_dictionary=seed_dictionary)
    spaces = [
        apply_normalization(matrix, normalize, mapping.means[language])[wanted]
        for matrix, language in ((world.mapped, "source"), (world.fixed, "target"))
    ]
    if direction == "target_to_source":
        spaces.reverse()
    np.testing.assert_allclose(start.mapping.W, procrustes(*spaces), atol=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_maps_without_word_pairs(direction: str) -> None:
    world = clustered()
    source, target = as_word_vectors("s", world.mapped), as_word_vectors("t", world.fixed)
    mapping, report = WordVectorMapper(
        start={"type": "transport", "restarts": 3, "words": 300},
        direction=direction,
        refinement={"iterations": 1},
    ).map(source, target)
    assert deviation(mapping, world) < 0.05
    assert report["failed"] is False
    assert report["isometry_error"] < 1e-5


def test_center_keeps_the_means_of_both_languages(vectors) -> None:
    options = {"start": "identical_strings", "normalize": ["center"]}
    mapping, _ = WordVectorMapper(**options).map(*vectors)
    for name, one in zip(("source", "target"), vectors):
        np.testing.assert_allclose(mapping.means[name][0], one.matrix.mean(axis=0), atol=1e-6)


def test_mapping_does_what_was_learned(vectors, world: World) -> None:
    """The criterion can be measured again from the mapping and the vectors alone."""
    options = {"normalize": STEPS, "start": "identical_strings", "criterion_words": 90}
    for extra in ({}, {"reweighting": 0.5, "whitening": 0.8}):
        mapping, report = WordVectorMapper(**options, **extra).map(*vectors)
        common = [
            mapping.apply(one.matrix, name) for one, name in zip(vectors, ("source", "target"))
        ]
        search = TranslationSearch(*common, criterion_words=90)
        found = search.translations_of_mapped(np.eye(10))
        assert mapping.criterion == report["criterion"]
        assert report["criterion"] == pytest.approx(search.criterion_of(found), abs=1e-6)


def test_report_and_provenance(vectors, tmp_path: Path) -> None:
    source, target = vectors
    source = WordVectors(source.words, source.matrix, "s", "s.vec", {"duplicates": 2})
    mapper = WordVectorMapper(
        "semi_supervised", seed=9, direction="target_to_source", reweighting=0.0
    )
    mapping, report = mapper.map(source, target)
    mapping.save(tmp_path / "mapping.npz")
    provenance = Mapping.load(tmp_path / "mapping.npz").provenance
    assert provenance["method"] == "identical_strings"
    assert provenance["seed"] == 9
    assert provenance["preset"] == "semi_supervised"
    assert provenance["options"] == mapper.options.as_dict()
    assert provenance["source_vectors"] == {
        "path": "s.vec",
        "fingerprint": "s",
        "words": 300,
        "dimension": 10,
    }
    assert json.loads(json.dumps(report)) == report
    assert report["direction"] == "target_to_source"
    assert (report["source_words"], report["target_words"], report["dimension"]) == (300, 300, 10)
    assert report["source_repairs"] == {"duplicates": 2} and report["target_repairs"] == {}
    assert report["isometry_error"] < 1e-5


def test_mapping_knows_its_vectors(vectors) -> None:
    source, target = vectors
    mapping, _ = WordVectorMapper(start="identical_strings").map(source, target)
    mapping.check_vectors(source.fingerprint, "source", source.path)
    with pytest.raises(ConfigurationError, match="Swap"):
        mapping.check_vectors(target.fingerprint, "source", target.path)


def test_null_vectors_are_not_learned_from(vectors, world: World) -> None:
    source, target = vectors
    holes = source.matrix.copy()
    holes[::7] = 0
    with_holes = WordVectors(source.words, holes, "s", "s.vec")
    for extra in ({}, {"reweighting": 0.25}, {"normalize": STEPS}):
        options = {"start": "identical_strings", **extra}
        mapping, report = WordVectorMapper(**options).map(with_holes, target)
        if "reweighting" not in extra:
            assert deviation(mapping, world) < 0.1
        assert np.isfinite(report["criterion"]) and report["failed"] is False
        sizes = [step["dictionary_size"] for step in report["restarts"][0]["refinements"]]
        assert max(sizes) == 300 - 43


def test_only_the_vocabulary_is_learned_from(vectors, world: World) -> None:
    """Behind it are other languages."""
    rng = np.random.default_rng(3)
    matrices = [one.matrix.copy() for one in vectors]
    for matrix in matrices:
        matrix[200:] = rng.normal(size=(100, 10))
    long = [as_word_vectors(name, matrix, shared=40) for name, matrix in zip("st", matrices)]
    short = [as_word_vectors(name, matrix[:200], shared=40) for name, matrix in zip("st", matrices)]
    options = {
        "start": "identical_strings",
        "reweighting": 0.25,
        "normalize": ["renorm", "center", "renorm"],
    }
    cut = WordVectorMapper(**options, vocabulary=200).map(*long)
    expected = WordVectorMapper(**options).map(*short)
    np.testing.assert_array_equal(cut.mapping.W, expected.mapping.W)
    assert cut.report["criterion"] == expected.report["criterion"]
    assert cut.report["source_words"] == 300


def test_observer_sees_every_step(vectors) -> None:
    records: List[Dict[str, Any]] = []
    _, report = WordVectorMapper(**QUICK, refinement={"iterations": 3}, restarts=2).map(
        *vectors, observer=records.append
    )
    expected = []
    for number, restart in enumerate(report["restarts"]):
        for step in restart["start"]["steps"]:
            expected.append({"restart": number, "phase": "start", **step})
        for step in restart["refinements"]:
            expected.append({"restart": number, "phase": "refinement", **step})
    assert records == expected
    assert len(records) == 2 * (2 + 3)


class TestBadInput:
    """See also `word_pairs_test.py` and `options_test.py`."""

    def test_different_dimensions(self, vectors) -> None:
        target = as_word_vectors("t", np.ones((300, 8)))
        with pytest.raises(ConfigurationError, match="s.vec has 10 dimensions, but t.vec has 8"):
            WordVectorMapper().map(vectors[0], target)

    def test_no_pairs_to_start_from(self, vectors) -> None:
        source, target = vectors
        renamed = WordVectors([f"x{w}" for w in target.words], target.matrix, "t", "t.vec")
        with pytest.raises(ConfigurationError, match="Not one word pair.*s.vec and t.vec"):
            WordVectorMapper(start="identical_strings").map(source, renamed)

    def test_only_null_vectors(self, vectors) -> None:
        target = as_word_vectors("t", np.zeros((5, 10)))
        with pytest.raises(ConfigurationError, match="t.vec: there are no word vectors"):
            WordVectorMapper().map(vectors[0], target)

    def test_seed_dictionary_and_start_must_agree(self, vectors) -> None:
        with pytest.raises(ConfigurationError, match='Set it to "dictionary"'):
            WordVectorMapper().map(*vectors, seed_dictionary=[("a", "b")])

    def test_the_same_file_twice(self, vectors, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            WordVectorMapper("semi_supervised").check(vectors[0], vectors[0])
        assert "begin with the same words: is one of them the wrong file?" in caplog.text

    def test_check_finds_the_pairs(self, vectors) -> None:
        mapper = WordVectorMapper(start="identical_strings")
        np.testing.assert_array_equal(mapper.check(*vectors), [[row, row] for row in range(40)])
        assert mapper.check(*vectors).shape == (40, 2)
        reverse = WordVectorMapper(start="identical_strings", direction="target_to_source")
        source = WordVectors(vectors[0].words[::-1], vectors[0].matrix, "r", "r.vec")
        pairs = [[row, 299 - row] for row in reversed(range(40))]
        np.testing.assert_array_equal(reverse.check(source, vectors[1]), pairs)
        assert WordVectorMapper().check(*vectors).shape == (0, 2)
