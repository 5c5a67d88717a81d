import numpy as np
import pytest

from tests.mapping.worlds import as_word_vectors, clustered
from xner_allennlp.mapping import Mapping
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
        assert right.unseen == wrong.unseen
