"""The journal of pseudo-labels: scores, and no line twice."""

import json

import pytest
from allennlp.common.checks import ConfigurationError

from xner_allennlp.training.pseudo_label_journal import PseudoLabelJournal, check_same_sentences

GOLD = [["B-PER", "I-PER", "O"], ["B-LOC"], ["O", "B-LOC"], ["B-ORG"]]


def lines_of(folder):
    text = (folder / "pseudo_labels.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def write(journal, number, labels):
    journal.write(number=number, epoch=7, length=3, labels=labels)


def test_scores_by_type(tmp_path):
    labels = {0: ["B-PER", "L-PER", "U-LOC"], 1: ["U-LOC"], 2: ["O", "U-ORG"]}
    write(PseudoLabelJournal(str(tmp_path), GOLD), 0, labels)
    (line,) = lines_of(tmp_path)
    assert line["round"] == 0 and line["epoch"] == 7 and line["length"] == 3
    assert line["sentences"] == 3
    assert line["entities"] == {"LOC": 2, "ORG": 1, "PER": 1}
    # Of the four predicted two are right; of the three there are, since the fourth sentence was
    # not labelled.
    assert (line["precision"], line["recall"], line["f1"]) == (2 / 4, 2 / 3, 4 / 7)
    assert line["types"] == {
        "LOC": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2},
        "ORG": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},
        "PER": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
    }


def test_without_gold_tags_there_are_no_scores(tmp_path):
    write(PseudoLabelJournal(str(tmp_path)), 0, {})
    assert lines_of(tmp_path) == [
        {"round": 0, "epoch": 7, "length": 3, "sentences": 0, "entities": {}}
    ]


@pytest.mark.parametrize("first", [0, 1, 3])
def test_goes_on_without_repeating_a_round(first, tmp_path):
    journal = PseudoLabelJournal(str(tmp_path))
    for number in range(3):
        write(journal, number, {0: ["U-PER"]})
    with open(tmp_path / "pseudo_labels.jsonl", "ab") as file:
        # Cut off, within a character.
        file.write('{"round": 3, "entities": {"ORTÜ'.encode()[:-1])
    again = PseudoLabelJournal(str(tmp_path))
    again.resume_at(first)
    for number in range(first, 5):
        write(again, number, {0: ["U-LOC"]})
    lines = lines_of(tmp_path)
    assert [line["round"] for line in lines] == [0, 1, 2, 3, 4]
    assert [line["entities"] for line in lines] == [{"PER": 1}] * first + [{"LOC": 1}] * (5 - first)


@pytest.mark.parametrize(
    "gold, message",
    [
        ([["a"]], "1 sentences, but there are 2"),
        ([["a"], ["b", "c"]], "sentence 2 is 'b c', but the raw target sentence is 'b'"),
    ],
)
def test_gold_tags_of_other_sentences(gold, message):
    with pytest.raises(ConfigurationError, match=message):
        check_same_sentences([["a"], ["b"]], gold, "file")
    check_same_sentences([["a"], ["b"]], [["a"], ["b"]], "file")
