"""An interrupted run that is recovered ends with the same weights, to the last bit."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import requires_gpu
from allennlp.training.callbacks import TrainerCallback

from tests.tiny_runs import callback, tiny_config, train, train_teachers
from xner_allennlp.data import ConllNerReader, CrossLingualDataLoader, Processes
from xner_allennlp.training import AtomicCheckpointer, ExactRecovery
from xner_allennlp.training.trainer_internals import recovered_step


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


def train_whole_and_recovered(config, folder, monkeypatch, batches):
    """Trains in `whole`, and in `recovered`, which is interrupted after so many batches."""
    config["trainer"]["callbacks"]["interrupt_after"] = {}
    train(config, folder / "whole")
    monkeypatch.setattr(InterruptAfter, "batches", batches)
    with pytest.raises(Interruption):
        train(config, folder / "recovered")
    train(config, folder / "recovered", recover=True)


def final_state(folder):
    states = sorted(folder.glob("model_state_*.th"))
    return torch.load(states[-1]), torch.load(str(states[-1]).replace("model", "training"))


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    return train_teachers(tmp_path_factory.mktemp("teachers"))


@pytest.mark.parametrize("system", ["cross_shared", "cross_augmented", "cross_distilled"])
@pytest.mark.parametrize("batches_per_epoch, save_every", [(None, None), (4, None), (4, 1)])
def test_recovered_run_equals_an_uninterrupted_one(
    system, batches_per_epoch, save_every, tmp_path, monkeypatch, teachers
):
    monkeypatch.setenv("XNER_TEACHERS", ",".join(teachers))
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
    train_whole_and_recovered(config, tmp_path, monkeypatch, batches=30)

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
        for key in ("labels", "rows", "generator", "order", "first"):
            assert torch.equal(ours[key], theirs[key]), key


@pytest.mark.parametrize("min_agreement", [0.0, 1.0])
def test_a_recovered_moving_average_follows_the_model(min_agreement, tmp_path, monkeypatch):
    """Whose paths label, or whose first labels have come back, and stay."""
    config = tiny_config("mean_teacher", tmp_path / "data")
    config["trainer"]["moving_average"]["decay"] = 0.5
    config["trainer"]["optimizer"]["lr"] = 0.5
    callback(config, "source_passes")["num_passes"] = 14
    labels = {"n_steps": 2, "pretraining_passes": 9, "min_agreement": min_agreement}
    callback(config, "pseudo_labels").update(labels)
    train_whole_and_recovered(config, tmp_path, monkeypatch, batches=30)
    _, state = final_state(tmp_path / "whole")
    _, recovered_state = final_state(tmp_path / "recovered")
    ours, theirs = (each["moving_average"]["shadows"] for each in (state, recovered_state))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    journals = [
        (tmp_path / run / "pseudo_labels.jsonl").read_text() for run in ("whole", "recovered")
    ]
    assert journals[0] == journals[1]
    assert any(json.loads(line)["entities"] for line in journals[0].splitlines())
    ours, theirs = (each["callbacks"][3] for each in (state, recovered_state))
    assert ours["has_returned"] == theirs["has_returned"] == bool(min_agreement)
    assert bool(len(ours["alternatives"])) != ours["has_returned"]
    assert torch.equal(ours["labels"], ours["first"]) == ours["has_returned"]
    assert all(torch.equal(ours[key], theirs[key]) for key in ("labels", "alternatives", "first"))
    for file in ("best.th", "best_target_f1.th"):
        kept, again = (torch.load(tmp_path / run / file) for run in ("whole", "recovered"))
        assert all(torch.equal(kept[name], again[name]) for name in kept), file


@pytest.mark.parametrize("save_every", [None, 1])
def test_a_recovered_transformer_equals_an_uninterrupted_one(save_every, tmp_path, monkeypatch):
    """With accumulated gradients, a schedule over all of training, and pseudo-labels."""
    config = tiny_config("transformer_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 8
    callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=5)
    config["model"]["word_embedders"]["both"]["output_dim"] = 8
    for encoder in ("encoder", "target_encoder"):
        config["model"][encoder].update(
            {key: 8 for key in ("input_dim", "input_size") if key in config["model"][encoder]}
        )
    config["trainer"]["num_gradient_accumulation_steps"] = 2
    config["trainer"]["checkpointer"] = {"type": "atomic", "save_every_num_batches": save_every}
    # A pass has two steps, of two batches and of one.
    train_whole_and_recovered(config, tmp_path, monkeypatch, batches=13)
    weights, state = final_state(tmp_path / "whole")
    recovered_weights, recovered_state = final_state(tmp_path / "recovered")
    assert any("transformer" in name for name in weights)
    for name in weights:
        assert torch.equal(weights[name], recovered_weights[name]), name
    journals = [
        (tmp_path / run / "pseudo_labels.jsonl").read_text() for run in ("whole", "recovered")
    ]
    assert journals[0] == journals[1] != ""
    assert state["metric_tracker"] == recovered_state["metric_tracker"]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="torch without distributed")
def test_a_recovered_run_of_two_processes_equals_an_uninterrupted_one(tmp_path):
    config = tiny_config("cross_shared", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 4
    # -1 is the CPU. Shares of 4 and 3 sentences: the processes draw unlike dropout.
    config["distributed"] = {"cuda_devices": [-1, -1]}
    config["data_loader"]["batch_size"] = 7
    config["trainer"]["checkpointer"]["keep_most_recent_by_count"] = None
    train(config, tmp_path / "whole")
    # What a run leaves that is killed after its second epoch.
    kept = shutil.ignore_patterns("*_e[34]_*", "metrics*", "model.tar.gz")
    shutil.copytree(tmp_path / "whole", tmp_path / "recovered", ignore=kept)
    _, state = final_state(tmp_path / "recovered")
    recovery = next(each for each in state["callbacks"] if "random_states" in each)
    first, second = (each["cpu"] for each in recovery["random_states"])
    assert not torch.equal(first, second), "the test shows nothing"
    train(config, tmp_path / "recovered", recover=True)
    weights, recovered_weights = (final_state(tmp_path / run)[0] for run in ("whole", "recovered"))
    for name in weights:
        assert torch.equal(weights[name], recovered_weights[name]), name


@requires_gpu
@pytest.mark.parametrize("use_amp", [False, True])
def test_a_recovered_run_on_a_gpu_equals_an_uninterrupted_one(use_amp, tmp_path, monkeypatch):
    """But for rounding: some kernels add in an order of their own."""
    config = tiny_config("cross_augmented", tmp_path / "data", trainer__cuda_device=0)
    config["trainer"]["use_amp"] = use_amp
    callback(config, "source_passes")["num_passes"] = 12
    callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=9)
    train_whole_and_recovered(config, tmp_path, monkeypatch, batches=30)
    weights, _ = final_state(tmp_path / "whole")
    recovered, _ = final_state(tmp_path / "recovered")
    for name, expected in weights.items():
        torch.testing.assert_close(recovered[name], expected, atol=1e-3, rtol=1e-3)


class Scaler:
    """As much of a `GradScaler` as a checkpoint holds."""

    def __init__(self, scale):
        self.scale = scale

    def state_dict(self):
        return {"scale": self.scale}

    def load_state_dict(self, state):
        self.scale = state["scale"]


class OnCuda(SimpleNamespace):
    """As much of a trainer as the callback looks at."""

    def __init__(self, scale, paths):
        loader = CrossLingualDataLoader(ConllNerReader(), paths, shuffle=True, quiet=True)
        super().__init__(
            _scaler=Scaler(scale),
            data_loader=loader,
            cuda_device=torch.device("cuda", 1),
            _num_gradient_accumulation_steps=1,
            _start_after_epochs_completed=0,
            _start_after_batches_in_epoch_completed=0,
            _metric_tracker=SimpleNamespace(should_stop_early=lambda: False),
            _checkpointer=None,
            _moving_average=None,
        )


def test_the_gradient_scaler_and_the_random_state_of_the_gpu_are_restored(tmp_path, monkeypatch):
    file = str(tmp_path / "file")
    Path(file).write_text("Anna B-PER\n")
    restored = []
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.tensor([device.index]))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *state: restored.append(state))
    before, after = ExactRecovery(str(tmp_path)), ExactRecovery(str(tmp_path))
    before.on_start(OnCuda(128.0, file))
    torch.save(before.state_dict(), tmp_path / "state")
    after.load_state_dict(torch.load(tmp_path / "state"))
    trainer = OnCuda(65536.0, file)
    after.on_start(trainer)
    assert trainer._scaler.scale == 128.0
    assert restored == [(torch.tensor([1]), torch.device("cuda", 1))]


@pytest.mark.parametrize("steps, batches", [(0, 6), (1, 8), (2, 9)])
def test_the_last_step_of_an_epoch_may_be_of_fewer_batches(steps, batches):
    trainer = SimpleNamespace(
        data_loader=range(3),
        _num_gradient_accumulation_steps=2,
        _start_after_epochs_completed=2,
        _start_after_batches_in_epoch_completed=steps,
    )
    assert recovered_step(trainer) == batches


def test_several_processes_do_not_save_by_the_clock(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("Anna B-PER\n")
    trainer = OnCuda(128.0, str(tmp_path / "file"))
    trainer._checkpointer = AtomicCheckpointer(tmp_path, save_every_num_seconds=60)
    recovery = ExactRecovery(str(tmp_path))
    monkeypatch.setattr(recovery, "_processes", Processes(2, 0))
    with pytest.raises(ConfigurationError, match="save_every_num_batches in place of"):
        recovery.on_start(trainer)


def test_a_checkpoint_of_an_earlier_version_is_refused(tmp_path):
    state = {"random_state": torch.get_rng_state(), "metrics": "{}"}
    message = f"checkpoint in {re.escape(str(tmp_path))} lacks grad_scaler, random_states: .* anew"
    with pytest.raises(ConfigurationError, match=message):
        ExactRecovery(str(tmp_path)).load_state_dict(state)


def test_training_on_the_cpu_leaves_cuda_alone(tmp_path, monkeypatch):
    """Also where there is a GPU: to ask for anything of it would initialise CUDA."""

    def refuse(*args, **kwargs):
        raise AssertionError("CUDA is initialised")

    for name in ("get_rng_state", "get_rng_state_all", "current_device", "max_memory_allocated"):
        monkeypatch.setattr(torch.cuda, name, refuse)
    config = tiny_config("cross_shared", tmp_path / "data", trainer__cuda_device=-1)
    callback(config, "source_passes")["num_passes"] = 1
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    train(config, tmp_path / "run")


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
