"""What the recipes train, and how long."""

import pytest

from xner_allennlp.learning import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_bases_and_what_starts_from_the_best(name: str) -> None:
    recipe = RECIPES[name]
    *bases, tagger = recipe.trainings(with_encoder=False)
    assert [each.system for each in bases] == list(recipe.bases)
    assert (tagger.system, tagger.times) == ("mean_teacher", 2)
    *bases, tagger = recipe.trainings(with_encoder=True)
    assert [each.system for each in bases] == ["transformer"]
    assert (tagger.system, tagger.times) == ("transformer_distilled", 1)
    assert set(tagger.settings.values()) == {"{archive}"}


def test_the_first_validations_are_not_averaged() -> None:
    """Little has been learned then."""
    averaged = RECIPES["default"].averaged_of
    assert [averaged(validations) for validations in (1, 2, 4, 8)] == [1, 1, 2, 3]


@pytest.mark.parametrize(
    "name, vectors, encoder", [("quick", [8, 2, 2], [8, 2, 1]), ("default", [30, 9, 3], [10, 3, 1])]
)
def test_passes_over_few_and_many_sentences(name, vectors, encoder) -> None:
    """A pretrained encoder needs fewer."""
    passes_over = RECIPES[name].passes_over
    for with_encoder, expected in ((False, vectors), (True, encoder)):
        assert [passes_over(n, with_encoder) for n in (1_000, 4_000, 12_000)] == expected
        twice = [passes_over(n, with_encoder, times=2) for n in (1_000, 4_000, 12_000)]
        assert twice == [min(2 * passes, 30) for passes in expected]
