from pathlib import Path

import numpy as np

from experiments.figures.sentence_length import (
    bin_edges,
    draw_tagged_shares,
    tagged_shares,
)
from experiments.runs import Experiments, read_experiments
from tests.experiments.run_folders import Sentence, write_run


def sentence(length: int, right: bool) -> Sentence:
    """Its first two words are an entity; the second one's tag is `right`."""
    gold = ["B-LOC", "I-LOC"] + ["O"] * (length - 2)
    return ["w"] * length, gold, ["B-LOC", "I-LOC" if right else "O", *gold[2:]]


def test_bins() -> None:
    lengths = np.array([1] * 30 + [5] * 30 + [6] * 30 + [11] * 19)
    # 19 sentences of 11 words are too few for a bin: they go with those of 6.
    assert bin_edges(lengths).tolist() == [0, 5]
    assert bin_edges(np.append(lengths, 12)).tolist() == [0, 5, 10]
    assert bin_edges(np.array([3])).tolist() == [0]
    # Not more than eleven bins.
    assert bin_edges(np.repeat(np.arange(1, 56), 20)).tolist() == list(range(0, 55, 5))
    assert bin_edges(np.repeat(np.arange(1, 57), 20)).tolist() == list(range(0, 60, 10))


def test_shares(tmp_path: Path) -> None:
    # Long sentences first: bins are in the order of lengths, not of the file.
    sentences = [sentence(10, False)] * 30 + [sentence(5, True)] * 30
    write_run(tmp_path, "cross_word", 1, sentences)
    better = [sentence(10, True)] * 30 + [sentence(5, True)] * 30
    write_run(tmp_path, "cross_word", 2, better)
    shares = tagged_shares(read_experiments(tmp_path), "en_es", ["cross_word"], "source_dev")
    # By seed and sentence length.
    assert shares.index.tolist() == [
        ("cross_word", seed, words) for seed in (1, 2) for words in ("≤5", ">5")
    ]
    np.testing.assert_allclose(shares["all_words"], [100, 90, 100, 100])
    np.testing.assert_allclose(shares["entity_words"], [100, 50, 100, 100])

    figure = draw_tagged_shares(shares)
    all_words, entity_words = figure.axes
    # A mean over seeds, and bars from the lowest to the highest.
    line, _, (bars,) = entity_words.containers[0]
    assert line.get_ydata().tolist() == [100, 75]
    assert bars.get_segments()[1][:, 1].tolist() == [50, 100]
    for axes in (all_words, entity_words):
        assert [label.get_text() for label in axes.get_xticklabels()] == ["≤5", ">5"]
        assert axes.get_xlabel() == "words in the sentence"
        assert axes.get_ylabel() == "correctly tagged words (%)"
        assert axes.get_ylim()[1] == 100
    assert entity_words.get_ylim()[0] == 0


def test_one_series_for_each_system(experiments: Experiments) -> None:
    systems = experiments.systems("en_es")
    shares = tagged_shares(experiments, "en_es", systems, "source_dev")
    figure = draw_tagged_shares(shares)
    # Cross-Word has failed; supervised is shown by the target development set.
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [
        "Source-Mono",
        "Cross-Shared",
        "Cross-Augmented",
        "Cross-Augmented: no teacher loss",
        "Supervised",
    ]
    assert [len(axes.containers) for axes in figure.axes] == [5, 5]
    looks = {
        (line.get_marker(), line.get_linestyle(), line.get_markerfacecolor())
        for line, *_ in figure.axes[0].containers
    }
    assert len(looks) == 5  # told apart without colour


def test_nothing_to_draw(experiments: Experiments) -> None:
    assert tagged_shares(experiments, "en_es", ["cross_word"], "source_dev").empty
