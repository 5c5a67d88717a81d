import random

import pytest
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans
from allennlp.data.dataset_readers.dataset_utils import to_bioul as allennlp_to_bioul
from allennlp.data.dataset_readers.dataset_utils.span_utils import iob1_tags_to_spans
from hypothesis import given
from hypothesis import strategies as st

from xner_allennlp.spans import (
    convert_tags,
    detect_input_scheme,
    entity_spans,
    split_tag,
    to_bioul,
    to_iob2,
)

TYPES = st.sampled_from(["PER", "LOC", "GPE-part"])


def sequences(prefixes: str) -> st.SearchStrategy:
    tags = st.one_of(
        st.just("O"), st.builds("{}-{}".format, st.sampled_from(list(prefixes)), TYPES)
    )
    return st.lists(tags, max_size=12)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("O", ("O", "")),
        ("B-PER", ("B", "PER")),
        ("I-PER", ("I", "PER")),
        ("L-PER", ("L", "PER")),
        ("E-PER", ("L", "PER")),
        ("U-PER", ("U", "PER")),
        ("S-PER", ("U", "PER")),
        ("B-GPE-part", ("B", "GPE-part")),
    ],
)
def test_split_tag(tag, expected):
    assert split_tag(tag) == expected


@pytest.mark.parametrize(
    "tag", ["", "XYZ", "B", "B-", "-PER", "O-PER", "b-PER", "B_PER", "M-PER", "0", "o"]
)
def test_split_tag_refuses_what_is_no_tag(tag):
    with pytest.raises(ValueError, match=f"'{tag}' is not a tag"):
        split_tag(tag)
    with pytest.raises(ValueError, match="is not a tag"):
        to_iob2(["O", tag])


@pytest.mark.parametrize(
    ("tags", "iob2", "bioul"),
    [
        # IOB1: B- only between neighbours of one type.
        ("I-PER I-PER O I-LOC", "B-PER I-PER O B-LOC", "B-PER L-PER O U-LOC"),
        ("I-PER B-PER I-LOC", "B-PER B-PER B-LOC", "U-PER U-PER U-LOC"),
        # IOB2, and a stray I-.
        ("B-PER I-PER B-PER O", "B-PER I-PER B-PER O", "B-PER L-PER U-PER O"),
        ("O I-PER I-PER B-LOC", "O B-PER I-PER B-LOC", "O B-PER L-PER U-LOC"),
        ("B-PER I-LOC", "B-PER B-LOC", "U-PER U-LOC"),
        # IOBES and BIOUL.
        ("S-LOC S-LOC", "B-LOC B-LOC", "U-LOC U-LOC"),
        ("B-LOC I-LOC E-LOC", "B-LOC I-LOC I-LOC", "B-LOC I-LOC L-LOC"),
        ("B-LOC L-LOC B-LOC L-LOC", "B-LOC I-LOC B-LOC I-LOC", "B-LOC L-LOC B-LOC L-LOC"),
        # Ill-formed BIOUL: never closed, never opened, closed too early, broken off.
        ("B-LOC O", "B-LOC O", "U-LOC O"),
        ("L-LOC O", "B-LOC O", "U-LOC O"),
        ("B-LOC L-LOC I-LOC", "B-LOC I-LOC B-LOC", "B-LOC L-LOC U-LOC"),
        ("U-LOC L-LOC", "B-LOC B-LOC", "U-LOC U-LOC"),
        ("B-LOC I-PER L-PER", "B-LOC B-PER I-PER", "U-LOC B-PER L-PER"),
        ("", "", ""),
    ],
)
def test_conversions(tags, iob2, bioul):
    assert to_iob2(tags.split()) == iob2.split()
    assert to_bioul(tags.split()) == bioul.split()
    assert convert_tags(tags.split(), "BIO") == iob2.split()
    assert convert_tags(tags.split(), "BIOUL") == bioul.split()


def test_unknown_scheme():
    with pytest.raises(ValueError, match="unknown tag scheme 'IOBES', choose one of BIOUL, BIO"):
        convert_tags(["O"], "IOBES")


@given(sequences("BI"))
def test_iob_is_read_as_allennlp_reads_iob1(tags):
    assert to_bioul(tags) == allennlp_to_bioul(tags, encoding="IOB1")
    spans = {(name, (start, end - 1)) for name, start, end in entity_spans(tags)}
    assert spans == set(iob1_tags_to_spans(tags))


@given(sequences("BILUES"))
def test_round_trip(tags):
    iob2, bioul = to_iob2(tags), to_bioul(tags)
    assert len(iob2) == len(bioul) == len(tags)
    assert to_iob2(bioul) == iob2 == to_iob2(iob2)
    assert to_bioul(iob2) == bioul == to_bioul(bioul)
    # Well-formed by AllenNLP's strict check, and nothing is lost or found.
    assert {(name, (start, end - 1)) for name, start, end in entity_spans(tags)} == set(
        bioul_tags_to_spans(bioul)
    )
    assert [tag == "O" for tag in tags] == [tag == "O" for tag in bioul]


@given(sequences("BILU"))
def test_iobes_is_bioul_by_other_names(tags):
    iobes = [("E" if t[0] == "L" else "S" if t[0] == "U" else t[0]) + t[1:] for t in tags]
    assert to_iob2(iobes) == to_iob2(tags)


@given(sequences("BI"))
def test_iob1_round_trip(tags):
    """IOB2 rewritten as IOB1 is read as what it was."""
    iob2 = to_iob2(tags)
    iob1 = [
        "I" + tag[1:] if tag[0] == "B" and (i == 0 or iob2[i - 1][2:] != tag[2:]) else tag
        for i, tag in enumerate(iob2)
    ]
    assert to_iob2(iob1) == iob2


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("I-PER I-PER O I-LOC", "IOB1"),
        ("I-PER B-PER O I-LOC", "IOB1"),
        ("B-PER I-PER O B-LOC", "IOB2"),
        ("B-PER I-PER O I-LOC", "IOB2"),  # with a stray I-
        ("O O", "IOB2"),
        ("I-PER O U-LOC", "BIOUL"),
        ("B-PER E-PER", "BIOUL"),
    ],
)
def test_detect_input_scheme(tags, scheme):
    assert detect_input_scheme(tags.split()) == scheme


@given(st.lists(sequences("BI") | sequences("BILU"), min_size=1), st.randoms())
def test_detection_does_not_depend_on_the_order_of_sentences(sentences, rng: random.Random):
    shuffled = sentences[:]
    rng.shuffle(shuffled)
    first, second = (
        detect_input_scheme([tag for tags in corpus for tag in [*tags, "O"]])
        for corpus in (sentences, shuffled)
    )
    assert first == second
