import numpy as np
import pytest

from tests.mapping.worlds import as_word_vectors, clustered
from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.verdict.evidence import Precision
from xner_allennlp.mapping.verdict.verdict import Verdict, judge
from xner_allennlp.vectors import WordVectors

GOOD, POOR, NONE = Precision(300, 1000), Precision(60, 1000), Precision(1, 1000)


@pytest.mark.parametrize(
    "verdict, statement",
    [
        # The user's dictionary decides alone.
        (Verdict(0.0, GOOD, NONE), "works"),
        (Verdict(0.9, POOR, GOOD), "doubtful"),
        (Verdict(0.9, NONE, GOOD), "failed"),
        (Verdict(0.9, Precision(0, 20), GOOD), "doubtful"),  # too few to tell
        # Without one, words not seen and words written alike.
        (Verdict(0.3), "works"),
        (Verdict(0.06), "doubtful"),  # good vectors bring noise as far
        (Verdict(0.06, None, GOOD), "works"),
        (Verdict(0.02, None, GOOD), "doubtful"),
        (Verdict(0.001), "failed"),
        (Verdict(0.3, None, GOOD), "works"),
        (Verdict(0.3, None, POOR), "doubtful"),
        (Verdict(0.3, None, NONE), "failed"),  # vectors of other words
        (Verdict(0.3, None, Precision(0, 40)), "works"),  # too few to tell
        (Verdict(0.001, None, GOOD), "failed"),  # names in a corner of their own
        # What was learned from a dictionary is not refused by a guess.
        (Verdict(0.001, from_dictionary=True), "doubtful"),
        (Verdict(0.3, from_dictionary=True), "works"),
    ],
)
def test_statement(verdict: Verdict, statement: str) -> None:
    assert verdict.statement == statement
    assert verdict.summary.startswith(statement + " (")
    assert verdict.as_dict()["statement"] == statement


def test_summary_has_the_numbers() -> None:
    assert Verdict(0.25, Precision(5, 10), Precision(0, 60)).summary == (
        "doubtful (held-out words of the dictionary: precision@1 0.500 (0.237 to 0.763) of 10; "
        "words written alike: precision@1 0.000 (0.000 to 0.060) of 60; words not seen: 0.250 "
        "translated alike by both halves of the dimensions)"
    ).replace("doubtful", "works")


class TestJudge:
    @pytest.mark.parametrize("direction", ["source_to_target", "target_to_source"])
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
        assert right.held_out_agreement == wrong.held_out_agreement
