import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner_allennlp.spans import EntitySpan, entity_spans, tags_of_spans


def test_entity_spans():
    tags = "O B-PER I-PER U-LOC I-LOC O S-ORG B-ORG".split()
    assert entity_spans(tags) == [
        EntitySpan("PER", 1, 3),
        EntitySpan("LOC", 3, 4),
        EntitySpan("LOC", 4, 5),
        EntitySpan("ORG", 6, 7),
        EntitySpan("ORG", 7, 8),
    ]
    assert entity_spans([]) == []


@st.composite
def sentences_with_spans(draw):
    borders = sorted(draw(st.sets(st.integers(0, 15), max_size=8)))
    pairs = list(zip(borders, borders[1:]))
    kept = [pair for pair in pairs if draw(st.booleans())]
    spans = [EntitySpan(draw(st.sampled_from(["PER", "LOC"])), *pair) for pair in kept]
    return spans, 15


@given(sentences_with_spans(), st.sampled_from(["BIOUL", "BIO"]))
def test_round_trip(sentence, scheme):
    spans, length = sentence
    tags = tags_of_spans(spans, length, scheme)
    assert len(tags) == length
    assert entity_spans(tags) == spans


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([("PER", 1, 1)], "is empty or leaves"),
        ([("PER", 2, 1)], "is empty or leaves"),
        ([("PER", -1, 1)], "is empty or leaves"),
        ([("PER", 2, 4)], "is empty or leaves"),
        ([("PER", 0, 2), ("LOC", 1, 3)], "overlaps"),
    ],
)
def test_impossible_spans(spans, message):
    with pytest.raises(ValueError, match=message):
        tags_of_spans([EntitySpan(*span) for span in spans], 3)
