import pytest
import torch

from xner_allennlp.modules.dropout import Dropout


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_the_mask_has_the_distribution_of_dropout(p):
    torch.manual_seed(0)
    inputs = torch.ones(200_000, requires_grad=True)
    outputs = Dropout(p)(inputs)
    outputs.sum().backward()
    assert torch.equal(inputs.grad, outputs.detach())
    values = outputs.unique()
    torch.testing.assert_close(values[-1], torch.tensor(1 / (1 - p)))
    assert set(values.tolist()) <= {0.0, values[-1].item()}
    # Five standard deviations.
    deviation = (p * (1 - p) / len(inputs)) ** 0.5
    assert abs((outputs == 0).float().mean().item() - p) <= 5 * deviation


def test_a_seed_repeats_it_and_evaluation_switches_it_off():
    dropout, inputs = Dropout(0.5), torch.ones(100)
    torch.manual_seed(3)
    first = dropout(inputs)
    torch.manual_seed(3)
    assert torch.equal(dropout(inputs), first)
    assert dropout.eval()(inputs) is inputs or torch.equal(dropout(inputs), inputs)
    assert (Dropout(1.0)(inputs) == 0).all()
