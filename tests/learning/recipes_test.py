"""What the recipes train, and how long."""

import pytest

from xner_allennlp.learning import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_teachers_and_their_seeds(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.teacher_seeds == (1 if name == "quick" else 2)
    *others, tagger = recipe.trainings(with_encoder=False)
    assert [each.system for each in others if each.is_base] == list(recipe.bases)
    assert tagger.system == "cross_distilled" and not tagger.is_base
    # One of each kind with the user's seed, then one of each with every further seed.
    expected = [("translated", "translated", 0)]
    if recipe.teacher_seeds == 2:
        expected += [("best_base_2", "{best}", 1), ("translated_2", "translated", 1)]
    teachers = others[len(recipe.bases) :]
    assert [(each.folder, each.system, each.further_seed) for each in teachers] == expected
    archives = ["best", *(folder for folder, _, _ in expected)]
    assert tagger.settings["XNER_TEACHERS"] == ",".join(f"{{archive[{a}]}}" for a in archives)


@pytest.mark.parametrize("name", RECIPES)
def test_with_an_encoder_there_is_one_teacher(name: str) -> None:
    base, tagger = RECIPES[name].trainings(with_encoder=True)
    assert (base.system, base.is_base) == ("transformer", True)
    assert (tagger.system, tagger.is_base) == ("transformer_distilled", False)


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
