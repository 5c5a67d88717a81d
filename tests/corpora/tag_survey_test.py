from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner_allennlp.corpora.tag_survey import TaggedSentence, survey_tags
from xner_allennlp.spans import to_bioul, to_iob2


def sentence(tags: List[str], first_line: int = 1) -> TaggedSentence:
    return TaggedSentence(tags, range(first_line, first_line + len(tags)))


def survey(*sentences: str):  # type: ignore[no-untyped-def]
    places = enumerate(sentences, start=1)
    return survey_tags([sentence(text.split(), 10 * place) for place, text in places])


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["B-PER I-PER O B-LOC"], "IOB2"),
        (["I-PER I-PER O I-LOC"], "IOB1"),
        (["I-PER B-PER"], "IOB1"),  # B- between two of a type: IOB1 writes it, too
        (["B-PER L-PER O U-LOC"], "BIOUL"),
        (["B-PER E-PER O S-LOC"], "IOBES"),
        (["O O"], "IOB2"),
    ],
)
def test_well_formed(sentences: List[str], scheme: str) -> None:
    found = survey(*sentences)
    assert found.scheme == scheme
    assert [finding.code for finding in found.findings] == (["iob1"] if scheme == "IOB1" else [])


@pytest.mark.parametrize("tags", ["O I-PER O B-LOC", "O L-PER O U-LOC"])
def test_lines_between_tags_are_left_out(tags: str) -> None:
    [finding] = survey_tags([TaggedSentence(tags.split(), [1, 4, 5, 8])]).findings
    assert finding.line == 4


def test_stray_tags_are_counted() -> None:
    found = survey(*["B-PER I-PER"] * 30, "O I-LOC")
    assert found.scheme == "IOB2"
    [finding] = found.findings
    assert (finding.severity, finding.code, finding.count, finding.line) == (
        ("warning", "stray_tags", 1, 311)
    )
    assert "1 of 31 entities beginning with I-" in finding.message


@pytest.mark.parametrize(
    "sentences", [["B-PER O", "I-PER O"], ["U-PER O", "B-PER O"], ["S-PER", "B-LOC I-LOC O"]]
)
def test_mixtures(sentences: List[str]) -> None:
    found = survey(*sentences)
    assert found.scheme == "mixture"
    assert [(finding.severity, finding.code) for finding in found.findings] == (
        [("warning", "mixture")]
    )
    assert (found.findings[0].line or 0) >= 20


def test_stray_tags_in_bioul() -> None:
    found = survey(*["U-PER"] * 40, "B-PER O")
    assert found.scheme == "BIOUL"
    assert (found.findings[0].count, found.findings[0].line) == (1, 410)


TAGS = st.lists(st.sampled_from("O B-PER I-PER B-LOC I-LOC".split()), min_size=1, max_size=8)


@given(st.lists(TAGS, min_size=1, max_size=4))
def test_what_we_convert_is_well_formed(sentences: List[List[str]]) -> None:
    iob2 = survey_tags([sentence(to_iob2(tags)) for tags in sentences])
    assert (iob2.scheme, iob2.findings) == ("IOB2", [])
    if any(tag != "O" for tags in sentences for tag in tags):
        bioul = survey_tags([sentence(to_bioul(tags)) for tags in sentences])
        # B- and I- alone may be either.
        assert bioul.findings == [] and bioul.scheme in ("BIOUL", "IOB2")
