"""The learning rate against the paper's formula."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler

from xner_allennlp.training import InverseTimeDecay


def optimizer(lr=0.1):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def paper(lr0, decay, passes, floor=0.0001):
    return max(lr0 / (1 + decay * passes), floor)


def test_by_epochs_of_the_trainer():
    sgd = optimizer()
    scheduler = InverseTimeDecay(sgd, decay=0.5, floor=0.03)
    for epoch in range(10):
        assert sgd.param_groups[0]["lr"] == pytest.approx(paper(0.1, 0.5, epoch, 0.03))
        scheduler.step()
    assert sgd.param_groups[0]["lr"] == 0.03


def test_by_passes_when_an_epoch_is_a_part_of_one():
    sgd = optimizer()
    scheduler = InverseTimeDecay(sgd, decay=0.01, batches_per_pass=7)
    for batch in range(30):
        # As the trainer calls it: before the optimizer's step, counting from 1.
        scheduler.step_batch(batch + 1)
        assert sgd.param_groups[0]["lr"] == pytest.approx(paper(0.1, 0.01, batch // 7))
        if batch % 3 == 2:
            scheduler.step(0.5)
            assert sgd.param_groups[0]["lr"] == pytest.approx(paper(0.1, 0.01, batch // 7))


@pytest.mark.parametrize("rates, told", [([0.1, 1e-4], None), ([3e-5, 0.1], "of 3e-05 is below")])
def test_a_rate_below_the_floor_is_told(rates, told, caplog):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    sgd = torch.optim.SGD(groups, lr=0.1)
    InverseTimeDecay(sgd, batches_per_pass=7).step_batch(1)
    assert [group["lr"] for group in sgd.param_groups] == [max(rate, 1e-4) for rate in rates]
    assert (told in caplog.text) if told else not caplog.text


def test_state_goes_on():
    first = InverseTimeDecay(optimizer(), batches_per_pass=2)
    for batch in range(5):
        first.step_batch(batch + 1)
    sgd = optimizer()
    second = InverseTimeDecay(sgd)
    second.load_state_dict(first.state_dict())
    second.step_batch(7)
    assert sgd.param_groups[0]["lr"] == pytest.approx(paper(0.1, 0.01, 3))


def test_from_params_has_the_papers_defaults():
    scheduler = LearningRateScheduler.from_params(
        Params({"type": "inverse_time_decay"}), optimizer=optimizer()
    )
    assert (scheduler.decay, scheduler.floor) == (0.01, 0.0001)


@pytest.mark.parametrize("options", [{"decay": -1.0}, {"floor": -1.0}, {"batches_per_pass": 0}])
def test_bad_options(options):
    with pytest.raises(ConfigurationError, match="inverse_time_decay"):
        InverseTimeDecay(optimizer(), **options)
