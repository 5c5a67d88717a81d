"""Whether training fits into memory, asked before it begins."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.common import free_memory as module
from xner_allennlp.common.free_memory import free_memory


def one_pass(system, folder):
    config = tiny_config(system, folder)
    callback(config, "source_passes")["num_passes"] = 1
    if system == "transformer_augmented":
        callback(config, "pseudo_labels")["pretraining_passes"] = 0
    return config


@pytest.mark.parametrize("system", ["transformer", "transformer_augmented"])
def test_too_little_memory_is_told_before_training(system, tmp_path, monkeypatch):
    config = tiny_config(system, tmp_path / "data")
    monkeypatch.setattr("xner_allennlp.training.memory_check.free_memory", lambda device: 2**16)
    with pytest.raises(ConfigurationError, match="A smaller data_loader.batch_size .now 16."):
        train(config, tmp_path / "run")
    assert not list((tmp_path / "run").glob("model_state*"))


@pytest.mark.parametrize("system, size", [("transformer", 16), ("transformer_augmented", 32)])
def test_enough_memory_is_logged(system, size, tmp_path):
    config = one_pass(system, tmp_path / "data")
    train(config, tmp_path / "run")
    log = (tmp_path / "run" / "out.log").read_text("utf-8")
    assert f"training needs at most about 0.0 GiB: {size} sentences at once" in log


def test_the_sentences_of_each_callback_count(tmp_path):
    config = one_pass("transformer_augmented", tmp_path / "data")
    callback(config, "pseudo_labels")["batch_size"] = 5
    train(config, tmp_path / "run")
    assert ": 21 sentences at once" in (tmp_path / "run" / "out.log").read_text("utf-8")


@pytest.mark.parametrize("system", ["transformer", "transformer_augmented"])
def test_raw_sentences_count_as_far_as_they_are_learned_from(system, tmp_path, monkeypatch):
    config = one_pass(system, tmp_path / "data")
    with open(config["train_data_path"]["target"], "a", encoding="utf-8") as file:
        file.write("\n" + "word O\n" * 3000)
    estimated = 2**26
    monkeypatch.setattr("xner_allennlp.training.memory_check.free_memory", lambda device: estimated)
    if system == "transformer_augmented":
        remedy = "trainer.callbacks.pseudo_labels.max_length"
        with pytest.raises(ConfigurationError, match=remedy):
            train(config, tmp_path / "refused")
        callback(config, "pseudo_labels")["max_length"] = 100
    train(config, tmp_path / "run")


def test_what_torch_holds_back_on_a_gpu_is_free(monkeypatch):
    for name, value in (
        ("mem_get_info", (10, 99)),
        ("memory_reserved", 7),
        ("memory_allocated", 4),
    ):
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    assert free_memory(torch.device("cuda", 0)) == 13


def test_the_smallest_limit_counts(tmp_path, monkeypatch):
    cpu = torch.device("cpu")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   5000 kB\n")
    (tmp_path / "max").write_text("4000000\n")
    (tmp_path / "current").write_text("1000000\n")
    monkeypatch.setattr(module, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(module, "_LIMITS", [(tmp_path / "max", tmp_path / "current")])
    assert free_memory(cpu) == 3_000_000
    (tmp_path / "max").write_text("max\n")
    assert free_memory(cpu) == 5_120_000
    monkeypatch.setattr(module, "_MEMINFO", tmp_path / "gone")
    assert free_memory(cpu) is None


@pytest.mark.parametrize(
    "statistics, free",
    [
        ("anon 300000\nfile 800000\ninactive_file 600000\nactive_file 200000\n", 3_600_000),
        ("cache 8\ninactive_file 8\ntotal_cache 800000\ntotal_inactive_file 600000\n", 3_600_000),
        ("anon 1000000\n", 3_000_000),
    ],
)
def test_a_container_s_cache_of_files_is_free(statistics, free, tmp_path, monkeypatch):
    """Reading a corpus fills the cache; the system gives it back when it is asked for."""
    (tmp_path / "max").write_text("4000000\n")
    (tmp_path / "current").write_text("1000000\n")
    (tmp_path / "memory.stat").write_text(statistics)
    monkeypatch.setattr(module, "_MEMINFO", tmp_path / "gone")
    monkeypatch.setattr(module, "_LIMITS", [(tmp_path / "max", tmp_path / "current")])
    assert free_memory(torch.device("cpu")) == free
