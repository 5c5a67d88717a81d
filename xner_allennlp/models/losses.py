"""What is learned from the rows of several batches, labelled in different ways."""

from typing import Any, Dict, List, Sequence

import torch

from xner_allennlp.modules.crf import ExpectedCounts, LinearChainCrf, observed_counts


def losses_of_rows(
    crf: LinearChainCrf,
    batches: Sequence[Dict[str, Any]],
    logits: torch.Tensor,
    mask: torch.BoolTensor,
) -> torch.Tensor:
    """
    Of a batch with `tags` the negative log-likelihood of each sentence; of one with what teachers
    expect, `unary` and `pairwise`, its cross-entropy to that; of one with `allowed` tags,
    `(num_rows, length, num_labels)`, the negative log of the probability of all their sequences.

    # Parameters

    crf : `LinearChainCrf`, required.
    batches : `Sequence[Dict[str, Any]]`, required.
    logits, mask
        Those of all batches, one after the other, `(num_rows, length, num_labels)` and `(num_rows,
        length)`.

    # Returns

    `torch.Tensor` of shape `(num_rows,)`.
    """
    if all("tags" in batch for batch in batches):
        return -crf.log_likelihoods(logits, _stack([batch["tags"] for batch in batches]), mask)
    counts: List[ExpectedCounts] = []
    open_scores: List[torch.Tensor] = []
    numbers = list(map(number_of_rows, batches))
    for batch, of_batch, is_word in zip(batches, logits.split(numbers), mask.split(numbers)):
        # shape: (num_rows,)
        scores = of_batch.new_zeros(len(of_batch))
        if "tags" in batch:
            length = batch["tags"].size(1)
            counts.append(observed_counts(batch["tags"], is_word[:, :length], logits.size(2)))
        elif "unary" in batch:
            counts.append(ExpectedCounts(batch["unary"], batch["pairwise"]))
        else:
            # No tag is given, so what is left of a cross-entropy is the sum over all sequences.
            length, num_labels = batch["allowed"].shape[1:]
            unary = of_batch.new_zeros(len(of_batch), length, num_labels)
            counts.append(ExpectedCounts(unary, unary.new_zeros(len(unary), *[num_labels] * 2)))
            scores = crf.log_partitions(of_batch[:, :length], batch["allowed"], is_word[:, :length])
        open_scores.append(scores)
    # shape: (num_rows, length, num_labels), (num_rows, num_labels, num_labels)
    unary = _stack([each.unary for each in counts])
    pairwise = torch.cat([each.pairwise for each in counts])
    every = crf.cross_entropies(logits, ExpectedCounts(unary, pairwise), mask)
    return every - torch.cat(open_scores)


def number_of_rows(batch: Dict[str, Any]) -> int:
    """How many sentences a labelled batch has."""
    return next(len(batch[key]) for key in ("tags", "unary", "allowed") if key in batch)


def _stack(batches: Sequence[torch.Tensor]) -> torch.Tensor:
    """The rows of `(batch_size, length, ...)` batches, padded with zeros to the longest."""
    length = max(batch.size(1) for batch in batches)
    other_sides = (0, 0) * (batches[0].dim() - 2)
    return torch.cat(
        [
            torch.nn.functional.pad(batch, (*other_sides, 0, length - batch.size(1)))
            for batch in batches
        ]
    )
