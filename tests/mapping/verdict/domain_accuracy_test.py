import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.mapping.use.common_space import CommonSpace
from xner_allennlp.mapping.verdict.domain_accuracy import domain_accuracy


def normal(seed: int, words: int = 400, shift: float = 0.0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(words, 10))
    vectors[:, 0] += shift
    return vectors


def test_mixed_languages_cannot_be_told_apart() -> None:
    assert domain_accuracy(CommonSpace(normal(1), normal(2))) == pytest.approx(0.5, abs=0.06)


def test_languages_that_are_apart() -> None:
    assert domain_accuracy(CommonSpace(normal(1, shift=-5), normal(2, shift=5))) > 0.99


def test_in_between_it_is_the_share_that_is_told() -> None:
    accuracy = domain_accuracy(CommonSpace(normal(1), normal(2, shift=1.0)))
    assert 0.6 < accuracy < 0.8


def test_as_many_words_of_each_language_and_only_the_most_frequent() -> None:
    # Were all words taken, always saying "target" would be right nine times of ten.
    source, target = normal(1, words=50), normal(2, words=450)
    assert domain_accuracy(CommonSpace(source, target)) < 0.7
    rare = np.concatenate([normal(3), normal(4, shift=9.0)])
    space = CommonSpace(normal(1, words=800), rare)
    assert domain_accuracy(space, max_words=400) < 0.6 < domain_accuracy(space, max_words=800)


def test_it_is_always_the_same() -> None:
    space = CommonSpace(normal(1), normal(2, shift=0.5))
    assert domain_accuracy(space) == domain_accuracy(space)


def test_too_few_words() -> None:
    with pytest.raises(ConfigurationError, match="at least 5 words of each language, not 4"):
        domain_accuracy(CommonSpace(normal(1), normal(2, words=4)))
