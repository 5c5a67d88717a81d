"""Frozen encoders: states from files beside a forward pass, and who computes when."""

import shutil

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train, weights_of
from tests.training.recovery_test import InterruptAfter, Interruption
from xner_allennlp.modules.transformer_reader import TransformerReader


@pytest.fixture
def calls(monkeypatch):
    """How many sentences the transformer has read."""
    counted = []
    read = TransformerReader.states

    def count(self, spelled, characters):
        counted.append(len(spelled.sentence_lengths))
        return read(self, spelled, characters)

    monkeypatch.setattr(TransformerReader, "states", count)
    return counted


def frozen_config(folder, system="transformer_frozen", num_passes=3):
    config = tiny_config(system, folder)
    callback(config, "source_passes")["num_passes"] = num_passes
    return config


def without_test(config):
    config["evaluate_on_test"] = False
    return config


def assert_equal_weights(one, other, **tolerance):
    one, other = weights_of(one), weights_of(other)
    assert one.keys() == other.keys()
    for name, weight in one.items():
        torch.testing.assert_close(weight, other[name], **tolerance)


def test_every_pass_reads_the_files(calls, tmp_path):
    config = without_test(frozen_config(tmp_path / "data"))
    train(config, tmp_path / "run")
    # The labelled sentences, both development sets, and nothing else, each once.
    assert sum(calls) == 3 * 48
    # Another run, of another seed, reads no sentence.
    calls.clear()
    config["data_loader"]["seed"] = config["random_seed"] = 5
    train(config, tmp_path / "other")
    assert not calls


def test_files_equal_a_forward_pass(tmp_path):
    config = without_test(frozen_config(tmp_path / "data"))
    train(config, tmp_path / "stored")
    del config["trainer"]["callbacks"]["encoder_states"]
    train(config, tmp_path / "computed")
    assert_equal_weights(tmp_path / "stored", tmp_path / "computed", atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("files_are_left", [True, False])
def test_a_recovered_run_is_bit_equal(files_are_left, tmp_path, monkeypatch):
    config = without_test(frozen_config(tmp_path / "data"))
    config["trainer"]["callbacks"]["interrupt_after"] = {}
    train(config, tmp_path / "whole")
    monkeypatch.setattr(InterruptAfter, "batches", 5)
    with pytest.raises(Interruption):
        train(config, tmp_path / "recovered")
    if not files_are_left:
        shutil.rmtree(tmp_path / "data" / "encoder_states")
    train(config, tmp_path / "recovered", recover=True)
    assert_equal_weights(tmp_path / "whole", tmp_path / "recovered", atol=0, rtol=0)


def test_raw_sentences_are_stored_for_the_target_path(calls, tmp_path, monkeypatch):
    base = without_test(frozen_config(tmp_path / "data"))
    train(base, tmp_path / "base")
    monkeypatch.setenv("XNER_SOURCE_ARCHIVE", str(tmp_path / "base" / "model.tar.gz"))
    config = tiny_config("transformer_augmented", tmp_path / "data")
    config = {
        **config,
        "model": {**base["model"], "pretrained_file": config["model"]["pretrained_file"]},
    }
    config["model"]["target_encoder"] = {"type": "untied_lstm", "input_size": 200, "hidden_size": 8}
    del config["trainer"]["optimizer"]["parameter_groups"]
    callback(config, "source_passes")["num_passes"] = 2
    config["trainer"]["callbacks"]["encoder_states"] = callback(base, "encoder_states")
    calls.clear()
    train(without_test(config), tmp_path / "run")
    # The files of the base are found, so only the raw sentences are new.
    assert sum(calls) == 48


def test_files_are_of_one_language(tmp_path, calls, monkeypatch):
    """So that a pair with the same source language finds them."""
    monkeypatch.setattr("xner_allennlp.training.encoder_states._WORDS_IN_A_FILE", 1)
    monkeypatch.setattr("xner_allennlp.training.encoder_states._BATCH_SIZE", 10)
    config = without_test(frozen_config(tmp_path / "data", num_passes=1))
    train(config, tmp_path / "run")
    # 5 of each of three corpora.
    assert len(list((tmp_path / "data" / "encoder_states").iterdir())) == 15
    assert sorted(calls) == [8] * 3 + [10] * 12


def test_an_encoder_that_is_trained_is_refused(tmp_path):
    config = frozen_config(tmp_path / "data")
    config["model"]["word_embedders"]["both"]["train_parameters"] = True
    with pytest.raises(ConfigurationError, match="change with every step"):
        train(config, tmp_path / "run")
