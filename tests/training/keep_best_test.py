"""The weights that are best by a second metric."""

import json

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.training import KeepBest


@pytest.mark.parametrize("sign, best", [("+", max), ("-", min)])
def test_keeps_the_weights_of_the_best_epoch(sign, best, tmp_path):
    config = tiny_config("cross_shared", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 4
    callback(config, "keep_best_target_f1")["metric"] = f"{sign}target_loss_of_nothing"
    config["trainer"]["callbacks"]["keep_best"] = {"metric": f"{sign}loss"}
    config["trainer"]["checkpointer"] = {"keep_most_recent_by_count": None}
    train(config, tmp_path / "run")
    losses = [
        json.loads((tmp_path / "run" / f"metrics_epoch_{epoch}.json").read_text())[
            "validation_loss"
        ]
        for epoch in range(4)
    ]
    kept = torch.load(tmp_path / "run" / "best_loss.th")
    epoch = losses.index(best(losses))
    expected = torch.load(tmp_path / "run" / f"model_state_e{epoch + 1}_b0.th")
    assert all(torch.equal(kept[name], expected[name]) for name in expected)
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["best_loss"] == best(losses)
    assert not (tmp_path / "run" / "best_target_loss_of_nothing.th").exists()
    log = (tmp_path / "run" / "out.log").read_text()
    assert log.count("does not report target_loss_of_nothing, so nothing of it is kept") == 1


def test_bad_metric():
    with pytest.raises(ConfigurationError, match='behind "\\+" or "-"'):
        KeepBest("somewhere", metric="target_f1")
