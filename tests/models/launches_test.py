"""
What a GPU would be asked for, counted on the CPU: the code that runs there, with every operation a
kernel, and every look at a tensor's values a wait. Ceilings on counts, not on times.
"""

import collections
import functools

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.models.cross_lingual_crf_tagger_test import parts
from xner_allennlp.modules.crf import log_likelihood
from xner_allennlp.modules.encoders import bidirectional_lstm

pytestmark = pytest.mark.skipif(
    torch.__version__ < "2", reason="operations cannot be counted in this torch"
)

# Neither views nor allocations start a kernel.
FREE = ("detach", "alias", "empty", "new_empty", "empty_like", "_unsafe_view", "lift_fresh")
WAITS = ("_local_scalar_dense", "nonzero", "unique_dim", "_unique2", "masked_select", "equal")


class Counts(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.kernels, self.waits = collections.Counter(), collections.Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name.split("::")[-1]
        if name in WAITS:
            self.waits[name] += 1
        elif not getattr(func, "is_view", False) and name not in FREE:
            self.kernels[name] += 1
        return func(*args, **(kwargs or {}))


@pytest.fixture
def as_on_cuda(monkeypatch):
    """Fused encoders, scanned CRF; `looks` gathers what the host asks of a tensor."""
    looks = collections.Counter()
    monkeypatch.setattr(bidirectional_lstm, "_is_for_numpy", lambda features: False)
    monkeypatch.setattr(log_likelihood, "_step_by_step", log_likelihood._by_scan)
    kernel = torch.lstm

    def one_kernel(*args, **kwargs):
        looks["lstm"] += 1
        return kernel(*args, **kwargs)

    monkeypatch.setattr(torch, "lstm", one_kernel)
    for name in ("cpu", "numpy", "tolist", "item"):
        asked = getattr(torch.Tensor, name)

        def look(tensor, *args, _name=name, _asked=asked, **kwargs):
            looks[_name] += 1
            return _asked(tensor, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, look)
    return looks


def count_of(run):
    with Counts() as counts:
        run()
    return counts


def test_a_joint_step_waits_for_nothing(as_on_cuda, tmp_path):
    model, batches = parts("cross_augmented", tmp_path)
    model.train()
    as_on_cuda.clear()
    counts = count_of(lambda: model(**batches["source"], target=batches["target"]))
    # Four encoders: of words and of characters, of source and of target.
    assert as_on_cuda == {"lstm": 4}
    assert not counts.waits


def test_the_crf_needs_few_kernels(as_on_cuda):
    def learn(length):
        logits = torch.randn(16, length, 17, requires_grad=True)
        transitions = torch.randn(17, 17, requires_grad=True)
        tags, mask = torch.zeros(16, length).long(), torch.ones(16, length, dtype=torch.bool)
        log_likelihood.LogLikelihood.apply(logits, transitions, tags, mask).sum().backward()

    kernels = []
    for length in (20, 40):
        counts = count_of(functools.partial(learn, length))
        assert not counts.waits and not as_on_cuda
        kernels.append(sum(counts.kernels.values()))
    # Twice the length is one more doubling.
    assert kernels[0] < kernels[1] <= kernels[0] + 6 and kernels[1] < 110


def test_an_evaluation_asks_for_values_only_to_decode(as_on_cuda, tmp_path):
    model, batches = parts("cross_augmented", tmp_path)
    model.eval()
    as_on_cuda.clear()
    with torch.no_grad():
        counts = count_of(lambda: model.emissions(batches["target"]["tokens"], "target"))
    assert as_on_cuda == {"lstm": 4} and not counts.waits
