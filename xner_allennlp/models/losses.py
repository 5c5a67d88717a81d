"""What is learned from the rows of several batches, labelled in different ways."""

from typing import Any, Dict, Sequence

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
    numbers = list(map(number_of_rows, batches))
    masks = mask.split(numbers)
    counts = [_counts(batch, of_batch, logits) for batch, of_batch in zip(batches, masks)]
    # shape: (num_rows, length, num_labels), (num_rows, num_labels, num_labels)
    unary = _stack([each.unary for each in counts])
    pairwise = torch.cat([each.pairwise for each in counts])
    # shape of each: (num_rows of the batch,)
    losses = list(crf.cross_entropies(logits, ExpectedCounts(unary, pairwise), mask).split(numbers))
    for index, (batch, of_batch) in enumerate(zip(batches, logits.split(numbers))):
        if "allowed" in batch:
            allowed = batch["allowed"]
            length = allowed.size(1)
            losses[index] = losses[index] - crf.log_partitions(
                of_batch[:, :length], allowed, masks[index][:, :length]
            )
    return torch.cat(losses)


def _counts(batch: Dict[str, Any], mask: torch.Tensor, logits: torch.Tensor) -> ExpectedCounts:
    """What is expected of a batch: of sets of allowed tags nothing, all sequences are left."""
    if "unary" in batch:
        return ExpectedCounts(batch["unary"], batch["pairwise"])
    num_labels = logits.size(2)
    if "tags" in batch:
        return observed_counts(batch["tags"], mask[:, : batch["tags"].size(1)], num_labels)
    rows, length = batch["allowed"].shape[:2]
    unary = logits.new_zeros(rows, length, num_labels)
    return ExpectedCounts(unary, logits.new_zeros(rows, num_labels, num_labels))


def number_of_rows(batch: Dict[str, Any]) -> int:
    """How many sentences a labelled batch has."""
    [number] = {len(batch[key]) for key in ("tags", "unary", "allowed") if key in batch}
    return number


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
