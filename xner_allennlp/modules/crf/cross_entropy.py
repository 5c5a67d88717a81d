"""
Sequence-level distillation for the linear-chain CRF, exact: the cross-entropy of the student's
distribution over tag sequences to a teacher's,

    - sum_y q(y) log p(y | x)
        = log Z(x) - sum_t E_q[logits[t, y_t]] - sum_t E_q[transitions[y_{t-1}, y_t]].

The teacher's distribution q appears only in how often it expects each tag at each position and each
transition in the sentence. Of a mixture of teachers these counts are the average of the teachers'.
"""

from typing import Any, NamedTuple, Optional, Tuple

import torch

from xner_allennlp.modules.crf.log_likelihood import expected_gradients, recursions


class ExpectedCounts(NamedTuple):
    """
    What a distribution over the tag sequences of each sentence expects.

    unary : the probability of each tag at each position, `(batch_size, sequence_length,
        num_tags)`; zero in the padding.
    pairwise : how often each transition is expected in a sentence, `(batch_size, num_tags,
        num_tags)`.
    """

    unary: torch.Tensor
    pairwise: torch.Tensor


def observed_counts(tags: torch.Tensor, mask: torch.Tensor, num_tags: int) -> ExpectedCounts:
    """What is expected where the tags, `(batch_size, sequence_length)`, are certain."""
    # shape: (batch_size, sequence_length, num_tags)
    unary = torch.nn.functional.one_hot(tags.masked_fill(~mask, 0), num_tags) * mask.unsqueeze(2)
    unary = unary.double()
    return ExpectedCounts(unary, unary[:, :-1].transpose(1, 2) @ unary[:, 1:])


def expected_counts(
    logits: torch.Tensor, transitions: torch.Tensor, mask: torch.Tensor
) -> ExpectedCounts:
    """The counts that a CRF expects; arguments as those of `recursions`."""
    state = recursions(logits, transitions, mask, backward=True)
    assert state.suffix is not None
    # shape: (batch_size, sequence_length, num_tags)
    joint = state.before * state.suffix
    # shape: (batch_size, sequence_length, 1)
    share = mask.unsqueeze(2) / joint.sum(dim=2, keepdim=True)
    # shape: (batch_size, num_tags, num_tags)
    passed = state.prefix[:, :-1].transpose(1, 2) @ (state.suffix * share)[:, 1:]
    return ExpectedCounts(joint * share, state.weights * passed)


class CrossEntropy(torch.autograd.Function):
    """
    `CrossEntropy.apply(logits, transitions, unary, pairwise, mask)` is the cross-entropy of every
    sentence to the distribution with these `ExpectedCounts`, shape `(batch_size,)`, float32
    (float64 for logits of that type). Its gradient is what the student expects minus what the
    teacher expects.
    """

    @staticmethod
    def forward(
        ctx: Any,
        logits: torch.Tensor,
        transitions: torch.Tensor,
        unary: torch.Tensor,
        pairwise: torch.Tensor,
        mask: torch.Tensor,
    ) -> torch.Tensor:
        needs_gradient = any(ctx.needs_input_grad)
        state = recursions(logits, transitions, mask, backward=needs_gradient)
        unary, pairwise = unary.double(), pairwise.double()
        # shape (all): (batch_size,)
        log_partition = state.scale.masked_fill(~mask, 0.0).sum(dim=1)
        of_tags = (unary * logits.double().masked_fill(~mask.unsqueeze(2), 0.0)).sum(dim=(1, 2))
        of_transitions = (pairwise * transitions.double()).sum(dim=(1, 2))
        cross_entropy = log_partition - of_tags - of_transitions
        if needs_gradient:
            assert state.suffix is not None
            ctx.save_for_backward(
                state.before, state.prefix, state.suffix, state.weights, unary, pairwise, mask
            )
            ctx.dtypes = (logits.dtype, transitions.dtype)
        return cross_entropy if logits.dtype == torch.float64 else cross_entropy.float()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, d_output: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        before, prefix, suffix, weights, unary, pairwise, mask = ctx.saved_tensors
        # shape: (batch_size, 1, 1)
        of_sentence = d_output.double().view(-1, 1, 1)
        # shape: (batch_size, sequence_length, num_tags), (num_tags, num_tags)
        d_logits, d_transitions = expected_gradients(
            before, prefix, suffix, weights, of_sentence * mask.unsqueeze(2)
        )
        d_logits -= of_sentence * unary
        d_transitions -= (of_sentence * pairwise).sum(dim=0)
        return d_logits.to(ctx.dtypes[0]), d_transitions.to(ctx.dtypes[1]), None, None, None
