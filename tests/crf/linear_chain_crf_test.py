"""The CRF against the enumeration of all tag sequences."""

import itertools

import pytest
import torch
from allennlp.modules import ConditionalRandomField
from allennlp.modules.conditional_random_field import allowed_transitions

from xner_allennlp.crf import LinearChainCrf

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
    torch.testing.assert_close(logits.grad, gold - crf.marginals(logits.detach(), mask))


def test_best_paths_are_the_best_allowed_of_the_enumeration(crf, logits, mask):
    paths = crf.best_paths(logits, mask)
    for row, length in enumerate(LENGTHS):
        allowed = [s for s in sequences(length) if is_allowed(s)]
        best = max(allowed, key=lambda s: score(crf, logits[row], s).item())
        assert tuple(paths[row, :length].tolist()) == best
        assert (paths[row, length:] == 0).all()


def test_without_constraints_everything_is_allowed(logits, mask):
    torch.manual_seed(0)
    free = LinearChainCrf(NUM_TAGS).double()
    paths = free.best_paths(logits, mask)
    for row, length in enumerate(LENGTHS):
        best = max(sequences(length), key=lambda s: score(free, logits[row], s).item())
        assert tuple(paths[row, :length].tolist()) == best


@pytest.mark.parametrize("seed", range(5))
def test_best_paths_equal_allennlps(seed):
    torch.manual_seed(seed)
    constraints = allowed_transitions("BIOUL", LABELS)
    ours = LinearChainCrf(NUM_TAGS, constraints)
    stock = ConditionalRandomField(NUM_TAGS, constraints, include_start_end_transitions=False)
    stock.load_state_dict(ours.state_dict())
    lengths = torch.randint(1, 30, (16,))
    mask = torch.arange(int(lengths.max())).unsqueeze(0) < lengths.unsqueeze(1)
    logits = torch.randn(16, int(lengths.max()), NUM_TAGS)
    paths = ours.best_paths(logits, mask)
    for row, (tags, _) in enumerate(stock.viterbi_tags(logits, mask)):
        assert paths[row, : lengths[row]].tolist() == tags


def test_among_equal_scores_the_lowest_tag_wins():
    crf = LinearChainCrf(3)
    torch.nn.init.zeros_(crf.transitions)
    paths = crf.best_paths(torch.zeros(2, 4, 3), torch.ones(2, 4, dtype=torch.bool))
    assert (paths == 0).all()


def test_marginals_are_those_of_the_enumeration(crf, logits, mask):
    marginals = crf.marginals(logits, mask)
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
        wanted = tuple(tags[row, first : last + 1].tolist())
        weights = {s: score(crf, logits[row], s).exp() for s in sequences(LENGTHS[row])}
        expected = sum(w for s, w in weights.items() if s[first : last + 1] == wanted)
        assert probability == pytest.approx((expected / sum(weights.values())).item())
    assert crf.segment_probabilities(logits, mask, tags, []) == []


def test_transitions_are_the_only_trained_parameters(crf):
    assert sum(p.numel() for p in crf.parameters() if p.requires_grad) == NUM_TAGS**2
