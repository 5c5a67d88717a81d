"""Pseudo-labels: what is drawn and labelled, and that gold tags of the target are never seen."""

import itertools
import json
import random

import numpy as np
import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train, weights_of
from xner_allennlp.data import TargetPool
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.training import PseudoLabels


@pytest.fixture
def config(tmp_path):
    config = tiny_config("cross_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 6
    callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=4)
    # Enough for the teacher to find some entities after twelve batches.
    config["trainer"]["optimizer"]["lr"] = 0.5
    config["model"]["dropout"] = 0.0
    return config


def rounds(run, level):
    """What a run logged about its rounds (AllenNLP's logging bypasses pytest's)."""
    lines = (run / "out.log").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if "pseudo-labels, round" in line and f" - {level} - " in line]


def test_rounds_are_logged(config, tmp_path):
    train(config, tmp_path / "run")
    messages = rounds(tmp_path / "run", "INFO")
    # Twelve batches of pre-training, then rounds of two batches in the six that are left.
    assert len(messages) == 3
    assert all(f"round {number}:" in message for number, message in enumerate(messages))
    assert all("l = " in m and "target sentences" in m and "entities" in m for m in messages)


def test_gold_tags_of_the_target_change_nothing(config, tmp_path):
    train(config, tmp_path / "one")
    path = config["train_data_path"]["target"]
    generator = random.Random(5)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            word = line.split(" ")[0]
            file.write(f"{word} {generator.choice(['O', 'B-PER', 'I-LOC'])}\n" if word else "\n")
    train(config, tmp_path / "two")
    one, two = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert all(torch.equal(one[name], two[name]) for name in one)


def journal_of(run):
    lines = (run / "pseudo_labels.jsonl").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def test_rounds_are_written_to_a_journal(config, tmp_path):
    train(config, tmp_path / "run")
    rounds = journal_of(tmp_path / "run")
    # An epoch has three batches, a round two; the first four epochs are pre-training.
    assert [(line["round"], line["epoch"]) for line in rounds] == [(0, 4), (1, 4), (2, 5)]
    text = open(config["train_data_path"]["target"], encoding="utf-8").read().strip()
    lengths = [sentence.count("\n") + 1 for sentence in text.split("\n\n")]
    for line in rounds:
        assert line["sentences"] == sum(length <= line["length"] for length in lengths)
        known = {"round", "epoch", "length", "sentences", "entities"}
        assert set(line) - {"type_divergence"} == known
        assert line["entities"] or "type_divergence" not in line
    # The first round is compared with itself.
    assert rounds[0]["type_divergence"] == 0
    assert any(line["entities"] for line in rounds), "the test shows nothing"


def test_the_moving_average_labels_validates_and_is_kept(config, tmp_path):
    # It never moves, so the teacher stays as untrained as it was, and so do all the scores.
    config["trainer"]["moving_average"] = {"type": "exponential", "decay": 1.0, "denominator": 1.0}
    train(config, tmp_path / "run")
    untrained = [line["entities"] for line in journal_of(tmp_path / "run")]
    start = torch.load(tmp_path / "run" / "best_target_f1.th")
    last = torch.load(sorted((tmp_path / "run").glob("model_state_*"))[-1])
    assert any(not torch.equal(start[name], last[name]) for name in start)
    epochs = [
        json.loads((tmp_path / "run" / f"metrics_epoch_{epoch}.json").read_text())
        for epoch in range(6)
    ]
    assert len({epoch["validation_source_f1"] for epoch in epochs}) == 1
    # From the first round on the target path tags target sentences.
    assert epochs[4]["validation_loss"] == epochs[5]["validation_loss"]
    best = torch.load(tmp_path / "run" / "best.th")
    assert all(torch.equal(best[name], start[name]) for name in best)
    del config["trainer"]["moving_average"]
    train(config, tmp_path / "itself")
    assert untrained != [line["entities"] for line in journal_of(tmp_path / "itself")]


@pytest.mark.parametrize("is_mean_teacher", [False, True])
def test_drifting_types_are_warned_of_once(config, tmp_path, monkeypatch, is_mean_teacher):
    if is_mean_teacher:
        config["trainer"]["moving_average"] = {"type": "exponential", "decay": 0.1}
        config["model"]["teacher_loss"] = False
    train(config, tmp_path / "calm")
    assert not any("drift" in message for message in rounds(tmp_path / "calm", "WARNING"))
    monkeypatch.setattr("xner_allennlp.training.pseudo_labels.ALARMING", -1)
    train(config, tmp_path / "run")
    (warning,) = [m for m in rounds(tmp_path / "run", "WARNING") if "drift" in m]
    assert "round 0:" in warning and " % -> " in warning
    # Nothing is advised that is done already.
    assert ("set model.teacher_loss to false" in warning) != is_mean_teacher
    assert ("train mean_teacher" in warning) != is_mean_teacher
    assert any("divergence of types" in m for m in rounds(tmp_path / "run", "INFO"))
    # What is trained does not depend on it.
    one, two = weights_of(tmp_path / "calm"), weights_of(tmp_path / "run")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_gold_tags_are_for_analysis_only(config, tmp_path):
    train(config, tmp_path / "without")
    callback(config, "pseudo_labels").update(
        gold_file=config["train_data_path"]["target"],
        gold_reader={"type": "conll_ner", "language": "target"},
    )
    train(config, tmp_path / "with")
    one, two = weights_of(tmp_path / "without"), weights_of(tmp_path / "with")
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    plain, scored = journal_of(tmp_path / "without"), journal_of(tmp_path / "with")
    unscored = {key for line in plain for key in line}
    assert [{key: line[key] for key in line if key in unscored} for line in scored] == plain
    for line in scored:
        assert set(line["types"]) == {"LOC", "MISC", "ORG", "PER"}
        assert 0 <= line["precision"] <= 1 and 0 <= line["recall"] <= 1
        predicted = sum(line["entities"].values())
        correct = round(line["precision"] * predicted)
        assert line["precision"] == (correct / predicted if predicted else 0.0)
        assert line["recall"] == correct / sum(of["support"] for of in line["types"].values())
    assert any(line["f1"] > 0 for line in scored), "the test shows nothing"


def test_gold_tags_of_other_sentences(config, tmp_path):
    callback(config, "pseudo_labels").update(
        gold_file=config["test_data_path"]["target"],
        gold_reader={"type": "conll_ner", "language": "target"},
    )
    with pytest.raises(ConfigurationError, match="sentence 1 is .*the same sentences"):
        train(config, tmp_path / "run")


def test_gold_tags_need_a_reader():
    with pytest.raises(ConfigurationError, match="gold_reader"):
        PseudoLabels("somewhere", gold_file="file")


def test_files_of_the_user_stay_as_they_are(config, tmp_path):
    data = tmp_path / "data"
    before = {path: path.read_bytes() for path in data.iterdir()}
    train(config, tmp_path / "run")
    assert {path: path.read_bytes() for path in data.iterdir()} == before


def test_no_sentence_is_longer_than_l(config, tmp_path):
    callback(config, "pseudo_labels").update(min_length=4, max_length=5, n_steps=3)
    train(config, tmp_path / "run")
    training_state = sorted((tmp_path / "run").glob("training_state_*.th"))[-1]
    state = torch.load(training_state)["callbacks"][3]
    assert state["length"] in (4, 5)
    assert len(state["label_counts"]), "nothing was labelled; the test shows nothing"
    assert int(state["label_counts"].max()) <= state["length"]


def test_a_round_without_sentences_trains_on_the_source(config, tmp_path):
    shortest = min(
        len(sentence.strip().split("\n"))
        for sentence in open(config["train_data_path"]["target"], encoding="utf-8")
        .read()
        .strip()
        .split("\n\n")
    )
    callback(config, "pseudo_labels").update(
        min_length=shortest - 1, max_length=shortest, n_steps=1, pretraining_passes=0
    )
    train(config, tmp_path / "run")
    warnings = rounds(tmp_path / "run", "WARNING")
    assert any("no sentence is that short" in message for message in warnings)


def test_a_round_without_entities_trains_on_the_source(config, tmp_path):
    callback(config, "pseudo_labels")["pretraining_passes"] = 0
    # All scores are equal; then the lowest label index wins, which is O's.
    config["model"]["initializer"] = {
        "regexes": [
            ["label_layer", {"type": "constant", "val": 0.0}],
            ["crf.transitions", {"type": "constant", "val": 0.0}],
        ]
    }
    config["trainer"]["optimizer"]["lr"] = 1e-12
    train(config, tmp_path / "run")
    warnings = rounds(tmp_path / "run", "WARNING")
    assert len(warnings) == 9 and all("no entity was labelled" in m for m in warnings)


def test_the_best_epoch_is_chosen_after_pretraining(config, tmp_path):
    model = train(config, tmp_path / "run")
    assert bool(model.target_path_trained)


@pytest.mark.parametrize(
    "has_translated, min_agreement", [(True, 0.5), (False, 0.5), (True, 0.999)]
)
def test_a_word_that_the_paths_tag_differently_is_open(
    tmp_path, monkeypatch, has_translated, min_agreement
):
    name = "mean_teacher" if has_translated else "mean_teacher.no_translated_batches"
    config = tiny_config(name, tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 3
    callback(config, "pseudo_labels").update(
        n_steps=3, pretraining_passes=0, min_agreement=min_agreement, entity_share=False
    )

    def tags(model, tokens, path):
        """Of each word U-LOC by the source path; by the target path O where a sentence begins."""
        asked.append(path)
        one, other = (model.vocab.get_token_index(tag, "labels") for tag in ("U-LOC", "O"))
        lengths = (tokens["target_tokens"]["tokens"] > 0).sum(dim=1).tolist()
        found = [np.full(length, one) for length in lengths]
        for each in found:
            each[0] = other if path == "target" else one
        return found

    batches, asked = [], []
    losses = CrossLingualCrfTagger._training_output

    def spied(model, source, target, translated):
        batches.append(target)
        return losses(model, source, target, translated)

    monkeypatch.setattr(CrossLingualCrfTagger, "predict_tag_ids", tags)
    monkeypatch.setattr(CrossLingualCrfTagger, "_training_output", spied)
    model = train(config, tmp_path / "run")
    first, second = batches[:3], batches[3:]
    # Before the target path has been trained, it does not label.
    assert all(batch is None if has_translated else "tags" in batch for batch in first)
    warnings = rounds(tmp_path / "run", "WARNING")
    if min_agreement == 0.999:
        assert all("tags" in batch and "allowed" not in batch for batch in second)
        assert len(warnings) == 1 and "less than the 100 % of min_agreement" in warnings[0]
        # From then on the labels are those of the first round.
        journal = journal_of(tmp_path / "run")
        assert ["agreement" in line for line in journal] == [0, 1, 0]
        assert all(line["entities"] == journal[0]["entities"] for line in journal)
        assert [path for path, _ in itertools.groupby(asked)] == ["source", "target"]
        return
    assert len(second) == 6 and not warnings
    location, outside = (model.vocab.get_token_index(tag, "labels") for tag in ("U-LOC", "O"))
    for batch in second:
        assert "tags" not in batch
        for allowed, sentence in zip(batch["allowed"], batch["metadata"]):
            found = [row.nonzero().flatten().tolist() for row in allowed[: len(sentence["words"])]]
            assert found == [sorted([location, outside])] + [[location]] * (len(found) - 1)
    journal = journal_of(tmp_path / "run")
    words = sum(journal[1]["entities"].values())
    assert "agreement" not in journal[0]
    assert journal[1]["agreement"] == pytest.approx(1 - journal[1]["sentences"] / words)
    early = [message for message in rounds(tmp_path / "run", "INFO") if "translated" in message]
    assert len(early) == has_translated


@pytest.mark.parametrize(
    "lengths, n_steps, best",
    [
        ("short, long, short, short, long, short", 3, 2),
        ("long, short, long, short, long, short", 3, 1),
        ("short", 100, 0),
    ],
)
def test_the_best_epoch_is_chosen_behind_a_round_of_most_sentences(
    config, tmp_path, monkeypatch, lengths, n_steps, best
):
    drawn = iter(lengths.split(", "))
    # At least three of its sentences have at most so many words, or all.
    monkeypatch.setattr(
        TargetPool,
        "draw_length",
        lambda pool, *bounds: {"short": sorted(pool.lengths.tolist())[2], "long": bounds[1]}[
            next(drawn)
        ],
    )
    # Three batches an epoch. All epochs are equally good, so the first one that counts is the best.
    callback(config, "pseudo_labels").update(n_steps=n_steps, pretraining_passes=0)
    config["trainer"]["optimizer"]["lr"] = 1e-12
    train(config, tmp_path / "run")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["best_epoch"] == best
    assert not any("no entity" in message for message in rounds(tmp_path / "run", "WARNING"))
    assert not list(drawn)


@pytest.mark.parametrize("n_steps, best, epochs", [(3, 3, 5), (100, 2, 4)])
def test_patience_counts_from_where_the_best_epoch_is_chosen(
    config, tmp_path, n_steps, best, epochs
):
    """Two epochs of pre-training, one of the first round if another follows."""
    config["trainer"]["patience"] = 1
    config["trainer"]["optimizer"]["lr"] = 1e-12
    callback(config, "pseudo_labels").update(
        n_steps=n_steps, pretraining_passes=2, min_length=1000, max_length=1000
    )
    train(config, tmp_path / "run")
    for _ in range(2):
        assert json.loads((tmp_path / "run" / "metrics.json").read_text())["best_epoch"] == best
        assert len(list((tmp_path / "run").glob("metrics_epoch_*"))) == epochs
        for name in ("metrics.json", "model.tar.gz"):
            (tmp_path / "run" / name).unlink()
        train(config, tmp_path / "run", recover=True)


def test_an_epoch_without_labels_reports_no_loss_of_an_earlier_one(config, tmp_path, monkeypatch):
    lengths = iter([1000, 0, 1000])
    monkeypatch.setattr(TargetPool, "draw_length", lambda pool, *bounds: next(lengths))
    callback(config, "source_passes")["num_passes"] = 3
    callback(config, "pseudo_labels").update(n_steps=3, pretraining_passes=0)
    config["trainer"]["optimizer"]["lr"] = 1e-12
    train(config, tmp_path / "run")
    for epoch, has_labels in enumerate([True, False, True]):
        metrics = json.loads((tmp_path / "run" / f"metrics_epoch_{epoch}.json").read_text())
        assert metrics["training_source_loss"] > 0
        for term in ("teacher", "target"):
            assert (f"training_{term}_loss" in metrics) == has_labels, (epoch, term)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"min_length": 9, "max_length": 5}, "min_length 9 is above max_length 5"),
        ({"max_length": 1, "min_length": 1}, "excludes every target sentence"),
        ({"n_steps": 0}, "n_steps must be at least 1"),
        ({"pretraining_passes": -1}, "pretraining_passes must be >= 0"),
        ({"pretraining_passes": 6}, "takes 18 batches, and the run has 18, .* larger than 6"),
        ({"min_length": -5}, "min_length must be at least 1"),
        ({"min_length": 999}, "above max_length [0-9]+, the length of the longest"),
        ({"min_agreement": 0.5}, "0 without both_paths, not 0.5"),
        ({"both_paths": True, "min_agreement": 1.5}, "a share from 0 to 1"),
    ],
)
def test_bad_options(config, tmp_path, change, message):
    callback(config, "pseudo_labels").update(change)
    with pytest.raises(ConfigurationError, match=message):
        train(config, tmp_path / "run")


def test_without_raw_target_sentences(config, tmp_path):
    config["train_data_path"] = config["train_data_path"]["source"]
    with pytest.raises(ConfigurationError, match="no raw target sentence"):
        train(config, tmp_path / "run")


def test_with_a_stock_data_loader(config, tmp_path):
    config["train_data_path"] = config["train_data_path"]["source"]
    config["data_loader"] = {"batch_size": 8, "shuffle": True}
    with pytest.raises(ConfigurationError, match="needs the data loader"):
        train(config, tmp_path / "run")
