"""Whatever a killed run has left, the newest whole checkpoint is found, and its `best.th`."""

import os
import shutil
from types import SimpleNamespace

import pytest
import torch
from allennlp.training.checkpointer import Checkpointer

from xner_allennlp.common import FullDiskError
from xner_allennlp.training import AtomicCheckpointer, DivergenceError
from xner_allennlp.training.atomic_checkpointer import BeforeCheckpoint


class State:
    """As much of a trainer as a checkpointer looks at."""

    def __init__(self, epochs, batches=0, is_best=True, weight=None, **more):
        value = torch.full((3,), 10.0 * epochs + batches if weight is None else weight)
        self.model = torch.nn.Module()
        self.model.weight = torch.nn.Parameter(value)
        self.model.register_buffer("count", torch.tensor(epochs))
        # As attention has them: no sign of divergence.
        self.model.register_buffer("mask", torch.tensor([0.0, float("-inf")]))
        self.model_state = {name: each.detach() for name, each in self.model.state_dict().items()}
        self.trainer_state = {
            "version": 1,
            "epochs_completed": epochs,
            "batches_in_epoch_completed": batches,
            "metric_tracker": {"is_best_so_far": is_best},
            "best_model_filename": None,
            **more,
        }

    # There are no callbacks.
    _callbacks = ()

    def get_checkpoint_state(self):
        return self


def checkpointer(folder, **options):
    return AtomicCheckpointer(folder, **options)


def weight_of(path):
    return float(torch.load(path)["weight"][0])


def found(folder):
    checkpoint = checkpointer(folder).load_checkpoint()
    return checkpoint and float(checkpoint.model_state["weight"][0])


def names(folder):
    return sorted(os.listdir(folder))


def test_is_registered(tmp_path):
    made = Checkpointer.by_name("atomic")(str(tmp_path), keep_most_recent_by_count=1)
    assert isinstance(made, AtomicCheckpointer)


def test_saves_and_finds_the_newest(tmp_path):
    saver = checkpointer(tmp_path, keep_most_recent_by_count=1)
    assert found(tmp_path) is None
    for state in (State(1), State(1, 7), State(2)):
        saver.save_checkpoint(state)
        assert found(tmp_path) == float(state.model_state["weight"][0])
    assert names(tmp_path) == ["best.th", "model_state_e2_b0.th", "training_state_e2_b0.th"]


@pytest.mark.parametrize("stops_at", ["model_state_e2_b0.th", "training_state_e2_b0.th"])
def test_a_checkpoint_half_written_is_none(tmp_path, monkeypatch, stops_at):
    saver = checkpointer(tmp_path, keep_most_recent_by_count=1)
    saver.save_checkpoint(State(1))
    replace = os.replace

    class Killed(BaseException):
        pass

    def stop(temporary, path):
        if os.path.basename(path) == stops_at:
            raise Killed()
        replace(temporary, path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stop)
        with pytest.raises(Killed):
            saver.save_checkpoint(State(2, weight=-1.0))
    assert found(tmp_path) == 10.0
    # The recovered run comes to the same point, and what was left there does not count.
    checkpointer(tmp_path, keep_most_recent_by_count=1).save_checkpoint(State(2))
    assert found(tmp_path) == 20.0
    assert names(tmp_path) == ["best.th", "model_state_e2_b0.th", "training_state_e2_b0.th"]


def test_every_process_comes_to_a_checkpoint_at_the_same_step(tmp_path):
    """Also those that write none: what they exchange before it would not match."""

    class Counting(BeforeCheckpoint):
        def before_checkpoint(self):
            asked.append(step)

    asked = []
    trainer = SimpleNamespace(
        _callbacks=[Counting(str(tmp_path))],
        _epochs_completed=0,
        get_checkpoint_state=lambda: None,
    )
    saver = checkpointer(tmp_path, save_every_num_batches=10)
    saver._rank = 1
    for step in range(1, 26):
        trainer._batches_in_epoch_completed = step
        saver.maybe_save_checkpoint(trainer, 0, step)
    assert asked == [10, 20]


def test_halves_that_a_killed_run_left_are_removed(tmp_path):
    saver = checkpointer(tmp_path, keep_most_recent_by_count=1)
    saver.save_checkpoint(State(1))
    (tmp_path / "training_state_e0_b5.th").write_text("its model was removed")
    (tmp_path / "model_state_e1_b3.th").write_text("its training state was never written")
    (tmp_path / "model_state_mine.th").write_text("not a checkpoint")
    assert found(tmp_path) == 10.0
    saver.save_checkpoint(State(2))
    assert names(tmp_path) == [
        "best.th",
        "model_state_e2_b0.th",
        "model_state_mine.th",
        "training_state_e2_b0.th",
    ]


@pytest.mark.parametrize("left", ["nothing", "an older one", "a half", "a link to an older one"])
def test_best_weights_are_made_anew(tmp_path, left):
    """Killed after the checkpoint of the best epoch, before `best.th`."""
    best = tmp_path / "best.th"
    saver = checkpointer(tmp_path)
    saver.save_checkpoint(State(1))
    if left == "an older one":
        shutil.copy(tmp_path / "model_state_e1_b0.th", best)
    elif left == "a half":
        best.write_bytes((tmp_path / "model_state_e1_b0.th").read_bytes()[:100])
    elif left == "a link to an older one":
        os.link(tmp_path / "model_state_e1_b0.th", best)
    saver.save_checkpoint(State(2))
    checkpoint = checkpointer(tmp_path).load_checkpoint()
    assert weight_of(best) == 20.0
    assert weight_of(tmp_path / "model_state_e1_b0.th") == 10.0
    assert checkpoint.trainer_state["best_model_filename"] == str(best)


@pytest.mark.parametrize("state", [State(2, is_best=False), State(2, batches=1)])
def test_best_weights_of_an_earlier_epoch_stay(tmp_path, state):
    best = tmp_path / "best.th"
    saver = checkpointer(tmp_path)
    saver.save_checkpoint(State(1))
    os.link(tmp_path / "model_state_e1_b0.th", best)
    state.trainer_state["best_model_filename"] = "/where/the/folder/was/best.th"
    saver.save_checkpoint(state)
    checkpoint = checkpointer(tmp_path).load_checkpoint()
    assert weight_of(best) == 10.0
    assert checkpoint.trainer_state["best_model_filename"] == str(best)


def test_best_weights_are_the_moving_averages(tmp_path):
    averages = {"parameters": [], "shadows": {"weight": torch.full((3,), 7.0)}, "backups": {}}
    checkpointer(tmp_path).save_checkpoint(State(1, moving_average=averages))
    assert found(tmp_path) == 10.0
    assert weight_of(tmp_path / "best.th") == 7.0
    assert int(torch.load(tmp_path / "best.th")["count"]) == 1


@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_not_written(tmp_path, weight):
    saver = checkpointer(tmp_path, keep_most_recent_by_count=1)
    saver.save_checkpoint(State(1))
    with pytest.raises(DivergenceError, match="weight.*trainer.optimizer.lr"):
        saver.save_checkpoint(State(2, weight=weight))
    assert found(tmp_path) == 10.0


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    saver = checkpointer(tmp_path, keep_most_recent_by_count=1)
    saver.save_checkpoint(State(1))

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FullDiskError, match="model_state_e2_b0.th was not written"):
            saver.save_checkpoint(State(2))
    assert found(tmp_path) == 10.0
    saver.save_checkpoint(State(2))
    assert found(tmp_path) == 20.0
