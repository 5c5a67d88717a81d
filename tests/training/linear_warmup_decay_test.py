"""The learning rate of fine-tuning."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from xner_allennlp.training import LinearWarmupDecay


def optimizer():
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (1.0, 0.1)]
    return torch.optim.SGD(groups, lr=5.0)


def rates(scheduler, steps):
    for step in steps:
        scheduler.step_batch(step)
        yield [group["lr"] for group in scheduler.optimizer.param_groups]


def test_rises_and_falls_in_each_group():
    scheduler = LinearWarmupDecay(optimizer(), warmup=0.2)
    scheduler.set_length(5, 20)
    found = list(rates(scheduler, range(1, 21)))
    expected = [0.25, 0.5, 0.75] + [(21 - step) / 17 for step in range(4, 21)]
    assert [first for first, _ in found] == pytest.approx(expected)
    assert [second for _, second in found] == pytest.approx([0.1 * rate for rate in expected])


def test_without_warmup():
    scheduler = LinearWarmupDecay(optimizer(), warmup=0)
    scheduler.set_length(1, 4)
    assert [rate for rate, _ in rates(scheduler, range(1, 5))] == pytest.approx(
        [1, 0.75, 0.5, 0.25]
    )


def test_state_goes_on():
    first = LinearWarmupDecay(optimizer())
    first.set_length(5, 20)
    *_, last = rates(first, range(1, 8))
    second = LinearWarmupDecay(optimizer())
    second.load_state_dict(first.state_dict())
    second.set_length(5, 20)
    assert list(rates(second, [7])) == [last]
    second.step()
    assert list(rates(second, [8])) == list(rates(first, [8]))


def test_bad_options():
    with pytest.raises(ConfigurationError, match="warmup is a part of training"):
        LinearWarmupDecay(optimizer(), warmup=1)
    with pytest.raises(ConfigurationError, match="needs the trainer callback `source_passes`"):
        LinearWarmupDecay(optimizer()).step_batch(1)
