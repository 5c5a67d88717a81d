"""The configs of ablations: each differs from its system in what it is about, and trains."""

import json

import pytest
import torch
from allennlp.common import Params

from tests.shipped_configs import CONFIGS, config_of
from tests.tiny_runs import ROOT, callback, tiny_config, train, train_teachers
from xner_allennlp.mapping import Mapping

ALL = sorted(path.stem for path in (CONFIGS / "ablations").glob("*.jsonnet"))
# Those that train a tagger.
ABLATIONS = [name for name in ALL if not name.startswith("mapping.")]


def differences(one, two, path=""):
    """The dotted keys at which two configs differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted({*one, *two}):
            yield from differences(one.get(key), two.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (left, right) in enumerate(zip(one, two)):
            yield from differences(left, right, f"{path}.{number}")
    elif one != two:
        yield path


@pytest.mark.parametrize("pair", ["en_nl", "en_ar"])
@pytest.mark.parametrize("name", ABLATIONS)
def test_an_ablation_differs_in_what_it_is_about(name, pair, monkeypatch):
    monkeypatch.setenv("XNER_MAPPING", "other.npz")
    monkeypatch.setenv("XNER_TEACHERS", "model.tar.gz")
    system, _, about = name.partition(".")
    found = set(differences(config_of(system, pair), config_of(f"ablations/{name}", pair)))
    source = {"model.character_embedder", "model.encoder.input_size"}
    lengths = {f"trainer.callbacks.pseudo_labels.{bound}_length" for bound in ("min", "max")}
    scheme = {"dataset_reader.tag_scheme", "validation_dataset_reader.tag_scheme"}
    scheme |= {"model.tag_scheme"}
    expected = {
        "no_teacher_loss": {"model.teacher_loss"},
        "moving_average": {"model.teacher_loss", "trainer.moving_average"},
        "summed_terms": {"model.average_terms"},
        "short_rounds": {"trainer.callbacks.pseudo_labels.n_steps"},
        "all_lengths": lengths,
        "fixed_length": lengths,
        "tied_target": {
            "model.target_encoder.type",
            "model.character_embedder.target_encoder.type",
        },
        "no_target_char": {
            "model.target_encoder.input_size",
            "model.character_embedder" + (".target_encoder" if pair == "en_nl" else ""),
        },
        "char": source if pair == "en_ar" else set(),
        "no_char": source if pair == "en_nl" else set(),
        "iob2": scheme if pair == "en_nl" else set(),
        "bioul": scheme if pair == "en_ar" else set(),
        "other_direction": set(),
        "averaged_weights": {"trainer.callbacks.average_weights"},
        "copied_persons": {
            f"{reader}dataset_reader.copied_types" for reader in ("", "validation_")
        },
        "hard_labels": {"trainer.callbacks.distillation.labels"},
        "soft_labels": {"trainer.callbacks.distillation.labels"},
        "no_translated_batches": {"trainer.callbacks.translated_batches"},
        "no_distillation": {"trainer.callbacks.distillation"},
        "no_moving_average": {"trainer.moving_average"},
        "no_pseudo_labels": {"trainer.callbacks.pseudo_labels"},
        "sampled_lengths": lengths,
        "source_path_labels": {
            f"trainer.callbacks.pseudo_labels.{name}" for name in ("both_paths", "min_agreement")
        },
        "no_entity_share": {
            "trainer.callbacks.pseudo_labels.entity_share"
            if system == "mean_teacher"
            else "trainer.callbacks.distillation.entity_share"
        },
    }
    assert found == expected[about]


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_ablation_trains(name, tmp_path, monkeypatch):
    toy = Mapping.load(ROOT / "fixtures" / "toy" / "mapping.npz")
    # W is orthogonal, so this is the same mapping seen from the other side.
    other = Mapping(toy.W.T.copy(), "target_to_source", provenance=toy.provenance)
    other.save(tmp_path / "other.npz")
    if name.endswith("other_direction"):
        monkeypatch.setenv("XNER_MAPPING", str(tmp_path / "other.npz"))
    if name.startswith("cross_distilled"):
        monkeypatch.setenv("XNER_TEACHERS", ",".join(train_teachers(tmp_path / "teachers")))
    config = tiny_config(name, tmp_path / "data", trainer__optimizer__lr=0.5)
    callback(config, "source_passes")["num_passes"] = 14
    # Enough for the teacher to find some entities after 36 batches.
    config["model"]["dropout"] = 0.0
    _, _, left_out = name.partition(".")
    has_rounds = (
        name.startswith(("cross_augmented", "mean_teacher")) and left_out != "no_pseudo_labels"
    )
    if has_rounds:
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=12)
        if "min_agreement" in callback(config, "pseudo_labels"):
            callback(config, "pseudo_labels")["min_agreement"] = 0.0
    train(config, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    losses = {key for key in metrics if key.startswith("training_") and key.endswith("_loss")}
    if has_rounds:
        assert ("training_teacher_loss" in losses) == (
            name.startswith("cross_augmented")
            and left_out not in ("no_teacher_loss", "moving_average")
        )
        assert "training_target_loss" in losses
        lines = (tmp_path / "run" / "pseudo_labels.jsonl").read_text().splitlines()
        rounds = [json.loads(line) for line in lines]
        if left_out == "all_lengths" or name.startswith("mean_teacher"):
            every_one = {line["sentences"] for line in rounds} == {48}
            assert every_one == (left_out != "sampled_lengths")
        if name.startswith("mean_teacher"):
            both = any("agreement" in line for line in rounds)
            assert both == (left_out != "source_path_labels")
            told = "in the labelled sentences" in (tmp_path / "run" / "out.log").read_text()
            assert told == (left_out != "no_entity_share")
        if name == "cross_augmented.fixed_length":
            bounds = callback(config, "pseudo_labels")
            assert bounds["min_length"] == bounds["max_length"] == 30
            # No sentence here is longer, the longest has 21 words.
            assert {line["length"] for line in rounds} == {21}
    if name.startswith("cross_distilled") and left_out != "no_distillation":
        told = "teacher 1: " in (tmp_path / "run" / "out.log").read_text()
        assert told == (left_out != "no_entity_share")
    if name.startswith(("cross_distilled", "mean_teacher")):
        without = left_out in ("no_distillation", "no_pseudo_labels")
        assert ("training_target_loss" in losses) != without
        assert ("training_translated_loss" in losses) == (left_out != "no_translated_batches")
    weights = torch.load(tmp_path / "run" / "best.th")
    assert len(weights["label_layer.bias"]) == (9 if name.endswith("iob2") else 17)


def test_fixed_length_of_choice(monkeypatch):
    bound = "trainer.callbacks.pseudo_labels.{}_length".format
    overrides = {bound("min"): 7, bound("max"): 7}
    monkeypatch.setenv("XNER_PAIR", "en_nl")
    file = CONFIGS / "ablations" / "cross_augmented.fixed_length.jsonnet"
    config = Params.from_file(file, json.dumps(overrides)).as_dict(quiet=True)
    labels = callback(config, "pseudo_labels")
    assert (labels["min_length"], labels["max_length"]) == (7, 7)


@pytest.mark.parametrize(
    "pair, other", [("en_nl", "target_to_source"), ("en_ar", "source_to_target")]
)
def test_mapping_in_the_other_direction(pair, other):
    config = config_of("ablations/mapping.other_direction", pair)
    assert set(differences(config_of("mapping", pair), config)) == {"mapper.direction"}
    assert config["mapper"]["direction"] == other
