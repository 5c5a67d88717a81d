import pytest

from xner_allennlp.text.word_forms import forms_of, known_form


@pytest.mark.parametrize(
    "word, form",
    [("Amsterdam", "Amsterdam"), ("AMSTERDAM", "amsterdam"), ("zwolle", None), ("", None)],
)
def test_as_written_then_in_lower_case(word, form):
    known = {"Amsterdam": 0, "amsterdam": 1, "Zwolle": 2}
    assert known_form(word, known) == form
    assert form is None or form in forms_of([word])


COMPOSED, DECOMPOSED = "\u00c8k\u00f3", "E\u0300ko\u0301"


@pytest.mark.parametrize(
    "word, known, form",
    [
        (DECOMPOSED, {COMPOSED}, COMPOSED),
        (COMPOSED, {DECOMPOSED}, DECOMPOSED),
        (DECOMPOSED, {DECOMPOSED, COMPOSED}, DECOMPOSED),
        (DECOMPOSED, {COMPOSED.lower()}, COMPOSED.lower()),
        (COMPOSED, {DECOMPOSED.lower()}, DECOMPOSED.lower()),
        # Cased in another normal form goes before lower case.
        (DECOMPOSED, {COMPOSED, DECOMPOSED.lower()}, COMPOSED),
        (DECOMPOSED, {"Eko"}, None),
    ],
)
def test_normal_forms(word, known, form):
    assert known_form(word, known) == form
    assert form is None or form in forms_of([word])


def test_forms_of():
    assert forms_of(["Zwolle", "de"]) == {"Zwolle", "zwolle", "de"}
