"""The trainer whose callbacks have names."""

import json
import re
from copy import deepcopy

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import requires_gpu
from allennlp.data import DataLoader, Vocabulary
from allennlp.models import Model
from allennlp.training import GradientDescentTrainer, Trainer
from allennlp.training.callbacks import TrainerCallback

from tests.tiny_runs import ROOT, callback, tiny_config, train, train_teachers, weights_of


@TrainerCallback.register("named")
class Named(TrainerCallback):
    def __init__(self, serialization_dir: str, mark: str = "") -> None:
        super().__init__(serialization_dir)
        self.mark = mark


class OneWeight(Model):
    def __init__(self) -> None:
        super().__init__(Vocabulary())
        self.weight = torch.nn.Parameter(torch.zeros(1))


def marks(tmp_path, **config):
    """The marks of a built trainer's callbacks, in the order in which they are called."""
    trainer = Trainer.from_params(
        Params({"type": "named_callbacks", "cuda_device": -1, **config}),
        serialization_dir=str(tmp_path),
        model=OneWeight(),
        data_loader=NoData(),
    )
    assert isinstance(trainer, GradientDescentTrainer)
    return [one.mark for one in trainer._callbacks if isinstance(one, Named)]


class NoData(DataLoader):
    def __init__(self) -> None:
        pass

    def __len__(self) -> int:
        return 1

    def set_target_device(self, device: torch.device) -> None:
        pass


def test_blocks_come_in_the_order_that_is_said_then_by_name(tmp_path):
    callbacks = {
        "a": {"type": "named", "mark": "a"},
        "b": {"type": "named", "mark": "b"},
        "named": {"mark": "its type is its name"},
        "z": {"type": "named", "mark": "z"},
        "nothing": None,
    }
    order = ["z", "not_here", "named", "nothing"]
    assert marks(tmp_path, callbacks=callbacks, callback_order=order) == [
        "z",
        "its type is its name",
        "a",
        "b",
    ]


def test_a_list_is_what_it_is_in_allennlp(tmp_path):
    callbacks = [{"type": "named", "mark": "2"}, {"type": "named", "mark": "1"}, "named"]
    assert marks(tmp_path, callbacks=callbacks, callback_order=["named"]) == ["2", "1", ""]
    assert marks(tmp_path) == []


def test_a_name_that_is_no_type_needs_one(tmp_path):
    with pytest.raises(ConfigurationError, match="mine not in acceptable choices"):
        marks(tmp_path, callbacks={"mine": {}})


@pytest.mark.parametrize("block", [True, "tensorboard", ["a", "b"]])
def test_a_name_without_a_block(block, tmp_path):
    with pytest.raises(ConfigurationError, match=r"trainer.callbacks.mine is .*to be an object"):
        marks(tmp_path, callbacks={"mine": block})


@pytest.mark.parametrize(
    "callbacks", [{"source_passes": {}}, {"passes": {"type": "source_passes"}}, ["source_passes"]]
)
def test_a_number_of_epochs_that_would_have_no_effect(tmp_path, callbacks):
    with pytest.raises(ConfigurationError, match="trainer.callbacks.source_passes.num_passes"):
        marks(tmp_path, callbacks=callbacks, num_epochs=3)


@pytest.mark.parametrize(
    "option, message",
    [
        ({"patiense": 2}, "trainer.patiense is no option of the trainer; is trainer.patience mea"),
        ({"xyz": 2}, "trainer.xyz is no option of the trainer; known are model, serialization_dir"),
        ({"callback_order": "named"}, 'callback_order is "named", but is to be a list'),
    ],
)
def test_an_option_that_would_have_no_effect(tmp_path, option, message):
    with pytest.raises(ConfigurationError, match=message):
        marks(tmp_path, callbacks=["named"], **option)


@pytest.mark.parametrize("early", ["exact_recovery", "pseudo_labels"])
def test_what_asks_for_the_length_of_training_comes_behind_what_says_it(tmp_path, early):
    message = f"source_passes comes behind {early}, which asks"
    # What `-o` with an order of its own leaves to the names.
    with pytest.raises(ConfigurationError, match=message):
        marks(tmp_path, callbacks={early: {}, "source_passes": {}}, callback_order=["named"])
    with pytest.raises(ConfigurationError, match=message):
        marks(tmp_path, callbacks=[early, {"type": "source_passes"}])
    assert marks(tmp_path, callbacks=["named", "source_passes", early]) == [""]


def test_a_callback_of_a_config_is_overridden_by_its_name():
    overrides = {
        "trainer.callbacks.source_passes.num_passes": 5,
        "trainer.callbacks.stop_on_divergence": None,
        "trainer.callbacks.tensorboard": {},
    }
    path = ROOT / "training_configs" / "cross_augmented_en_nl.jsonnet"
    config = Params.from_file(path, json.dumps(overrides)).as_dict(quiet=True)
    assert callback(config, "source_passes") == {"num_passes": 5}
    assert callback(config, "stop_on_divergence") is None
    assert callback(config, "tensorboard") == {}


def test_both_forms_train_the_same(tmp_path):
    config = tiny_config("cross_augmented", tmp_path / "data")
    callback(config, "source_passes")["num_passes"] = 2
    callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=1)
    config["trainer"]["warning"] = "nothing here is real"
    train(config, tmp_path / "object")
    log = (tmp_path / "object" / "out.log").read_text("utf-8")
    assert re.search("WARNING .* nothing here is real", log)
    listed = deepcopy(config)
    blocks, order = config["trainer"]["callbacks"], config["trainer"]["callback_order"]
    listed["trainer"]["callbacks"] = [
        {"type": name, **blocks[name]} for name in order if name in blocks
    ]
    listed["trainer"]["type"] = "gradient_descent"
    del listed["trainer"]["callback_order"], listed["trainer"]["warning"]
    train(listed, tmp_path / "list")
    one, two = weights_of(tmp_path / "object"), weights_of(tmp_path / "list")
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    return train_teachers(tmp_path_factory.mktemp("teachers"))


@requires_gpu
@pytest.mark.parametrize(
    "system",
    [
        "cross_shared",
        "cross_augmented",
        "mean_teacher",
        "cross_distilled",
        "translated",
        "transformer_frozen",
    ],
)
def test_a_gpu_learns_what_the_cpu_does(system, tmp_path, teachers, monkeypatch):
    monkeypatch.setenv("XNER_TEACHERS", ",".join(teachers))
    for name, number in (("cpu", -1), ("gpu", 0)):
        config = tiny_config(system, tmp_path / "data", trainer__cuda_device=number)
        # Nothing drawn by the device, and steps that keep rounding errors small.
        config["model"]["dropout"] = 0.0
        callback(config, "source_passes")["num_passes"] = 4
        if system in ("cross_augmented", "mean_teacher"):
            config["trainer"]["optimizer"]["lr"] = 0.2
            callback(config, "pseudo_labels").update(n_steps=2, pretraining_passes=3)
        train(config, tmp_path / name)
    on_cpu, on_gpu = (weights_of(tmp_path / name) for name in ("cpu", "gpu"))
    assert on_cpu.keys() == on_gpu.keys()
    for name, expected in on_cpu.items():
        torch.testing.assert_close(on_gpu[name].cpu(), expected, atol=1e-3, rtol=1e-3)
