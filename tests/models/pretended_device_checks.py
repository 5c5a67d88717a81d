"""
What a GPU would be asked for by a step, an evaluation and a relabelling: the host waits for nothing
that it does not need, and kernels have ceilings; counts, not times. Results are those of the CPU.
`pretended_device_test.py` runs these tests.
"""

import copy

import numpy as np
import pytest
import torch

from tests.pretended_device import DEVICE, move, pretended_device
from tests.tiny_steps import step, tiny_tagger
from xner_allennlp.data import TargetPool
from xner_allennlp.models import CrossLingualCrfTagger
from xner_allennlp.modules.crf import log_likelihood


@pytest.fixture(name="requests")
def _requests(monkeypatch):
    """What the device is asked for."""
    # A tensor that was made in inference mode cannot pretend to be elsewhere.
    predict = torch.no_grad()(CrossLingualCrfTagger.predict_tag_ids.__wrapped__)
    monkeypatch.setattr(CrossLingualCrfTagger, "predict_tag_ids", predict)
    with pretended_device() as requests:
        yield requests


@pytest.fixture(name="tagger", params=["cross_augmented", "cross_shared", "cross_word"])
def _tagger(request, tmp_path):
    return tiny_tagger(request.param, tmp_path)


def on_device(model):
    copied = copy.deepcopy(model)
    move(copied)
    return copied


@pytest.mark.parametrize(
    "tagger, is_mean_teacher",
    [
        ("cross_augmented", False),
        ("cross_augmented", True),
        ("cross_shared", False),
        ("cross_word", False),
    ],
    indirect=["tagger"],
)
def test_a_step_waits_for_nothing(is_mean_teacher, tagger, requests):
    model, loader, _ = tagger
    expected = step(model, loader, torch.device("cpu"), is_mean_teacher)
    copied = on_device(model)
    requests.clear()
    found = step(copied, loader, torch.device(DEVICE), is_mean_teacher)
    assert not requests.waits and not requests.fetched
    # All batches of a joint step go through each part together, once; words and characters have an
    # LSTM.
    is_joint = model.target_encoder is not None
    assert requests.kernels.total() < (350 if is_mean_teacher else 300 if is_joint else 200)
    lstms = sum(number for key, number in requests.kernels.items() if key.startswith("lstm,"))
    assert lstms == (4 if is_joint else 2)
    for ours, theirs in zip(found, expected):
        torch.testing.assert_close(ours.cpu(), theirs, rtol=1e-5, atol=1e-6)


def check_labelling(requests, num_batches):
    """Scores, weights, constraints and lengths are fetched at once; the path's flag is awaited."""
    assert requests.fetched.total() == 4 * num_batches
    assert requests.waits.total() <= num_batches, requests.waits
    assert requests.kernels.total() < 70 * num_batches


def test_an_evaluation_waits_to_decode(tagger, requests):
    model, _, labelled = tagger
    expected = labelled.evaluate(model)
    copied = on_device(model)
    requests.clear()
    assert labelled.evaluate(copied) == expected
    check_labelling(requests, num_batches=len(labelled) // 16)


def test_a_relabelling_waits_to_decode(tagger, requests):
    model, loader, _ = tagger
    pools = []
    for teacher, device in ((model, "cpu"), (on_device(model), DEVICE)):
        loader.set_target_device(torch.device(device))
        pools.append(TargetPool(loader, seed=1, batch_size=8))
        requests.clear()
        pools[-1].label(
            lambda tokens, by=teacher: by.eval().predict_tag_ids(tokens, "source"), 100, 8
        )
    assert pools[0].labels.keys() == pools[1].labels.keys() and len(pools[0].labels) > 40
    for index, tag_ids in pools[0].labels.items():
        np.testing.assert_array_equal(pools[1].labels[index], tag_ids)
    check_labelling(requests, num_batches=len(pools[0]) // 8)


def test_the_likelihood_needs_few_kernels_more_for_twice_the_length(requests):
    kernels = []
    for length in (20, 40):
        logits = torch.randn(16, length, 17).to(DEVICE).requires_grad_()
        transitions = torch.randn(17, 17).to(DEVICE).requires_grad_()
        tags = torch.zeros(16, length, dtype=torch.long).to(DEVICE)
        mask = torch.ones(16, length, dtype=torch.bool).to(DEVICE)
        requests.clear()
        log_likelihood.LogLikelihood.apply(logits, transitions, tags, mask).sum().backward()
        assert not requests.waits and not requests.fetched
        kernels.append(requests.kernels.total())
    # Twice the length is one more doubling.
    assert kernels[0] < kernels[1] <= kernels[0] + 6 and kernels[1] < 110


def test_what_a_gpu_refuses_is_refused(requests):
    here, there = torch.ones(3), torch.ones(3).to(DEVICE)
    with pytest.raises(RuntimeError, match="tensors on the CPU and on pretended:0"):
        here + there
    with pytest.raises(TypeError, match="is no array"):
        there.numpy()
    # A number is no tensor of the CPU; a mask must be looked at before its result has a shape.
    assert (there * torch.tensor(2.0))[there > 0].tolist() == [2.0, 2.0, 2.0]
    assert {key.partition(",")[0] for key in requests.waits} == {"_to_copy", "index", "tolist"}
