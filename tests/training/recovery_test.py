"""An interrupted run that is recovered ends with the same weights, to the last bit."""

import json

import pytest
import torch
from allennlp.training.callbacks import TrainerCallback

from tests.tiny_runs import callback, tiny_config, train


class Interruption(Exception):
    pass


@TrainerCallback.register("interrupt_after")
class InterruptAfter(TrainerCallback):
    """Stops training after so many batches, as a power cut would."""

    # Not in the config, which must be the same when the run is recovered.
    batches = -1

    def on_batch(self, trainer, *args, is_training=True, **kwargs):
        type(self).batches -= is_training
        if self.batches == 0:
            raise Interruption()


def final_state(folder):
    states = sorted(folder.glob("model_state_*.th"))
    return torch.load(states[-1]), torch.load(str(states[-1]).replace("model", "training"))


@pytest.mark.parametrize("system", ["cross_shared", "cross_augmented"])
@pytest.mark.parametrize("batches_per_epoch, save_every", [(None, None), (4, None), (4, 1)])
def test_recovered_run_equals_an_uninterrupted_one(
    system, batches_per_epoch, save_every, tmp_path, monkeypatch
):
    monkeypatch.setenv("XNER_SELECTIONS", "all")
    # 48 sentences are 3 batches a pass; rounds of 2 batches start and end inside epochs.
    config = tiny_config(system, tmp_path / "data")
    config["data_loader"]["batches_per_epoch"] = batches_per_epoch
    callback(config, "source_passes")["num_passes"] = 12
    config["trainer"]["checkpointer"] = {
        "type": "atomic",
        "save_every_num_batches": save_every,
    }
    if system == "cross_augmented":
        callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=9)
        # Enough for the teacher to find some entities after 27 batches.
        config["trainer"]["optimizer"]["lr"] = 0.5
        config["model"]["dropout"] = 0.1
    config["trainer"]["callbacks"]["interrupt_after"] = {}
    train(config, tmp_path / "whole")

    monkeypatch.setattr(InterruptAfter, "batches", 30)
    with pytest.raises(Interruption):
        train(config, tmp_path / "recovered")
    train(config, tmp_path / "recovered", recover=True)

    weights, state = final_state(tmp_path / "whole")
    recovered_weights, recovered_state = final_state(tmp_path / "recovered")
    assert weights.keys() == recovered_weights.keys()
    for name in weights:
        assert torch.equal(weights[name], recovered_weights[name]), name
    for file in ("best_target_f1.th", "best_target_test_f1.th"):
        kept, recovered = (torch.load(tmp_path / run / file) for run in ("whole", "recovered"))
        assert all(torch.equal(kept[name], recovered[name]) for name in kept), file
    ours, theirs = (
        json.loads((tmp_path / run / "metrics.json").read_text()) for run in ("whole", "recovered")
    )
    recorded = [name for name in ours if name.startswith("best_")]
    assert {"best_epoch", "best_target_f1_epoch", "best_target_test_f1_epoch"} <= set(recorded)
    assert {name: ours[name] for name in recorded} == {name: theirs[name] for name in recorded}
    tracker = state["metric_tracker"]
    assert tracker == recovered_state["metric_tracker"]
    if system == "cross_augmented":
        ours, theirs = state["callbacks"][3], recovered_state["callbacks"][3]
        assert ours["round"] == theirs["round"] > 2
        journals = [
            (tmp_path / run / "pseudo_labels.jsonl").read_text() for run in ("whole", "recovered")
        ]
        assert journals[0] == journals[1] and journals[0].count("\n") == theirs["round"]
        assert len(ours["labels"]), "no entity was ever labelled; the test shows nothing"
        for key in ("labels", "rows", "generator", "order"):
            assert torch.equal(ours[key], theirs[key]), key


@pytest.mark.parametrize("patience", [None, 1])
def test_a_run_that_was_stopped_after_its_last_epoch(patience, tmp_path):
    """It trains no further, even if it ended for want of patience, and has all of its metrics."""
    config = tiny_config("cross_shared", tmp_path / "data", trainer__optimizer__lr=1e-9)
    config["trainer"]["patience"] = patience
    callback(config, "source_passes")["num_passes"] = 4
    train(config, tmp_path / "run")
    epochs = sorted(path.name for path in (tmp_path / "run").glob("metrics_epoch_*.json"))
    assert len(epochs) == (4 if patience is None else 2)
    whole = json.loads((tmp_path / "run" / "metrics.json").read_text())
    for name in ("metrics.json", "model.tar.gz"):
        (tmp_path / "run" / name).unlink()
    (tmp_path / "run").rename(tmp_path / "moved")

    train(config, tmp_path / "moved", recover=True)
    assert epochs == sorted(path.name for path in (tmp_path / "moved").glob("metrics_epoch_*"))
    recovered = json.loads((tmp_path / "moved" / "metrics.json").read_text())
    assert recovered.keys() == whole.keys()
    measured = ("training_duration", "memory_MB")
    for name in whole:
        if not name.endswith(measured):
            assert recovered[name] == whole[name], name
