"""
The linear-chain conditional random field of the paper's equations 1 and 2,

    log p(y | x) = sum_t logits[t, y_t] + sum_t transitions[y_{t-1}, y_t] - log Z(x),

without start and end scores (they are not among the paper's parameters).
"""

from typing import List, Optional, Sequence, Tuple

import numpy as np
import torch

from xner_allennlp.common.device_copies import arrays_of
from xner_allennlp.modules.crf.cross_entropy import (
    CrossEntropy,
    ExpectedCounts,
    expected_counts,
)
from xner_allennlp.modules.crf.log_likelihood import LogLikelihood, recursions
from xner_allennlp.modules.crf.viterbi import viterbi

# Added to what the constraints forbid: far below any score, yet finite, so that a sentence for
# which everything is forbidden still has a best path.
FORBIDDEN = -10000.0


class LinearChainCrf(torch.nn.Module):
    """
    What AllenNLP's `ConditionalRandomField` is, under the same names of weights, with everything
    computed for whole batches: likelihood and gradient in closed form, Viterbi, and probabilities.

    # Parameters

    num_tags : `int`, required.
    constraints : `List[Tuple[int, int]]`, optional (default = `None`)
        Allowed (from, to) pairs as made by AllenNLP's `allowed_transitions`; tag `num_tags` is the
        start and `num_tags + 1` the end. They act in `best_paths`, not in the likelihood.
    """

    def __init__(self, num_tags: int, constraints: Optional[List[Tuple[int, int]]] = None) -> None:
        super().__init__()
        self.num_tags = num_tags
        # shape: (num_tags, num_tags), from and to
        self.transitions = torch.nn.Parameter(torch.empty(num_tags, num_tags))
        # With the start and the end.
        # shape: (num_tags + 2, num_tags + 2), 1 for what is allowed, 0 for what is not
        allowed = torch.full((num_tags + 2, num_tags + 2), float(constraints is None))
        for before, after in constraints or ():
            allowed[before, after] = 1.0
        self._constraint_mask = torch.nn.Parameter(allowed, requires_grad=False)
        torch.nn.init.xavier_normal_(self.transitions)

    def forward(
        self, inputs: torch.Tensor, tags: torch.Tensor, mask: Optional[torch.BoolTensor] = None
    ) -> torch.Tensor:
        """The log-likelihood of a batch, the sum of `log_likelihoods`, as AllenNLP returns it."""
        if mask is None:
            mask = torch.ones_like(tags, dtype=torch.bool)
        assert mask is not None
        return self.log_likelihoods(inputs, tags, mask).sum()

    def log_likelihoods(
        self, logits: torch.Tensor, tags: torch.Tensor, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        log p(tags | logits) of every sentence (equation 2), shape `(batch_size,)`.

        # Parameters

        logits : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, num_tags)`.
        tags : `torch.LongTensor`, required.
            Shape `(batch_size, sequence_length)`; anything where the mask is false.
        mask : `torch.BoolTensor`, required.
            Shape `(batch_size, sequence_length)`; true positions come first in every row, and there
            is at least one.
        """
        return LogLikelihood.apply(logits, self.transitions, tags, mask)

    def expected_counts(self, logits: torch.Tensor, mask: torch.BoolTensor) -> ExpectedCounts:
        """
        How often each tag is expected at each position, and each transition in each sentence; in
        double precision. Arguments as those of `log_likelihoods`.
        """
        return expected_counts(logits, self.transitions, mask)

    def cross_entropies(
        self, logits: torch.Tensor, teacher: ExpectedCounts, mask: torch.BoolTensor
    ) -> torch.Tensor:
        """
        The cross-entropy of every sentence to the distribution over tag sequences of a teacher or a
        mixture of teachers, shape `(batch_size,)`: `log_likelihoods`, negative, with expected tags
        in place of true ones.
        """
        return CrossEntropy.apply(logits, self.transitions, *teacher, mask)

    def best_paths(self, logits: torch.Tensor, mask: torch.BoolTensor) -> List[np.ndarray]:
        """
        The most probable allowed tag sequence of every sentence (Viterbi; among equal scores the
        lowest tag index wins).

        # Parameters

        logits : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, num_tags)`.
        mask : `torch.BoolTensor`, required.
            As in `log_likelihoods`.

        # Returns

        `List[np.ndarray]`, for every sentence its tags, `(length,)`. They are on the host, since
        what reads tags is Python.
        """
        return self._best_allowed(logits, self.transitions, mask)

    def most_probable_tags(
        self, marginals: torch.Tensor, mask: torch.BoolTensor
    ) -> List[np.ndarray]:
        """
        The allowed tag sequence with the largest product of `marginals`, as `best_paths` gives it:
        the hard labels of a mixture of CRFs, which has no transitions of its own.
        """
        # shape: (batch_size, sequence_length, num_tags)
        scores = marginals.float().clamp(min=torch.finfo(torch.float32).tiny).log()
        return self._best_allowed(scores, torch.zeros_like(self.transitions), mask)

    def _best_allowed(
        self, scores: torch.Tensor, transitions: torch.Tensor, mask: torch.BoolTensor
    ) -> List[np.ndarray]:
        num_tags = self.num_tags
        values, steps, allowed, lengths = arrays_of(
            [scores, transitions, self._constraint_mask, mask.sum(dim=1)]
        )
        # shape: (num_tags + 2, num_tags + 2)
        forbidden = (1.0 - allowed) * FORBIDDEN
        return viterbi(
            values,
            steps + forbidden[:num_tags, :num_tags],
            start=forbidden[num_tags, :num_tags],
            end=forbidden[:num_tags, num_tags + 1],
            lengths=lengths,
        )

    def segment_probabilities(
        self,
        logits: torch.Tensor,
        mask: torch.BoolTensor,
        tags: Sequence[np.ndarray],
        segments: Sequence[Tuple[int, int, int]],
    ) -> List[float]:
        """
        The probability that a stretch of words carries exactly the tags of `tags`, all other words
        free: p(y_first..y_last | x). Given the sentence the tags are a Markov chain, so it is the
        marginal of the first tag times the probability of each further one given the one before.

        # Parameters

        logits, mask : required.
            As in `best_paths`.
        tags : `Sequence[np.ndarray]`, required.
            The tags of every sentence, `(length,)`.
        segments : `Sequence[Tuple[int, int, int]]`, required.
            (row of the batch, first position, last position inclusive).
        """
        if not segments:
            return []
        state = recursions(logits, self.transitions, mask, backward=True)
        assert state.suffix is not None
        # shape: (batch_size, sequence_length, num_tags)
        joint = state.before * state.suffix
        # shape: (batch_size, sequence_length)
        paths = torch.zeros_like(mask, dtype=torch.long)
        paths[mask] = torch.from_numpy(np.concatenate(tags)).to(mask.device)
        # shape: (batch_size, sequence_length, 1)
        path = paths.unsqueeze(2)
        # shape: (batch_size, sequence_length)
        log_marginal = (joint.gather(2, path) / joint.sum(dim=2, keepdim=True)).squeeze(2).log()
        # All ways on from each tag of the position before.
        # shape: (batch_size, sequence_length - 1, num_tags)
        onward = state.suffix[:, 1:] @ state.weights.t()
        # shape (both): (batch_size, sequence_length - 1)
        taken = state.weights[paths[:, :-1], paths[:, 1:]] * state.suffix[:, 1:].gather(
            2, path[:, 1:]
        ).squeeze(2)
        log_conditional = (taken / onward.gather(2, path[:, :-1]).squeeze(2)).log()
        log_conditional = log_conditional.clamp(min=FORBIDDEN)  # Differences are taken below.
        # The sum of the conditionals up to a position.
        # shape: (batch_size, sequence_length)
        running = torch.nn.functional.pad(log_conditional, (1, 0)).cumsum(dim=1)
        # shape (each): (num_segments,)
        row, first, last = torch.tensor(segments, device=logits.device).unbind(dim=1)
        log_probability = log_marginal[row, first] + running[row, last] - running[row, first]
        return log_probability.exp().clamp(max=1.0).tolist()
