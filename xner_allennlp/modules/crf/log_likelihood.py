"""The log-likelihood of the linear-chain CRF, with its gradient in closed form."""

from typing import Any, List, NamedTuple, Optional, Tuple

import torch

from xner_allennlp.modules.sequences import reverse_within_length, take

# How many positions `_by_scan` reads at once.
_SCAN_LENGTH = 64


class Recursions(NamedTuple):
    """
    The forward and backward recursions, scaled so that no exponential overflows: at each position
    the values are divided by their sum. All in double precision.

    before, prefix : of all prefixes that end in a tag, without and with its own logit.
    suffix : of all suffixes that begin with a tag, its own logit included.
        Each `(batch_size, sequence_length, num_tags)`, up to a factor for each position; where the
        mask is false they mean nothing, but are finite and positive.
    scale : the log of what `prefix` was divided by, `(batch_size, sequence_length)`: the log of the
        sum over all prefixes up to t is the sum of the scales up to t.
    weights : `(num_tags, num_tags)`, the exponentials of the transitions, up to a factor.
    """

    before: torch.Tensor
    prefix: torch.Tensor
    scale: torch.Tensor
    weights: torch.Tensor
    suffix: Optional[torch.Tensor]


def recursions(
    logits: torch.Tensor, transitions: torch.Tensor, mask: torch.Tensor, backward: bool
) -> Recursions:
    """
    Both directions advance together; the backward one reads the sentences reversed within their
    lengths, so what is computed in the padding never reaches a position inside a sentence.

    # Parameters

    logits : `torch.Tensor`, `(batch_size, sequence_length, num_tags)`.
    transitions : `torch.Tensor`, `(num_tags, num_tags)`.
    mask : `torch.BoolTensor`, `(batch_size, sequence_length)`; true positions come first.
    backward : `bool`
        Whether the suffixes are asked for.
    """
    largest_transition = transitions.detach().double().max()
    # shape: (num_tags, num_tags)
    weights = (transitions.detach().double() - largest_transition).exp()
    # shape: (batch_size, sequence_length, num_tags)
    emissions = logits.detach().double().masked_fill(~mask.unsqueeze(2), 0.0)
    # shape: (batch_size, sequence_length, 1)
    largest = emissions.max(dim=2, keepdim=True).values
    # shape: (batch_size, sequence_length, num_tags)
    potentials = (emissions - largest).exp()

    directions = [potentials]
    # The directions stand side by side, so that a step is one product with a block-diagonal matrix.
    step_weights = weights
    if backward:
        reversal = reverse_within_length(mask)
        directions.append(take(potentials, reversal))
        step_weights = torch.block_diag(weights, weights.t())
    # shape (each): (sequence_length, batch_size, 1 or 2, num_tags)
    read = torch.stack(directions, dim=2).transpose(0, 1).contiguous()
    advance = _step_by_step if read.device.type == "cpu" else _by_scan
    before, values, sums = advance(read, step_weights)
    # What the maxima and the sums took away at each position.
    # shape: (batch_size, sequence_length)
    scale = sums[:, :, 0, 0].t().log() + largest.squeeze(2)
    scale[:, 1:] += largest_transition
    # shape (each): (1 or 2, batch_size, sequence_length, num_tags)
    before, values = before.permute(2, 1, 0, 3), values.permute(2, 1, 0, 3)
    suffix = take(values[1], reversal) if backward else None
    return Recursions(before[0], values[0], scale, weights, suffix)


def _step_by_step(
    read: torch.Tensor, step_weights: torch.Tensor
) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """
    The recursion, position after position.

    # Parameters

    read : `torch.Tensor`
        The potentials, `(sequence_length, batch_size, num_directions, num_tags)`.
    step_weights : `torch.Tensor`
        The weights of the transitions, block-diagonal: a block for each direction.

    # Returns

    `before` and `prefix` of each direction, shaped as `read`, and what they were divided by,
    `(sequence_length, batch_size, num_directions, 1)`.
    """
    before, values = torch.ones_like(read), torch.empty_like(read)
    # shape: (sequence_length, batch_size, 1 or 2, 1)
    sums = read.new_empty(*read.shape[:3], 1)
    # shape of every element: (batch_size, 1 or 2, num_tags), of `sum_at` 1 for `num_tags`
    read_at, before_at, value_at, sum_at = (x.unbind(0) for x in (read, before, values, sums))
    # shape of every element: (batch_size, num_tags or 2 * num_tags)
    flat_before_at, flat_value_at = (x.flatten(2).unbind(0) for x in (before, values))
    for step in range(len(read)):
        if step:
            torch.mm(flat_value_at[step - 1], step_weights, out=flat_before_at[step])
        torch.mul(before_at[step], read_at[step], out=value_at[step])
        torch.sum(value_at[step], dim=2, keepdim=True, out=sum_at[step])
        value_at[step].div_(sum_at[step])
    return before, values, sums


def _by_scan(
    read: torch.Tensor, step_weights: torch.Tensor
) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """
    As `_step_by_step` in a number of kernels that grows with the logarithm of the length. A step is
    a product with the matrix of its transitions and potentials, so the products of all prefixes are
    found by doubling: up to 2n steps from up to n. Long sentences are taken in
    pieces of `_SCAN_LENGTH`, since the matrices need `num_tags` times the room of the vectors.
    """
    num_directions, num_tags = read.shape[2:]
    # shape: (num_directions, num_tags, num_tags)
    weights = torch.stack(
        [
            step_weights[start : start + num_tags, start : start + num_tags]
            for start in range(0, num_directions * num_tags, num_tags)
        ]
    )
    pieces: List[torch.Tensor] = []
    for piece in read.split(_SCAN_LENGTH):
        # shape: (length, batch_size, num_directions, num_tags, num_tags)
        products = weights * piece.unsqueeze(3)
        # The first step starts from the vector before it: it has the same product in all rows.
        # shape: (batch_size, num_directions, 1, num_tags)
        start = (
            (pieces[-1][-1].unsqueeze(2) @ weights) * piece[0].unsqueeze(2)
            if pieces
            else piece[0].unsqueeze(2)
        )
        products[0] = start / start.sum(dim=3, keepdim=True)
        span = 1
        while span < len(piece):
            longer = products[:-span] @ products[span:]
            longer /= longer.amax(dim=(3, 4), keepdim=True)
            products = torch.cat([products[:span], longer])
            span *= 2
        # shape: (length, batch_size, num_directions, num_tags)
        vectors = products[:, :, :, 0]
        pieces.append(vectors / vectors.sum(dim=3, keepdim=True))
    # shape (all): (sequence_length, batch_size, num_directions, num_tags), of `sums` 1 for the last
    values = torch.cat(pieces)
    onward = (values[:-1].unsqueeze(3) @ weights).squeeze(3)
    before = torch.cat([torch.ones_like(read[:1]), onward])
    sums = (before * read).sum(dim=3, keepdim=True)
    return before, values, sums


def expected_gradients(
    before: torch.Tensor,
    prefix: torch.Tensor,
    suffix: torch.Tensor,
    weights: torch.Tensor,
    share: torch.Tensor,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    The gradient of `log Z`, position by position times `share`, `(batch_size, sequence_length, 1)`,
    from the `Recursions`: of the logits the marginal probabilities, `(batch_size, sequence_length,
    num_tags)`; of the transitions how often each is expected, `(num_tags, num_tags)`.
    """
    num_tags = prefix.size(2)
    # shape: (batch_size, sequence_length, num_tags)
    joint = before * suffix
    # shape: (batch_size, sequence_length, 1)
    scaled_share = share / joint.sum(dim=2, keepdim=True)
    # shape (both): (batch_size * (sequence_length - 1), num_tags)
    left = prefix[:, :-1].reshape(-1, num_tags)
    right = (suffix * scaled_share)[:, 1:].reshape(-1, num_tags)
    return joint.mul_(scaled_share), weights * torch.mm(left.t(), right)


class LogLikelihood(torch.autograd.Function):
    """
    Equation 2 for every sentence: `LogLikelihood.apply(logits, transitions, tags, mask)` is
    log p(tags | logits), shape `(batch_size,)`, float32 (float64 for logits of that type).

    The gradient is what was observed minus what is expected: of a logit, whether the tag is the
    right one minus its marginal probability; of a transition, how often it was passed minus how
    often that is expected. It takes no second pass through a graph of the recursion.
    """

    @staticmethod
    def forward(
        ctx: Any,
        logits: torch.Tensor,
        transitions: torch.Tensor,
        tags: torch.Tensor,
        mask: torch.Tensor,
    ) -> torch.Tensor:
        needs_gradient = any(ctx.needs_input_grad)
        state = recursions(logits, transitions, mask, backward=needs_gradient)
        # shape: (batch_size, sequence_length); a masked tag may be anything
        path = tags.masked_fill(~mask, 0)
        # shape: (batch_size, sequence_length)
        gained = logits.double().gather(2, path.unsqueeze(2)).squeeze(2)
        gained[:, 1:] += transitions.double()[path[:, :-1], path[:, 1:]]
        # shape: (batch_size,)
        log_likelihood = (gained - state.scale).masked_fill(~mask, 0.0).sum(dim=1)
        if needs_gradient:
            assert state.suffix is not None
            ctx.save_for_backward(
                state.before, state.prefix, state.suffix, state.weights, path, mask
            )
            ctx.dtypes = (logits.dtype, transitions.dtype)
        return log_likelihood if logits.dtype == torch.float64 else log_likelihood.float()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, d_output: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        before, prefix, suffix, weights, path, mask = ctx.saved_tensors
        num_tags = prefix.size(2)
        # How much each position counts: not at all in the padding.
        # shape: (batch_size, sequence_length, 1)
        share = (d_output.double().unsqueeze(1) * mask).unsqueeze(2)
        # shape: (batch_size, sequence_length, num_tags), (num_tags, num_tags)
        marginals, expected = expected_gradients(before, prefix, suffix, weights, share)
        d_logits = marginals.neg_()
        d_logits.scatter_add_(2, path.unsqueeze(2), share)
        # shape: (batch_size * (sequence_length - 1),)
        passed = (path[:, :-1] * num_tags + path[:, 1:]).reshape(-1)
        # shape: (num_tags, num_tags)
        observed = torch.zeros_like(expected).view(-1)
        observed.index_add_(0, passed, share[:, 1:].reshape(-1))
        d_transitions = observed.view(num_tags, num_tags) - expected
        return d_logits.to(ctx.dtypes[0]), d_transitions.to(ctx.dtypes[1]), None, None
