import logging

import numpy as np
import pytest

from tests.mapping.worlds import QUICK, World, as_word_vectors, clustered
from xner_allennlp.mapping import Mapping, WordVectorMapper
from xner_allennlp.mapping.mapper import failure_message
from xner_allennlp.mapping.mapping import DIRECTIONS
from xner_allennlp.mapping.refinement.procrustes import procrustes
from xner_allennlp.mapping.verdict.evidence import Precision, UnseenWords
from xner_allennlp.mapping.verdict.verdict import Verdict, judge
from xner_allennlp.vectors import WordVectors

GOOD, POOR, NONE = Precision(300, 1000), Precision(60, 1000), Precision(1, 1000)
# Chance; good vectors whose topics agree, but not their words; a few words, and many, that agree.
CHANCE, TOPICS = UnseenWords(1, 2, 1000), UnseenWords(50, 100, 1000)
FEW, MANY = UnseenWords(22, 20, 1000), UnseenWords(100, 60, 1000)


@pytest.mark.parametrize(
    "verdict, statement",
    [
        # The user's dictionary decides alone.
        (Verdict(CHANCE, GOOD, NONE), "works"),
        (Verdict(MANY, POOR, GOOD), "doubtful"),
        (Verdict(MANY, NONE, GOOD), "failed"),
        (Verdict(MANY, Precision(0, 20), GOOD), "doubtful"),  # too few to tell
        # Without one, words not seen decide; words written alike may refuse what they find.
        (Verdict(MANY), "works"),
        (Verdict(FEW), "doubtful"),
        (Verdict(TOPICS), "failed"),
        (Verdict(CHANCE), "failed"),
        (Verdict(MANY, None, GOOD), "works"),
        (Verdict(MANY, None, NONE), "failed"),  # vectors of other words
        (Verdict(MANY, None, Precision(0, 40)), "works"),  # too few to tell
        (Verdict(CHANCE, None, GOOD), "failed"),  # names in a corner of their own
        # What was learned from a dictionary is not refused by a guess.
        (Verdict(CHANCE, from_dictionary=True), "doubtful"),
        (Verdict(MANY, from_dictionary=True), "works"),
    ],
)
def test_statement(verdict: Verdict, statement: str) -> None:
    assert verdict.statement == statement
    assert verdict.summary.startswith(statement + " (")
    assert verdict.as_dict()["statement"] == statement


def test_summary_has_the_numbers() -> None:
    verdict = Verdict(MANY, Precision(5, 10), Precision(0, 60))
    assert verdict.summary == (
        "works (held-out words of the dictionary: precision@1 0.500 (0.237 to 0.763) of 10; "
        "words written alike: precision@1 0.000 (0.000 to 0.060) of 60; words not seen: right with "
        f"a probability of {verdict.probability:.3f}, as 0.100 of 1000 are translated alike by "
        "both halves of the axes, 0.030 like their neighbours)"
    )


def test_probability_grows_with_the_evidence() -> None:
    steps = [CHANCE, FEW, MANY, UnseenWords(1000, 0, 1000)]
    probabilities = [Verdict(unseen).probability for unseen in steps]
    assert probabilities == sorted(set(probabilities))
    assert probabilities[0] < 0.1 and probabilities[-1] > 0.999
    # More agreement of the topics is no evidence, nor is that of a few words.
    for unseen in (TOPICS, UnseenWords(2, 1, 20)):
        assert Verdict(unseen).probability == probabilities[0]


class TestJudge:
    @pytest.mark.parametrize("direction", DIRECTIONS)
    def test_pairs_are_found_behind_null_vectors(self, direction: str) -> None:
        world = clustered(words=600, noise=0.05)
        holes = world.mapped.copy()
        holes[::7] = 0
        W = world.rotation if direction == "source_to_target" else world.rotation.T
        source = as_word_vectors("s", holes, shared=200)
        target = as_word_vectors("t", world.fixed, shared=200)
        pairs = np.stack([np.arange(300, 400)] * 2, axis=1)
        learned_from = {f"shared{row}" for row in range(50)}
        verdict = judge(
            Mapping(W, direction), source, target, dictionary=pairs, learned_from=learned_from
        )
        holes_in = [sum(row % 7 == 0 for row in rows) for rows in (range(300, 400), range(50, 200))]
        assert verdict.dictionary is not None and verdict.alike is not None
        assert (verdict.dictionary.words, verdict.alike.words) == (
            100 - holes_in[0],
            150 - holes_in[1],
        )
        assert verdict.dictionary.value > 0.9 and verdict.alike.value > 0.9
        assert verdict.statement == "works"

    def test_words_that_have_changed_places(self) -> None:
        """Nothing in the vectors tells."""
        world = clustered(words=900, noise=0.05)
        words = [f"word{row}" for row in range(900)]
        mixed = np.random.default_rng(4).permutation(words).tolist()
        target = WordVectors(words, world.fixed, "t", "t.vec")
        mapping = Mapping(world.rotation, "source_to_target")
        right = judge(mapping, WordVectors(words, world.mapped, "s", "s.vec"), target)
        wrong = judge(mapping, WordVectors(mixed, world.mapped, "s", "s.vec"), target)
        assert right.statement == "works" and wrong.statement == "failed"
        assert right.unseen == wrong.unseen


class TestMapper:
    """The verdict on what a mapper finds."""

    @pytest.mark.parametrize("preset", ["cpu", "robust"])
    @pytest.mark.parametrize("seed", [1, 2])
    def test_unrelated_spaces(
        self, preset: str, seed: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        source = as_word_vectors("s", clustered(seed=seed).mapped)
        target = as_word_vectors("t", clustered(seed=seed + 100).mapped)
        mapper = WordVectorMapper(
            preset, seed=seed, start={"restarts": 2}, refinement={"growth_from": 200}
        )
        with caplog.at_level(logging.WARNING):
            report = mapper.map(source, target).report
        assert report["failed"] is (report["verdict"]["statement"] == "failed")
        assert report["verdict"]["statement"] != "works"
        if report["failed"]:
            (record,) = [r for r in caplog.records if r.levelname == "WARNING"]
            assert record.getMessage() == failure_message(report)

    @pytest.mark.parametrize("preset", ["cpu", "robust"])
    @pytest.mark.parametrize("dim", [20, 150])
    def test_unrelated_spaces_without_structure(self, preset: str, dim: int) -> None:
        """Their order can be laid on the order in many dimensions."""
        rng = np.random.default_rng(dim)
        source, target = (
            as_word_vectors(name, rng.normal(size=(1500, dim))) for name in ("s", "t")
        )
        report = WordVectorMapper(
            preset, start={"restarts": 2}, refinement={"growth_from": 600}
        ).map(source, target)[1]
        assert report["verdict"]["statement"] == "failed"

    @pytest.mark.parametrize("preset", ["cpu", "robust"])
    def test_related_spaces(self, preset: str) -> None:
        """Of the same kind as those above: not that everything fails."""
        world = clustered(seed=1)
        mapper = WordVectorMapper(preset, start={"restarts": 2}, refinement={"growth_from": 200})
        mapping, report = mapper.map(
            as_word_vectors("s", world.mapped), as_word_vectors("t", world.fixed)
        )
        assert report["failed"] is False and report["verdict"]["statement"] == "works"
        assert mapping.verdict == report["verdict"]

    def test_adversarial(self, vectors, caplog: pytest.LogCaptureFixture) -> None:
        noise = np.random.default_rng(0).normal(size=(300, 10))
        with caplog.at_level(logging.WARNING):
            report = WordVectorMapper(**QUICK).map(vectors[0], as_word_vectors("t", noise)).report
        assert report["failed"] is True
        assert "The mapping has failed" in caplog.text and "no GAN" in caplog.text

    @pytest.mark.parametrize("direction", DIRECTIONS)
    @pytest.mark.parametrize("is_sorted", [True, False])
    def test_a_dictionary_decides(self, world: World, direction: str, is_sorted: bool) -> None:
        """Whatever the order of the files."""
        order = np.arange(300) if is_sorted else np.random.default_rng(3).permutation(300)
        source = as_word_vectors("s", world.mapped)
        target = as_word_vectors("t", world.fixed)
        target = WordVectors(
            [target.words[row] for row in order], target.matrix[order], "t", "t.vec"
        )
        dictionary = [(f"s{row}", f"t{row}") for row in range(150)]
        mapper = WordVectorMapper("supervised", direction=direction)
        mapping, report = mapper.map(source, target, seed_dictionary=dictionary)
        assert report["verdict"]["statement"] == "works"
        assert report["verdict"]["dictionary"]["words"] == 30
        assert report["verdict"]["dictionary"]["precision_at_1"] > 0.8
        wrong = [(source_word, f"t{149 - row}") for row, (source_word, _) in enumerate(dictionary)]
        report = mapper.map(source, target, seed_dictionary=wrong + wrong[:1]).report
        assert report["verdict"]["statement"] != "works"
        assert report["verdict"]["dictionary"]["precision_at_1"] < 0.1

    def test_what_is_handed_out_is_fitted_to_all_pairs(self, vectors, world: World) -> None:
        dictionary = [(f"s{row}", f"t{row}") for row in range(100, 200)]
        options = {"start": "dictionary", "refinement": {"iterations": 0}}
        mapping, report = WordVectorMapper(**options).map(*vectors, seed_dictionary=dictionary)
        rows = slice(100, 200)
        expected = procrustes(world.mapped[rows], world.fixed[rows])
        np.testing.assert_allclose(mapping.W, expected, atol=1e-6)
        assert report["verdict"]["dictionary"]["words"] == 20

    def test_words_written_alike_that_were_not_started_from(self, world: World) -> None:
        source, target = (
            as_word_vectors(name, matrix, shared=100)
            for name, matrix in (("s", world.mapped), ("t", world.fixed))
        )
        report = WordVectorMapper("semi_supervised").map(source, target).report
        assert report["verdict"]["alike"]["words"] == 20
        assert report["verdict"]["dictionary"] is None

    @pytest.mark.parametrize(
        "start, advice",
        [
            ("adversarial", 'preset "robust" (no GAN)'),
            ("transport", 'preset "robust", more restarts of the start'),
            ("dictionary", "more word pairs"),
        ],
    )
    def test_message(self, start: str, advice: str) -> None:
        verdict = Verdict(UnseenWords(1, 2, 1000)).as_dict()
        message = failure_message({"start": start, "verdict": verdict})
        assert "The mapping has failed (words not seen: right with a probability of 0.05" in message
        assert f"Try {advice}" in message
