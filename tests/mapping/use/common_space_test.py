import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.use import common_space
from xner_allennlp.mapping.use.common_space import CommonSpace


@pytest.fixture
def sides() -> "tuple[np.ndarray, np.ndarray]":
    rng = np.random.default_rng(8)
    source = rng.normal(size=(30, 5)) * rng.uniform(0.5, 3, size=(30, 1))
    return source.astype(np.float32), rng.normal(size=(50, 5)).astype(np.float32)


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    return left @ (right / np.linalg.norm(right, axis=1, keepdims=True)).T


def brute_force(left: np.ndarray, right: np.ndarray, k: int) -> np.ndarray:
    products = cosines(left, right)
    r_left = np.sort(products, axis=1)[:, -k:].mean(axis=1)
    r_right = np.sort(products, axis=0)[-k:].mean(axis=0)
    return 2 * products - r_left[:, None] - r_right[None, :]


@pytest.mark.parametrize("language", ["source", "target"])
@pytest.mark.parametrize("method", ["nn", "csls"])
def test_equals_brute_force(sides, language: str, method: str) -> None:
    left, right = sides if language == "source" else sides[::-1]
    scores = cosines(left, right) if method == "nn" else brute_force(left, right, 4)
    rows = np.array([7, 0, 7, 12])
    # Twice: what the second search meets was left by the first.
    space = CommonSpace(*sides, neighbours=4)
    space.nearest(rows, language, k=2)
    values, found = space.nearest(rows, language, k=3, method=method)
    np.testing.assert_array_equal(found, np.argsort(-scores[rows], axis=1)[:, :3])
    np.testing.assert_allclose(values, -np.sort(-scores[rows], axis=1)[:, :3], atol=1e-5)


def test_neighbourhoods_are_found_once_and_only_if_needed(sides, monkeypatch) -> None:
    sweeps = []

    def spy(left: torch.Tensor, right: torch.Tensor, *args, **kwargs):
        sweeps.append(len(left))
        return neighbours_of_both(left, right, *args, **kwargs)

    neighbours_of_both = common_space.neighbours_of_both
    monkeypatch.setattr(common_space, "neighbours_of_both", spy)
    space = CommonSpace(*sides)
    space.nearest(np.array([0, 1]), method="nn")
    assert sweeps == [2]
    space.nearest(np.array([0, 1]))
    assert sweeps == [2, 30, 2]
    space.nearest(np.array([0]), "target")
    assert sweeps == [2, 30, 2, 1]


def test_vectors_have_length_one_and_input_is_not_changed(sides) -> None:
    before = sides[0].copy()
    space = CommonSpace(*sides)
    space.nearest(np.array([0]))
    np.testing.assert_allclose(np.linalg.norm(space.vectors("source"), axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(sides[0], before)


def test_approximate() -> None:
    """Of clusters, whose words are nearest to each other."""
    rng = np.random.default_rng(4)
    centres = rng.normal(size=(60, 12))
    source, target = (
        np.repeat(centres, 50, axis=0) + 0.2 * rng.normal(size=(3000, 12)) for _ in range(2)
    )
    exact, approximate = (
        CommonSpace(source, target, neighbours=5, approximate=approximate)
        for approximate in (False, True)
    )
    rows = np.arange(3000)
    for language in ("source", "target"):
        for k in (1, 3, 2):
            values, found = approximate.nearest(rows, language, k=k)
            expected_values, expected = exact.nearest(rows, language, k=k)
            assert (found == expected).mean() > 0.98
            np.testing.assert_allclose(values, expected_values, atol=0.03)
    # More than were kept of each word, and cosines, are searched exactly.
    some = rows[::300]
    for arguments in ({"k": 200}, {"k": 2, "method": "nn"}):
        one, other = (space.nearest(some, **arguments)[1] for space in (exact, approximate))
        assert (one == other).mean() > 0.9
    # What is asked for together does not matter.
    np.testing.assert_array_equal(
        approximate.nearest(rows, k=2)[1][5:6], approximate.nearest(np.array([5]), k=2)[1]
    )


def test_nothing_asked(sides) -> None:
    values, found = CommonSpace(*sides).nearest(np.zeros(0, dtype=np.int64), k=3)
    assert values.shape == found.shape == (0, 3)


def test_more_neighbours_than_words() -> None:
    values, found = CommonSpace(np.eye(3), np.eye(3)[:2]).nearest(np.array([1]), k=9)
    assert found.tolist() == [[1, 0]]


def test_bad_arguments(sides) -> None:
    space = CommonSpace(*sides)
    for arguments, message in (
        ({"method": "best"}, "method: 'best' is unknown"),
        ({"k": 0}, "k must be at least 1"),
        ({"language": "en"}, "neither 'source' nor 'target'"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            space.nearest(np.array([0]), **arguments)
    with pytest.raises(ConfigurationError, match="5 and of 4 dimensions"):
        CommonSpace(sides[0], sides[1][:, :4])
    with pytest.raises(ConfigurationError, match="neighbours must be at least 1"):
        CommonSpace(*sides, neighbours=0)
