"""Sequence-level distillation against the enumeration of all tag sequences."""

import itertools

import pytest
import torch

from xner_allennlp.modules.crf import ExpectedCounts, LinearChainCrf, observed_counts

NUM_TAGS = 4
LENGTHS = [4, 1, 3]
MASK = torch.arange(max(LENGTHS)).unsqueeze(0) < torch.tensor(LENGTHS).unsqueeze(1)


def crf_and_logits(seed):
    torch.manual_seed(seed)
    crf = LinearChainCrf(NUM_TAGS).double()
    logits = 2 * torch.randn(len(LENGTHS), max(LENGTHS), NUM_TAGS, dtype=torch.double)
    return crf, logits.requires_grad_()


def enumerated(crf, logits):
    """Of each sentence all tag sequences and the log probability of each."""
    for row, length in enumerate(LENGTHS):
        sequences = list(itertools.product(range(NUM_TAGS), repeat=length))
        scores = torch.stack(
            [
                sum(logits[row, step, tag] for step, tag in enumerate(tags))
                + sum(crf.transitions[a, b] for a, b in zip(tags, tags[1:]))
                for tags in sequences
            ]
        )
        yield sequences, scores.log_softmax(dim=0)


def mixture(*teachers):
    counts = [crf.expected_counts(logits, MASK) for crf, logits in teachers]
    return ExpectedCounts(*(torch.stack(part).mean(dim=0).detach() for part in zip(*counts)))


def test_expected_counts_are_those_of_the_enumeration():
    crf, logits = crf_and_logits(1)
    unary, pairwise = (
        torch.zeros_like(logits),
        torch.zeros(len(LENGTHS), NUM_TAGS, NUM_TAGS).double(),
    )
    for row, (sequences, log_probabilities) in enumerate(enumerated(crf, logits)):
        for tags, probability in zip(sequences, log_probabilities.exp().tolist()):
            for step, tag in enumerate(tags):
                unary[row, step, tag] += probability
            for a, b in zip(tags, tags[1:]):
                pairwise[row, a, b] += probability
    counts = crf.expected_counts(logits, MASK)
    torch.testing.assert_close(counts.unary, unary.detach())
    torch.testing.assert_close(counts.pairwise, pairwise)


@pytest.mark.parametrize("seeds", [(1,), (1, 2, 3)])
def test_cross_entropy_to_a_mixture_is_that_of_the_enumeration(seeds):
    teachers = [crf_and_logits(seed) for seed in seeds]
    student, logits = crf_and_logits(9)
    with torch.no_grad():
        of_teachers = [[p.exp() for _, p in enumerated(*teacher)] for teacher in teachers]
    expected = torch.stack(
        [
            -(torch.stack([each[row] for each in of_teachers]).mean(dim=0) * log_p).sum()
            for row, (_, log_p) in enumerate(enumerated(student, logits))
        ]
    )
    actual = student.cross_entropies(logits, mixture(*teachers), MASK)
    torch.testing.assert_close(actual, expected)
    weights = torch.tensor([1.0, 0.5, 2.0]).double()
    parameters = [logits, student.transitions]
    torch.testing.assert_close(
        torch.autograd.grad(actual, parameters, weights),
        torch.autograd.grad(expected, parameters, weights),
    )


def test_a_student_distilled_from_itself_does_not_move():
    student, logits = crf_and_logits(4)
    loss = student.cross_entropies(logits, mixture((student, logits)), MASK).sum()
    for gradient in torch.autograd.grad(loss, [logits, student.transitions]):
        torch.testing.assert_close(gradient, torch.zeros_like(gradient))


def test_a_certain_teacher_is_a_hard_label():
    student, logits = crf_and_logits(5)
    tags = torch.randint(NUM_TAGS, MASK.shape)
    # shape: (batch_size, length, num_tags)
    certain = 1e4 * torch.nn.functional.one_hot(tags, NUM_TAGS).double()
    teacher = LinearChainCrf(NUM_TAGS).double()
    soft = student.cross_entropies(logits, mixture((teacher, certain)), MASK)
    hard = -student.log_likelihoods(logits, tags, MASK)
    torch.testing.assert_close(soft, hard)
    observed = observed_counts(tags, MASK, NUM_TAGS)
    torch.testing.assert_close(student.cross_entropies(logits, observed, MASK), hard)


def test_what_is_in_the_padding_has_no_effect():
    student, logits = crf_and_logits(6)
    counts = mixture(crf_and_logits(7))
    filled = logits.detach().masked_fill(~MASK.unsqueeze(2), float("nan")).requires_grad_()
    losses = [student.cross_entropies(scores, counts, MASK) for scores in (logits, filled)]
    torch.testing.assert_close(*losses)
    losses[1].sum().backward()
    assert not filled.grad[~MASK].any() and filled.grad[MASK].any()


def test_most_probable_tags_obey_the_constraints():
    crf = LinearChainCrf(2, [(2, 0), (2, 1), (0, 0), (0, 1), (1, 0), (1, 3), (0, 3)])
    # shape: (1, 3, 2); the second tag may not follow itself
    marginals = torch.tensor([[[0.1, 0.9], [0.3, 0.7], [0.4, 0.6]]])
    (tags,) = crf.most_probable_tags(marginals, torch.ones(1, 3).bool())
    assert tags.tolist() == [1, 0, 1]
