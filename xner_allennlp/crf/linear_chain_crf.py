"""
The linear-chain conditional random field of the paper's equations 1 and 2,

    log p(y | x) = sum_t logits[t, y_t] + sum_t transitions[y_{t-1}, y_t] - log Z(x),

without start and end scores (they are not among the paper's parameters). Training is AllenNLP's;
decoding and probabilities run on the whole batch at once.
"""

from typing import List, Optional, Sequence, Tuple

import torch
from allennlp.modules import ConditionalRandomField

# Added to what the constraints forbid: far below any score, yet finite, so that a sentence for
# which everything is forbidden still has a best path.
FORBIDDEN = -10000.0


class LinearChainCrf(ConditionalRandomField):
    """
    AllenNLP's `ConditionalRandomField` with decoding and marginal probabilities for whole batches.

    # Parameters

    num_tags : `int`, required.
    constraints : `List[Tuple[int, int]]`, optional (default = `None`)
        Allowed (from, to) pairs as made by AllenNLP's `allowed_transitions`; tag `num_tags` is the
        start and `num_tags + 1` the end. They act in `best_paths`, not in the likelihood.
    """

    def __init__(self, num_tags: int, constraints: Optional[List[Tuple[int, int]]] = None) -> None:
        super().__init__(num_tags, constraints, include_start_end_transitions=False)

    def best_paths(self, logits: torch.Tensor, mask: torch.BoolTensor) -> torch.LongTensor:
        """
        The most probable allowed tag sequence of every sentence (Viterbi; among equal scores the
        lowest tag index wins).

        # Parameters

        logits : `torch.Tensor`, required.
            Shape `(batch_size, sequence_length, num_tags)`.
        mask : `torch.BoolTensor`, required.
            Shape `(batch_size, sequence_length)`; true positions come first in every row.

        # Returns

        `torch.LongTensor` of shape `(batch_size, sequence_length)`; 0 where the mask is false.
        """
        batch_size, sequence_length, num_tags = logits.size()
        # shape: (num_tags + 2, num_tags + 2)
        forbidden = (1.0 - self._constraint_mask) * FORBIDDEN
        # shape: (num_tags, num_tags)
        transitions = self.transitions + forbidden[:num_tags, :num_tags]
        # shape: (batch_size, num_tags)
        score = logits[:, 0] + forbidden[num_tags, :num_tags]
        # shape: (num_tags,)
        stay = torch.arange(num_tags, device=logits.device)
        back_pointers: List[torch.Tensor] = []
        for step in range(1, sequence_length):
            # shape: (batch_size, num_tags), over the tags of the step before
            best, pointer = (score.unsqueeze(2) + transitions).max(dim=1)
            # shape: (batch_size, 1)
            inside = mask[:, step].unsqueeze(1)
            score = torch.where(inside, best + logits[:, step], score)
            # Padding points to itself, so every row can be followed from the last column.
            back_pointers.append(torch.where(inside, pointer, stay))
        # shape: (batch_size,)
        tag = (score + forbidden[:num_tags, num_tags + 1]).argmax(dim=1)
        path = [tag]
        for pointer in reversed(back_pointers):
            tag = pointer.gather(1, tag.unsqueeze(1)).squeeze(1)
            path.append(tag)
        # shape: (batch_size, sequence_length)
        return torch.stack(path[::-1], dim=1).masked_fill(~mask, 0)

    def forward_backward(
        self, logits: torch.Tensor, mask: torch.BoolTensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """
        The forward-backward recursions, in logarithms, without constraints.

        # Returns

        alpha : `torch.Tensor`
            `(batch_size, sequence_length, num_tags)`: score of all prefixes that end in a tag,
            the tag's own logit included.
        beta : `torch.Tensor`
            The same shape: score of all suffixes that follow a tag, its own logit excluded.
        log_z : `torch.Tensor`
            `(batch_size,)`, the log of the normalisation constant.
        """
        _, sequence_length, _ = logits.size()
        # shape of every element: (batch_size, num_tags)
        alpha = [logits[:, 0]]
        for step in range(1, sequence_length):
            # shape: (batch_size, num_tags)
            reached = torch.logsumexp(alpha[-1].unsqueeze(2) + self.transitions, dim=1)
            alpha.append(
                torch.where(mask[:, step].unsqueeze(1), reached + logits[:, step], alpha[-1])
            )
        # shape of every element: (batch_size, num_tags)
        beta = [torch.zeros_like(logits[:, 0])]
        for step in range(sequence_length - 1, 0, -1):
            # shape: (batch_size, num_tags)
            following = torch.logsumexp(
                self.transitions + (logits[:, step] + beta[-1]).unsqueeze(1), dim=2
            )
            beta.append(torch.where(mask[:, step].unsqueeze(1), following, beta[-1]))
        # shape: (batch_size,); past its end a row's alpha stays at its last value
        log_z = torch.logsumexp(alpha[-1], dim=1)
        return torch.stack(alpha, dim=1), torch.stack(beta[::-1], dim=1), log_z

    def marginals(self, logits: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        p(y_t = tag | x), shape `(batch_size, sequence_length, num_tags)`; zero in the padding.
        """
        alpha, beta, log_z = self.forward_backward(logits, mask)
        # shape: (batch_size, sequence_length, num_tags)
        probabilities = (alpha + beta - log_z.view(-1, 1, 1)).exp()
        return probabilities.masked_fill(~mask.unsqueeze(-1), 0.0)

    def segment_probabilities(
        self,
        logits: torch.Tensor,
        mask: torch.BoolTensor,
        tags: torch.LongTensor,
        segments: Sequence[Tuple[int, int, int]],
    ) -> List[float]:
        """
        The probability that a stretch of words carries exactly the tags of `tags`, all other words
        free: p(y_first..y_last | x).

        # Parameters

        logits, mask, tags
            As in `best_paths`; `tags` has shape `(batch_size, sequence_length)`.
        segments : `Sequence[Tuple[int, int, int]]`, required.
            (row of the batch, first position, last position inclusive).
        """
        if not segments:
            return []
        alpha, beta, log_z = self.forward_backward(logits, mask)
        # shape: (batch_size, sequence_length)
        on_path = logits.gather(2, tags.unsqueeze(2)).squeeze(2)
        # shape: (batch_size, sequence_length); score gained by each step along `tags`
        gain = torch.cat(
            [on_path[:, :1], on_path[:, 1:] + self.transitions[tags[:, :-1], tags[:, 1:]]], dim=1
        )
        # In double precision, since differences of running sums are taken.
        # shape: (batch_size, sequence_length)
        running = gain.double().cumsum(dim=1)
        # shape (each): (num_segments,)
        row, first, last = torch.tensor(segments, device=logits.device).unbind(dim=1)
        log_probability = (
            alpha[row, first, tags[row, first]].double()
            + (running[row, last] - running[row, first])
            + beta[row, last, tags[row, last]].double()
            - log_z[row].double()
        )
        return log_probability.exp().clamp(max=1.0).tolist()
