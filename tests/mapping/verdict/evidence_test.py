import numpy as np
import pytest
import torch

from tests.mapping.worlds import World, clustered, rough, round_cloud
from xner_allennlp.mapping.refinement.refinement import Refinement, RefinementOptions
from xner_allennlp.mapping.retrieval.csls import Translations
from xner_allennlp.mapping.retrieval.nearest import Neighbours
from xner_allennlp.mapping.retrieval.search import TranslationSearch
from xner_allennlp.mapping.verdict.evidence import (
    Precision,
    UnseenWords,
    held_out,
    precision_of_known_words,
    unseen_words,
)


def unseen(world: World, W: np.ndarray) -> UnseenWords:
    translations = TranslationSearch(world.mapped, world.fixed).translate(W)
    return unseen_words(world.mapped, world.fixed, translations)


class TestPrecision:
    @pytest.mark.parametrize(
        "right, words, least, most",
        # R: binom.confint(x, n, methods = "wilson")
        [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
    )
    def test_interval(self, right: int, words: int, least: float, most: float) -> None:
        assert Precision(right, words).interval == pytest.approx((least, most), abs=1e-4)

    def test_interval_holds_what_was_drawn(self) -> None:
        generator = np.random.default_rng(0)
        drawn = generator.binomial(60, 0.1, size=2000)
        ends = np.array([Precision(int(right), 60).interval for right in drawn])
        assert np.mean((ends[:, 0] <= 0.1) & (ends[:, 1] >= 0.1)) > 0.93

    def test_a_word_counts_once(self) -> None:
        rows = torch.tensor([[1, 0], [2, 0], [0, 1]])
        translations = Translations(
            Neighbours(torch.zeros(rows.shape), rows), None, torch.ones(len(rows))
        )
        # The first word has two right translations, the second one none, the third is not asked.
        pairs = np.array([[0, 1], [0, 2], [1, 0]])
        assert precision_of_known_words(translations, pairs) == Precision(1, 2)
        assert precision_of_known_words(translations, pairs[:0]) is None


class TestHeldOut:
    words = [f"word{row}" for row in range(400)]
    pairs = np.array([(row, column) for row in range(400) for column in (row, row + 1)])

    def test_a_fifth_with_all_translations(self) -> None:
        chosen = held_out(self.pairs, self.words)
        assert chosen.sum() == 160
        assert len(np.unique(self.pairs[chosen, 0])) == 80

    def test_the_order_does_not_matter(self) -> None:
        order = np.random.default_rng(1).permutation(400)
        place = np.argsort(order)
        words = [self.words[row] for row in order]
        pairs = np.stack([place[self.pairs[:, 0]], self.pairs[:, 1]], axis=1)
        one = {self.words[row] for row in self.pairs[held_out(self.pairs, self.words), 0]}
        assert one == {words[row] for row in pairs[held_out(pairs, words), 0]}

    def test_bounds(self) -> None:
        assert not held_out(self.pairs[:98], self.words).any()  # 49 words
        many = np.stack([np.arange(9000)] * 2, axis=1)
        assert held_out(many, [str(row) for row in range(9000)]).sum() == 1000


class TestUnseenWords:
    @pytest.mark.parametrize("world", [clustered(noise=0.3), round_cloud(dim=24)])
    def test_of_the_right_mapping(self, world: World) -> None:
        for W in (world.rotation, rough(world.rotation, 0.1)):
            found = unseen(world, W)
            assert found.agreement > max(0.1, 2 * found.neighbours_agreement)

    def test_the_lengths_of_vectors_do_not_matter(self) -> None:
        world = clustered(noise=0.3)
        lengths = np.exp(np.random.default_rng(0).normal(size=(len(world.mapped), 1)))
        long_and_short = (world.mapped * lengths).astype(np.float32)
        translations = TranslationSearch(world.mapped, world.fixed).translate(world.rotation)
        expected = unseen_words(world.mapped, world.fixed, translations)
        assert unseen_words(long_and_short, world.fixed, translations) == expected

    @pytest.mark.parametrize("seed", range(4))
    def test_of_what_was_fitted_to_noise(self, seed: int) -> None:
        """The dictionary that noise induces is fitted to again and again."""
        one, other = (round_cloud(1500, 30, seed=number) for number in (2 * seed, 2 * seed + 1))
        world = World(one.mapped, other.mapped, one.rotation)
        search = TranslationSearch(world.mapped, world.fixed)
        options = RefinementOptions(build="S2T&T2S", max_rank=None)
        refined = Refinement(world.mapped, world.fixed, search=search, options=options).refine(
            one.rotation
        )
        assert refined.criterion > search.criterion(one.rotation) + 0.01
        assert unseen(world, refined.W).excess < 0.003

    @pytest.mark.parametrize("seed", range(4, 8))
    def test_topics_are_no_evidence_of_words(self, seed: int) -> None:
        """Every topic is translated rightly, but what is said in it is noise."""
        rng = np.random.default_rng(seed)
        topics = rng.normal(size=(12, 20))[rng.integers(12, size=1500)]
        one, other = (topics + 0.5 * rng.normal(size=topics.shape) for _ in range(2))
        eye = np.eye(20, dtype=np.float32)
        world = World(one.astype(np.float32), other.astype(np.float32), eye)
        found = unseen(world, eye)
        assert found.agreement < 0.03 and found.excess < 0.005

    def test_the_order_of_words_does_not_matter(self) -> None:
        world = clustered(words=1000, noise=0.5)
        generator = np.random.default_rng(3)
        mixed = World(
            generator.permutation(world.mapped), generator.permutation(world.fixed), world.rotation
        )
        assert unseen(mixed, world.rotation).agreement == pytest.approx(
            unseen(world, world.rotation).agreement, abs=0.06
        )

    @pytest.mark.parametrize("chance", [0.0005, 0.005, 0.05])
    def test_chance_is_seldom_an_excess(self, chance: float) -> None:
        generator = np.random.default_rng(0)
        drawn = [
            UnseenWords(*generator.binomial([500, 1000], chance).tolist(), 500) for _ in range(2000)
        ]
        assert np.mean([found.excess > 0 for found in drawn]) < 0.1

    def test_excess_comes_nearer_to_the_difference_with_the_number_of_words(self) -> None:
        excesses = [UnseenWords(3 * n, 2 * n, 100 * n).excess for n in (1, 10, 100, 10_000)]
        assert excesses == sorted(set(excesses)) and excesses[0] == 0
        assert excesses[-1] == pytest.approx(0.02, abs=0.001)

    def test_too_few_words(self) -> None:
        world = clustered(words=3)
        assert unseen(world, world.rotation) == UnseenWords(0, 0, 0)

    def test_one_dimension_has_no_halves(self) -> None:
        line = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
        eye = np.eye(1, dtype=np.float32)
        assert unseen(World(line, line, eye), eye) == UnseenWords(0, 0, 0)
