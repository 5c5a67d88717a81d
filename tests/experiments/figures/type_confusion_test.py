import numpy as np

from experiments.figures.type_confusion import (
    align_spans,
    count_confusion,
    draw_type_confusion,
    type_confusion,
)
from experiments.runs import Experiments
from experiments.tagged_file import TaggedSentence
from xner_allennlp.spans import EntitySpan


def test_alignment() -> None:
    gold = [EntitySpan("LOC", 0, 4), EntitySpan("PER", 5, 6)]
    # Equal borders first, then what shares most words; each once.
    predicted = [EntitySpan("LOC", 0, 1), EntitySpan("ORG", 1, 4), EntitySpan("LOC", 5, 6)]
    assert align_spans(gold, predicted) == [
        (gold[1], predicted[2]),
        (gold[0], predicted[1]),
    ]
    assert align_spans(gold, []) == []


def test_counts() -> None:
    sentences = [
        TaggedSentence(["a"] * 4, ["B-LOC", "I-LOC", "O", "B-PER"], ["B-LOC", "O", "O", "B-PER"]),
        TaggedSentence(["a"] * 2, ["B-PER", "O"], ["B-LOC", "O"]),
        TaggedSentence(["a"] * 2, ["B-PER", "O"], ["O", "B-PER"]),
        TaggedSentence(["a"], ["O"], ["O"]),
    ]
    confusion = count_confusion(sentences)
    assert confusion.counts.index.tolist() == ["LOC", "PER", "spurious"]
    assert confusion.counts.columns.tolist() == ["LOC", "PER", "missed"]
    assert confusion.counts.to_numpy().tolist() == [
        [1, 0, 0],  # LOC, with other borders
        [1, 1, 1],  # PER: as LOC, as PER, missed
        [0, 1, 0],  # spurious
    ]
    assert confusion.exact.to_numpy().tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 0]]


def test_figure(experiments: Experiments) -> None:
    systems = ["cross_shared", "cross_augmented", "cross_word"]
    found = type_confusion(experiments, "en_es", systems, "source_dev")
    assert list(found) == ["cross_shared", "cross_augmented"]
    # Two seeds of 40 sentences with an entity each; nothing is made up.
    assert found["cross_shared"].counts.to_numpy().sum() == 80
    figure = draw_type_confusion(found)
    assert [axes.get_title() for axes in figure.axes] == ["Cross-Shared", "Cross-Augmented"]
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["LOC", "PER", "missed"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["LOC", "PER", "spurious"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "gold")
    counts, exact = (frame.to_numpy() for frame in found["cross_shared"])
    [picture] = axes.images
    rows = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.testing.assert_allclose(picture.get_array(), 100 * rows)
    texts = [text.get_text() for text in axes.texts]
    assert texts[1] == f"{100 * rows[0, 1]:.0f}%\n{counts[0, 1]}"
    assert texts[0].endswith(f"\n{counts[0, 0]}\n={exact[0, 0]}")
    assert texts[-1] == ""
