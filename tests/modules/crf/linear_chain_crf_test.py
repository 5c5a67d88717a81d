"""The CRF against the enumeration of all tag sequences."""

import copy
import itertools

import numpy as np
import pytest
import torch
from allennlp.common.testing import multi_device
from allennlp.modules import ConditionalRandomField
from allennlp.modules.conditional_random_field import allowed_transitions

from xner_allennlp.modules.crf import LinearChainCrf, log_likelihood
from xner_allennlp.modules.crf.log_likelihood import LogLikelihood

NUM_TAGS = 5  # O, B-X, I-X, L-X, U-X
LABELS = {0: "O", 1: "B-X", 2: "I-X", 3: "L-X", 4: "U-X"}
LENGTHS = [4, 1, 3, 5]


@pytest.fixture
def crf():
    torch.manual_seed(0)
    return LinearChainCrf(NUM_TAGS, allowed_transitions("BIOUL", LABELS)).double()


@pytest.fixture
def logits():
    torch.manual_seed(2)
    return 2 * torch.randn(len(LENGTHS), max(LENGTHS), NUM_TAGS, dtype=torch.double)


@pytest.fixture
def mask():
    return torch.arange(max(LENGTHS)).unsqueeze(0) < torch.tensor(LENGTHS).unsqueeze(1)


def score(crf, logits, tags):
    """Equation 1 before normalisation, for one sentence."""
    nodes = sum(logits[step, tag] for step, tag in enumerate(tags))
    edges = sum(crf.transitions[a, b] for a, b in zip(tags, tags[1:]))
    return nodes + edges


def sequences(length):
    return list(itertools.product(range(NUM_TAGS), repeat=length))


def is_allowed(tags):
    names = ["start"] + [LABELS[tag] for tag in tags] + ["end"]
    follows = {"start": "OBU", "O": "OBUe", "L": "OBUe", "U": "OBUe", "B": "IL", "I": "IL"}
    return all(b[0] in follows["start" if a == "start" else a[0]] for a, b in zip(names, names[1:]))


def test_likelihood_is_that_of_the_enumeration(crf, logits, mask):
    torch.manual_seed(3)
    tags = torch.randint(NUM_TAGS, mask.shape)
    expected = 0.0
    for row, length in enumerate(LENGTHS):
        scores = torch.stack([score(crf, logits[row], s) for s in sequences(length)])
        gold = score(crf, logits[row], tags[row, :length].tolist())
        expected = expected + gold - torch.logsumexp(scores, dim=0)
    torch.testing.assert_close(crf(logits, tags, mask), expected)


def test_gradients_are_those_of_the_enumeration(crf, logits, mask):
    tags = torch.zeros(mask.shape, dtype=torch.long)
    logits.requires_grad_()
    crf(logits, tags, mask).backward()
    # d log p / d logit = [gold] - marginal
    gold = torch.nn.functional.one_hot(tags, NUM_TAGS) * mask.unsqueeze(-1)
    torch.testing.assert_close(logits.grad, gold - crf.expected_counts(logits.detach(), mask).unary)


def test_best_paths_are_the_best_allowed_of_the_enumeration(crf, logits, mask):
    paths = crf.best_paths(logits, mask)
    for row, length in enumerate(LENGTHS):
        allowed = [s for s in sequences(length) if is_allowed(s)]
        best = max(allowed, key=lambda s: score(crf, logits[row], s).item())
        assert tuple(paths[row].tolist()) == best


def test_without_constraints_everything_is_allowed(logits, mask):
    torch.manual_seed(0)
    free = LinearChainCrf(NUM_TAGS).double()
    paths = free.best_paths(logits, mask)
    for row, length in enumerate(LENGTHS):
        best = max(sequences(length), key=lambda s: score(free, logits[row], s).item())
        assert tuple(paths[row].tolist()) == best


@pytest.mark.parametrize("scale", [0.1, 3.0, 60.0])
def test_likelihood_and_gradients_equal_allennlps(scale):
    torch.manual_seed(4)
    ours = LinearChainCrf(17)
    stock = ConditionalRandomField(17, include_start_end_transitions=False)
    torch.nn.init.normal_(ours.transitions, std=scale)
    stock.load_state_dict(ours.state_dict())
    lengths = torch.tensor([30, 1, 7, 30, 2])
    mask = torch.arange(30).unsqueeze(0) < lengths.unsqueeze(1)
    tags = torch.randint(17, mask.shape)
    results = []
    for crf in (ours, stock):
        logits = (
            scale * torch.randn(5, 30, 17, generator=torch.Generator().manual_seed(5))
        ).double()
        logits.requires_grad_()
        crf.double()(logits, tags, mask).backward()
        results.append((crf(logits, tags, mask), logits.grad, crf.transitions.grad))
    for mine, theirs in zip(*results):
        torch.testing.assert_close(mine, theirs)
    # In single precision ours comes as close to it as can be written down.
    single = ours.float().log_likelihoods(logits.float(), tags, mask).sum()
    torch.testing.assert_close(single, results[1][0].float())


def test_the_gradient_is_that_of_the_function(crf, logits, mask):
    tags = torch.randint(NUM_TAGS, mask.shape)
    assert torch.autograd.gradcheck(
        lambda scores, transitions: LogLikelihood.apply(scores, transitions, tags, mask),
        (logits.requires_grad_(), crf.transitions),
    )


@pytest.mark.parametrize("scale", [0.1, 3.0, 20.0])
@pytest.mark.parametrize("lengths", [[40, 1, 7, 33], [1, 1], [2], [200, 64, 65, 128, 3]])
def test_the_scan_equals_the_recursion_step_by_step(scale, lengths, monkeypatch):
    torch.manual_seed(4)
    crf = LinearChainCrf(17)
    torch.nn.init.normal_(crf.transitions, std=min(scale, 5.0))
    mask = torch.arange(max(lengths)).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    logits = scale * torch.randn(*mask.shape, 17)
    tags = torch.randint(17, mask.shape)
    results = []
    for _ in range(2):
        crf.zero_grad()
        scores = logits.clone().requires_grad_()
        likelihoods = crf.log_likelihoods(scores, tags, mask)
        likelihoods.sum().backward()
        counts = crf.expected_counts(logits, mask)
        results.append((likelihoods, scores.grad, crf.transitions.grad, *counts))
        monkeypatch.setattr(log_likelihood, "_step_by_step", log_likelihood._by_scan)
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)


def test_what_stands_in_the_padding_does_not_matter(crf, logits, mask):
    tags = torch.randint(NUM_TAGS, mask.shape)
    results = []
    for filler, tag in ((0.0, 0), (float("nan"), -100), (float("inf"), 99)):
        filled = logits.masked_fill(~mask.unsqueeze(2), filler).requires_grad_()
        likelihoods = crf.log_likelihoods(filled, tags.masked_fill(~mask, tag), mask)
        likelihoods.sum().backward()
        assert (filled.grad[~mask] == 0).all()
        paths = torch.from_numpy(np.concatenate(crf.best_paths(filled, mask)))
        results.append((likelihoods, filled.grad, paths))
    for other in results[1:]:
        for one, two in zip(results[0], other):
            assert torch.equal(one, two)


def random_batch(seed):
    """Two CRFs with the same weights, ours and AllenNLP's; logits, mask and lengths."""
    torch.manual_seed(seed)
    constraints = allowed_transitions("BIOUL", LABELS) if seed % 2 else None
    ours = LinearChainCrf(NUM_TAGS, constraints)
    stock = ConditionalRandomField(NUM_TAGS, constraints, include_start_end_transitions=False)
    stock.load_state_dict(ours.state_dict())
    lengths = torch.randint(1, 30, (16,))
    mask = torch.arange(int(lengths.max())).unsqueeze(0) < lengths.unsqueeze(1)
    return ours, stock, torch.randn(16, int(lengths.max()), NUM_TAGS), mask, lengths


@pytest.mark.parametrize("seed", range(6))
def test_best_paths_equal_allennlps(seed):
    ours, stock, logits, mask, lengths = random_batch(seed)
    paths = ours.best_paths(logits, mask)
    for row, (tags, _) in enumerate(stock.viterbi_tags(logits, mask)):
        assert paths[row].tolist() == tags


@pytest.mark.parametrize("seed", range(6))
def test_ties_are_resolved_as_by_the_textbook(seed):
    """Each step remembers the lowest of the best tags; AllenNLP's topk has no such rule."""
    ours, stock, _, mask, lengths = random_batch(seed)
    for crf in (ours, stock):
        torch.nn.init.zeros_(crf.transitions)
    logits = torch.randint(-2, 3, (*mask.shape, NUM_TAGS)).float()
    paths = ours.best_paths(logits, mask)
    forbidden = -1e4 * (1 - ours._constraint_mask)
    for row, (tags, _) in enumerate(stock.viterbi_tags(logits, mask)):
        best = logits[row, 0] + forbidden[NUM_TAGS, :NUM_TAGS]
        pointers = []
        for emission in logits[row, 1 : lengths[row]]:
            reached = best.unsqueeze(1) + forbidden[:NUM_TAGS, :NUM_TAGS]
            pointers.append(reached.numpy().argmax(axis=0))
            best = reached.max(dim=0).values + emission
        path = [int((best + forbidden[:NUM_TAGS, NUM_TAGS + 1]).numpy().argmax())]
        for pointer in reversed(pointers):
            path.append(int(pointer[path[-1]]))
        assert paths[row].tolist() == path[::-1]
        total = logits[row, range(len(path)), path[::-1]].sum().item()
        assert total == logits[row, range(len(tags)), tags].sum().item(), "no worse than AllenNLP's"


def test_among_equal_scores_the_lowest_tag_wins():
    crf = LinearChainCrf(3)
    torch.nn.init.zeros_(crf.transitions)
    paths = crf.best_paths(torch.zeros(2, 4, 3), torch.ones(2, 4, dtype=torch.bool))
    assert [path.tolist() for path in paths] == [[0] * 4] * 2


def test_marginals_are_those_of_the_enumeration(crf, logits, mask):
    marginals = crf.expected_counts(logits, mask).unary
    for row, length in enumerate(LENGTHS):
        weights = {s: score(crf, logits[row], s).exp() for s in sequences(length)}
        total = sum(weights.values())
        for step in range(length):
            for tag in range(NUM_TAGS):
                expected = sum(w for s, w in weights.items() if s[step] == tag) / total
                torch.testing.assert_close(marginals[row, step, tag], expected)
        assert (marginals[row, length:] == 0).all()


def test_segment_probabilities_are_those_of_the_enumeration(crf, logits, mask):
    tags = crf.best_paths(logits, mask)
    segments = [(0, 0, 3), (0, 1, 2), (1, 0, 0), (2, 2, 2), (3, 1, 4), (3, 0, 0)]
    computed = crf.segment_probabilities(logits, mask, tags, segments)
    for (row, first, last), probability in zip(segments, computed):
        wanted = tuple(tags[row][first : last + 1].tolist())
        weights = {s: score(crf, logits[row], s).exp() for s in sequences(LENGTHS[row])}
        expected = sum(w for s, w in weights.items() if s[first : last + 1] == wanted)
        assert probability == pytest.approx((expected / sum(weights.values())).item())
    assert crf.segment_probabilities(logits, mask, tags, []) == []


@multi_device
def test_every_device_has_the_same(device):
    torch.manual_seed(6)
    crf = LinearChainCrf(17)
    mask = torch.arange(60).unsqueeze(0) < torch.tensor([60, 1, 2, *range(20, 49)]).unsqueeze(1)
    logits, tags = 3 * torch.randn(*mask.shape, 17), torch.randint(17, mask.shape)
    results, paths = [], []
    for where in ("cpu", device):
        moved = copy.deepcopy(crf).to(where)
        scores, there = logits.to(where).requires_grad_(), mask.to(where)
        likelihoods = moved.log_likelihoods(scores, tags.to(where), there)
        likelihoods.mean().backward()
        with torch.inference_mode():
            best = moved.best_paths(scores, there)
            counts = moved.expected_counts(scores, there)
            segments = [(0, 0, 3), (3, 2, 2), (5, 1, 9)]
            of_segments = moved.segment_probabilities(scores, there, best, segments)
        gradients = [scores.grad, moved.transitions.grad]
        results.append([likelihoods, *gradients, *counts, torch.tensor(of_segments)])
        paths.append(best)
    for expected, found in zip(*results):
        torch.testing.assert_close(found.cpu(), expected, rtol=1e-5, atol=1e-6)
    for expected, found in zip(*paths):
        np.testing.assert_array_equal(found, expected)


def test_transitions_are_the_only_trained_parameters(crf):
    assert sum(p.numel() for p in crf.parameters() if p.requires_grad) == NUM_TAGS**2
