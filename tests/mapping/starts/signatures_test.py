import numpy as np
import pytest

from tests.mapping.worlds import clustered, round_cloud
from xner_allennlp.mapping import procrustes, similarity_signatures


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_finds_translations_and_so_the_rotation(seed: int) -> None:
    world = clustered(seed=seed)
    order = np.random.default_rng(seed).permutation(400)  # frequency plays no part
    fixed = world.fixed[order]
    pairs = similarity_signatures(world.mapped, fixed)
    assert pairs.dtype == np.int64 and pairs.shape == (len(pairs), 2)
    assert (pairs[:, 0] == order[pairs[:, 1]]).mean() > 0.9
    W = procrustes(world.mapped[pairs[:, 0]], fixed[pairs[:, 1]])
    assert np.abs(W - world.rotation).max() < 0.05


def test_does_not_depend_on_how_either_language_lies() -> None:
    """Signatures know of similarities only: a rotation of either side changes nothing."""
    world = clustered()
    turned = world.mapped @ round_cloud(dim=20).rotation.T
    expected = similarity_signatures(world.mapped, world.fixed)
    found = similarity_signatures(turned, world.fixed)
    same = {tuple(pair) for pair in expected.tolist()} & {tuple(pair) for pair in found.tolist()}
    assert len(same) > 0.97 * len(expected)


def test_only_the_most_frequent_words_are_compared() -> None:
    world = clustered()
    pairs = similarity_signatures(world.mapped, world.fixed, words=150)
    assert pairs.max() == 149
    cut = similarity_signatures(world.mapped[:150], world.fixed[:150])
    np.testing.assert_array_equal(pairs, cut)


def test_languages_of_different_sizes() -> None:
    world = clustered()
    pairs = similarity_signatures(world.mapped, world.fixed[:200])
    np.testing.assert_array_equal(
        pairs, similarity_signatures(world.mapped[:200], world.fixed[:200])
    )
    assert (pairs[:, 0] == pairs[:, 1]).mean() > 0.9


def test_fewer_words_than_dimensions_or_neighbours() -> None:
    world = clustered(words=8)
    pairs = similarity_signatures(world.mapped, world.fixed)
    assert len(pairs) >= 8 and pairs.max() < 8


def test_unrelated_languages_give_no_translations() -> None:
    pairs = similarity_signatures(clustered(seed=1).mapped, clustered(seed=2).mapped)
    assert (pairs[:, 0] == pairs[:, 1]).mean() < 0.05
