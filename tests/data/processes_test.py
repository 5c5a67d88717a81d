"""Distributed training: two processes learn what one does."""

import json

import pytest
import torch
from allennlp.common.testing import requires_multi_gpu

from tests.tiny_runs import callback, tiny_config, train, weights_of
from xner_allennlp.data import Processes


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_weighted_mean_of_the_shares_is_the_mean(number):
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
    of_processes = []
    for rank in range(number):
        process = Processes(number, rank)
        share = process.share(values)
        of_processes.append(process.weight(values) * sum(share) / len(share))
    assert sum(of_processes) / number == pytest.approx(sum(values) / len(values))


def test_a_single_process_has_everything():
    process = Processes.current()
    assert process == (1, 0)
    assert process.share([1, 2]) == [1, 2]
    assert process.exchange("labels") == ["labels"]


SYSTEMS = pytest.mark.parametrize("system", ["cross_augmented", "mean_teacher"])


@pytest.mark.skipif(not torch.distributed.is_available(), reason="torch without distributed")
@SYSTEMS
def test_two_processes_learn_what_one_does(system, tmp_path, monkeypatch):
    # -1 is the CPU, whose processes talk by gloo.
    check_two_processes(system, [-1, -1], tmp_path, monkeypatch)


@requires_multi_gpu
@SYSTEMS
def test_two_gpus_learn_what_one_process_does(system, tmp_path, monkeypatch):
    check_two_processes(system, [0, 1], tmp_path, monkeypatch)


def check_two_processes(system, devices, tmp_path, monkeypatch):
    monkeypatch.setenv("XNER_SELECTIONS", "all")
    monkeypatch.setenv("XNER_GOLD", "yes")

    def config(name):
        config = tiny_config(system, tmp_path / name)
        callback(config, "source_passes")["num_passes"] = 6
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=4)
        if system == "mean_teacher":
            # The first labels come back, with the source's share of entities.
            callback(config, "pseudo_labels")["min_agreement"] = 1.0
            config["trainer"]["moving_average"]["decay"] = 0.9
        # Batches that two processes cannot halve; 48 sentences leave a last batch of 6.
        config["data_loader"]["batch_size"] = 7
        # Larger steps would make rounding errors grow.
        config["trainer"]["optimizer"]["lr"] = 0.2
        config["model"]["dropout"] = 0.0
        return config

    model = train(config("one_data"), tmp_path / "one")
    # What DistributedDataParallel need not send at every step: all buffers but a single number.
    frozen = set(dict(model.named_buffers())) - set(model._ddp_params_and_buffers_to_ignore)
    assert sum(model.get_buffer(name).numel() for name in frozen) == 1
    two = config("two_data")
    two["distributed"] = {
        "cuda_devices": devices,
        # The target encoder rests while the source path is pre-trained.
        "ddp_accelerator": {"type": "torch", "find_unused_parameters": True},
    }
    train(two, tmp_path / "two")

    expected, found = weights_of(tmp_path / "one"), weights_of(tmp_path / "two")
    assert expected.keys() == found.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], atol=1e-4, rtol=1e-3)
    metrics = [json.loads((tmp_path / n / "metrics.json").read_text()) for n in ("one", "two")]
    scores = [{k: v for k, v in m.items() if "_f1" in k} for m in metrics]
    assert scores[0] == pytest.approx(scores[1])
    assert {"best_target_f1_epoch", "best_target_test_f1_epoch"} <= scores[0].keys()
    journals = [(tmp_path / n / "pseudo_labels.jsonl").read_text() for n in ("one", "two")]
    assert journals[0] == journals[1] and '"f1"' in journals[0]
    logs = [(tmp_path / "two" / f"out_worker{rank}.log").read_text() for rank in (0, 1)]
    rounds = [
        [
            line.split("round ")[1]
            for line in log.split("\n")
            if ", round " in line and "entities" in line
        ]
        for log in logs
    ]
    assert rounds[0] == rounds[1] and rounds[0], "both work with the same labels"
    if system == "mean_teacher":
        assert all("the labels of the first round stay" in log for log in logs)
