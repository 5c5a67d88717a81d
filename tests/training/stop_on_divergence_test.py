"""A diverging run stops in the batch in which it diverges, and keeps what it had."""

import json
import math

import pytest
import torch
from allennlp.training.callbacks import TrainerCallback

from tests.tiny_runs import callback, tiny_config, train
from xner_allennlp.training import DivergenceError, StopOnDivergence


@TrainerCallback.register("spoil")
class Spoil(TrainerCallback):
    """Puts a number that is not finite into a weight or a gradient, at the end of a batch."""

    def __init__(self, serialization_dir, what, batches, value):
        super().__init__(serialization_dir)
        self.what, self.left, self.value = what, batches, float(value)

    def on_backward(self, trainer, batch_outputs, backward_called, **kwargs):
        if self.left == 1 and self.what == "gradient":
            self._poison(trainer).register_hook(lambda gradient: gradient * self.value)
        return False

    def on_batch(self, trainer, *args, is_training=True, **kwargs):
        self.left -= is_training
        if self.left == 0 and is_training and self.what == "weight":
            self._poison(trainer).data.fill_(self.value)

    def _poison(self, trainer):
        return trainer.model.target_dense.weight


@pytest.fixture
def config(tmp_path):
    config = tiny_config("cross_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 4
    # 3 batches are a pass, and an epoch; the target path is trained from the first one.
    callback(config, "pseudo_labels").update(n_steps=100, pretraining_passes=0, min_length=1000)
    callback(config, "pseudo_labels").update(max_length=1000)
    return config


def spoil(config, **options):
    # Before the callback that is to notice.
    config["trainer"]["callbacks"]["spoil"] = options
    config["trainer"]["callback_order"].insert(0, "spoil")


def assert_good_state_is_kept(run, epochs):
    state = torch.load(run / f"model_state_e{epochs}_b0.th")
    for weights in (state, torch.load(run / "best.th"), torch.load(run / "best_target_f1.th")):
        assert all(bool(torch.isfinite(weight).all()) for weight in weights.values())
    assert not (run / "model.tar.gz").exists() and not (run / "metrics.json").exists()
    assert len(list(run.glob("metrics_epoch_*.json"))) == epochs


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("what", ["weight", "gradient"])
def test_training_stops_in_that_batch(config, tmp_path, monkeypatch, what, value):
    monkeypatch.setattr(
        "xner_allennlp.training.target_batches.entity_types", lambda labels, names: {"PER": 1}
    )
    spoil(config, what=what, batches=5, value=value)
    with pytest.raises(DivergenceError) as told:
        train(config, tmp_path / "run")
    message = str(told.value)
    if what == "weight":
        # Noticed by the next batch's loss, in which only the target path is spoilt.
        assert "epoch 1, batch 3: the loss is nan (source " in message
        assert "target nan)" in message and "source nan" not in message
    else:
        assert "epoch 1, batch 2: the norm of the gradient is" in message
    for setting in ("learning rate is 0.0", "grad_norm is 5", "trainer.optimizer.lr"):
        assert setting in message
    assert_good_state_is_kept(tmp_path / "run", epochs=1)


def test_the_last_batch_of_an_epoch_is_not_kept(config, tmp_path, monkeypatch):
    """Nobody has seen the loss of such weights yet."""
    monkeypatch.setattr(
        "xner_allennlp.training.target_batches.entity_types", lambda labels, names: {"PER": 1}
    )
    spoil(config, what="weight", batches=6, value="nan")
    with pytest.raises(DivergenceError, match="target_dense.weight.*is not written"):
        train(config, tmp_path / "run")
    state = torch.load(tmp_path / "run" / "model_state_e1_b0.th")
    assert all(bool(torch.isfinite(weight).all()) for weight in state.values())
    assert not (tmp_path / "run" / "model_state_e2_b0.th").exists()


def test_a_learning_rate_that_is_far_too_high(config, tmp_path):
    config["trainer"]["optimizer"]["lr"] = 1e30
    config["trainer"]["grad_norm"] = False
    with pytest.raises(DivergenceError, match="learning rate is 1e"):
        train(config, tmp_path / "run")


class Trainer:
    """As much of a trainer as the callback looks at."""

    _epochs_completed, _batches_in_epoch_completed = 2, 4
    _grad_norm, _grad_clipping = 5.0, None

    def __init__(self, scaler=None):
        self.model = torch.nn.Linear(1, 1)
        self._scaler = scaler
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)


class Scaler:
    """A `GradScaler` that has met an infinite gradient in every step."""

    scale = 65536.0

    def get_scale(self):
        self.scale /= 2
        return self.scale


@pytest.mark.parametrize("norm", [math.inf, math.nan])
def test_an_infinite_gradient_stops_training(tmp_path, norm):
    watch, trainer = StopOnDivergence(str(tmp_path)), Trainer()
    watch.on_start(trainer)
    arguments = (trainer, [], [], {}, 2, 4)
    watch.on_batch(*arguments, is_training=True, batch_grad_norm=None)
    watch.on_batch(*arguments, is_training=False, batch_grad_norm=norm)
    with pytest.raises(DivergenceError, match="epoch 2, batch 4: the norm of the gradient"):
        watch.on_batch(*arguments, is_training=True, batch_grad_norm=norm)


@pytest.mark.parametrize("norm", [math.inf, math.nan, None])
def test_mixed_precision_passes_over_infinite_gradients_but_not_for_ever(tmp_path, norm):
    watch, trainer = StopOnDivergence(str(tmp_path)), Trainer(Scaler())
    watch.on_start(trainer)
    arguments = (trainer, [], [], {}, 2, 4)
    # A finite one is no reason to read the scale, for which a GPU would be waited.
    watch.on_batch(*arguments, is_training=True, batch_grad_norm=1.0)
    assert trainer._scaler.scale == Scaler.scale
    for _ in range(20):
        watch.on_batch(*arguments, is_training=True, batch_grad_norm=norm)
    with pytest.raises(DivergenceError, match="batch 4: gradients in mixed precision .*scale"):
        for _ in range(20):
            watch.on_batch(*arguments, is_training=True, batch_grad_norm=norm)


def test_a_healthy_run_is_not_changed(tmp_path):
    metrics = []
    for watched in (True, False):
        config = tiny_config("cross_shared", tmp_path / "data")
        callback(config, "source_passes")["num_passes"] = 2
        if not watched:
            del config["trainer"]["callbacks"]["stop_on_divergence"]
        train(config, tmp_path / str(watched))
        metrics.append(json.loads((tmp_path / str(watched) / "metrics.json").read_text()))
    assert metrics[0]["training_loss"] == metrics[1]["training_loss"]
