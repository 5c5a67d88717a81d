"""Splitting of documents into paragraphs and sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner_allennlp.text.sentences import split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["J. Smith works.", "He is in the U.S. Army.", "Yes!", "No?"],
        ['"Go!" he said.', "“Stay.”", "She left.", "Why?!"],
        ["Am 3. Oktober 1990 war es.", "Dr. Who met St. Paul.", "Mrs. Hudson stayed."],
        ["It is at example.Com or www.a.b, e.g. there.", "It cost 3.50.", "Well"],
        ["هل ذهبت؟", "نعم.", "ذهب محمد إلى بيروت."],
        ["वह गया।", "वह आया।"],
        ["Ο Γιάννης ήρθε.", "Πού πήγε;"],
        ["Κ. Παπαδόπουλος ήρθε.", "Он уехал в г. Москву.", "А. С. Пушкин писал."],
    ],
)
def test_sentences(sentences: list) -> None:
    text = " ".join(sentences)
    assert [text[start:end].strip() for start, end in split_sentences(text)] == sentences


def test_scripts_without_spaces() -> None:
    text = "他来了。她走了！真的？「是。」他说"
    found = [text[start:end] for start, end in split_sentences(text)]
    assert found == ["他来了。", "她走了！", "真的？", "「是。」", "他说"]


@pytest.mark.parametrize(
    "blank",
    ["\n\n", "\r\n\r\n", "\n \t\n", "\n\u200f\ufeff\n\n", "\r\r", "\u2029", "\x0c", "\n\u3000\n"],
)
def test_a_blank_line_ends_everything(blank: str) -> None:
    text = f"Jan{blank}de Vries"
    assert [text[start:end].strip() for start, end in split_sentences(text)] == ["Jan", "de Vries"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_a_line_end_is_a_space(line_end: str) -> None:
    text = f"Jan{line_end}de Vries slaapt.{line_end}Hij droomt."
    found = [text[start:end].strip() for start, end in split_sentences(text)]
    assert found == [f"Jan{line_end}de Vries slaapt.", "Hij droomt."]


@given(st.text(alphabet=st.sampled_from(list("aB.!?。 \n\r\u2029\u200b1,)”؟é")), max_size=60))
def test_only_white_space_is_between_sentences(text: str) -> None:
    end = 0
    for start, next_end in split_sentences(text):
        assert end <= start < next_end
        assert not text[end:start].strip("\u200b\u2029 \n\r")
        end = next_end
    assert not text[end:].strip("\u200b\u2029 \n\r")


@pytest.mark.parametrize("unit", [". ", "a. ", "A.", "! ) ", "1. ", "\n ", "\n\u200b", "..", "!"])
def test_long_documents_take_linear_time(unit: str) -> None:
    # In quadratic time this would not end.
    split_sentences(unit * (600_000 // len(unit)) + "a")
