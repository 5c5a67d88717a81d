import numpy as np
import pytest

from tests.mapping.worlds import clustered, round_cloud
from xner_allennlp.mapping.verdict.control import Control, compare_with_control, without_meaning


class TestWithoutMeaning:
    vectors = clustered(words=500, dim=20).mapped + 3.0

    def test_keeps_lengths_and_covariance(self) -> None:
        control = without_meaning(self.vectors, seed=1)
        centred, kept = (matrix - self.vectors.mean(axis=0) for matrix in (self.vectors, control))
        np.testing.assert_allclose(
            np.linalg.norm(centred, axis=1), np.linalg.norm(kept, axis=1), rtol=1e-4
        )
        # The variance along every principal axis is exactly the same.
        axes = np.linalg.svd(centred)[2]
        np.testing.assert_allclose(
            np.square(centred @ axes.T).mean(axis=0),
            np.square(kept @ axes.T).mean(axis=0),
            rtol=1e-3,
        )
        assert control.dtype == np.float32

    def test_loses_the_neighbours(self) -> None:
        control = without_meaning(self.vectors, seed=1)
        before, after = (
            np.corrcoef((m - m.mean(axis=0))[:300])[np.triu_indices(300, 1)]
            for m in (self.vectors, control)
        )
        assert abs(np.corrcoef(before, after)[0, 1]) < 0.05

    def test_seed(self) -> None:
        one, two, other = (without_meaning(self.vectors, seed=seed) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, two)
        assert not np.allclose(one, other)

    def test_fewer_words_than_dimensions(self) -> None:
        assert without_meaning(self.vectors[:7], seed=1).shape == (7, 20)


class TestComparison:
    def test_of_the_right_mapping(self) -> None:
        world = clustered(words=600, noise=0.3)
        control = compare_with_control(world.mapped, world.fixed, world.rotation, seed=1)
        assert control.criterion > control.control_criterion
        assert control.gain > 0.1

    def test_needs_no_order_of_words(self) -> None:
        """Unlike the frequency agreement."""
        world = clustered(words=600, noise=0.3)
        order = np.random.default_rng(5).permutation(600)
        control = compare_with_control(world.mapped, world.fixed[order], world.rotation, seed=1)
        assert control.gain > 0.1

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_of_unrelated_spaces(self, seed: int) -> None:
        one, other = round_cloud(words=600, dim=30), round_cloud(words=600, dim=30, seed=50 + seed)
        control = compare_with_control(one.mapped, other.mapped, one.rotation, seed=seed)
        assert control.gain < 0.03

    def test_repeats(self) -> None:
        world = clustered(words=200)
        one, two = (
            compare_with_control(world.mapped, world.fixed, world.rotation, seed=1)
            for _ in range(2)
        )
        assert one == two


def test_gain() -> None:
    assert Control(criterion=0.6, control_criterion=0.5).gain == pytest.approx(0.2)
