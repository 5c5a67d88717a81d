"""What rows of batches with different labels cost, against the enumeration of tag sequences."""

import itertools

import pytest
import torch

from xner_allennlp.models.losses import losses_of_rows, number_of_rows
from xner_allennlp.modules.crf import LinearChainCrf, observed_counts

NUM_TAGS = 3
LENGTHS = [3, 2, 1, 3, 2]


@pytest.mark.parametrize("seed", [3, 8, 13])
def test_batches_of_true_expected_and_allowed_tags(seed):
    torch.manual_seed(seed)
    crf = LinearChainCrf(NUM_TAGS).double()
    logits = torch.randn(5, 3, NUM_TAGS, dtype=torch.double, requires_grad=True)
    mask = torch.arange(3) < torch.tensor(LENGTHS)[:, None]
    tags = torch.randint(NUM_TAGS, (2, 3))
    certain = torch.randint(NUM_TAGS, (1, 1))
    expected_tags = observed_counts(certain, mask[2:3, :1], NUM_TAGS)._asdict()
    # shape: (2, 3, 3); the second sentence has two words
    allowed = torch.tensor(
        [[[1, 1, 0], [0, 1, 1], [1, 0, 0]], [[1, 0, 1], [1, 1, 1], [0, 0, 0]]]
    ).bool()
    if seed != 3:
        # At least one tag at each position.
        allowed = torch.rand(allowed.shape) < 0.5
        allowed[..., 0] |= ~allowed.any(dim=2)
    batches = [{"tags": tags}, expected_tags, {"allowed": allowed}]
    assert list(map(number_of_rows, batches)) == [2, 1, 2]
    losses = losses_of_rows(crf, batches, logits, mask)

    choices = [[[tag] for tag in row[:length].tolist()] for row, length in zip(tags, LENGTHS)]
    choices.append([[int(certain)]])
    choices += [
        [each.nonzero().flatten().tolist() for each in row[:length]]
        for row, length in zip(allowed, LENGTHS[3:])
    ]
    expected = []
    for scores, length, allowed_tags in zip(logits, LENGTHS, choices):
        sums = {}
        for sequence in itertools.product(range(NUM_TAGS), repeat=length):
            sums[sequence] = sum(scores[step, tag] for step, tag in enumerate(sequence)) + sum(
                crf.transitions[a, b] for a, b in zip(sequence, sequence[1:])
            )
        every = torch.stack(list(sums.values())).logsumexp(dim=0)
        right = [sums[sequence] for sequence in itertools.product(*allowed_tags)]
        expected.append(every - torch.stack(right).logsumexp(dim=0))
    torch.testing.assert_close(losses, torch.stack(expected))
    parameters = [logits, crf.transitions]
    torch.testing.assert_close(
        torch.autograd.grad(losses.sum(), parameters),
        torch.autograd.grad(sum(expected), parameters),
    )
