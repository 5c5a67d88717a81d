import random

import numpy as np
import pytest
from seqeval.metrics.sequence_labeling import get_entities

from xner_allennlp.spans import EntityFinder, entity_spans, to_iob2

TAGS = ["O"] + [f"{prefix}-{name}" for name in ("PER", "B-LOC") for prefix in "BILU"]


@pytest.mark.parametrize("seed", range(200))
def test_finds_what_entity_spans_and_seqeval_find(seed):
    """Any sequences of B, I, L, U and O, ill-formed ones too, and empty sentences."""
    rng = random.Random(seed)
    sentences = [rng.choices(range(len(TAGS)), k=rng.randint(0, 12)) for _ in range(5)]
    finder = EntityFinder(dict(enumerate(TAGS)))
    label_ids = np.array([index for sentence in sentences for index in sentence], dtype=int)
    found = finder.find(label_ids, np.array([len(sentence) for sentence in sentences]))
    expected, offset = [], 0
    for sentence in sentences:
        tags = [TAGS[index] for index in sentence]
        spans = [(s.type, s.start + offset, s.end + offset) for s in entity_spans(tags)]
        seqeval = [
            (name, start + offset, end + 1 + offset)
            for name, start, end in get_entities(to_iob2(tags))
        ]
        assert spans == seqeval
        expected += spans
        offset += len(tags)
    names = [finder.types[index] for index in found.type]
    assert list(zip(names, found.start.tolist(), found.end.tolist())) == expected


def test_types_are_those_of_the_tags():
    assert EntityFinder(dict(enumerate(TAGS))).types == ["B-LOC", "PER"]
    assert EntityFinder({}).types == []
    with pytest.raises(ValueError, match="is not a tag"):
        EntityFinder({0: "PER"})
