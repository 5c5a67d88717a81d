"""What is learned from the rows of several batches, labelled in different ways."""

from typing import Any, Dict, Sequence

import torch

from xner_allennlp.modules.crf import (
    FORBIDDEN,
    ExpectedCounts,
    LinearChainCrf,
    observed_counts,
)


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
    scores, masks = list(logits.split(numbers)), list(mask.split(numbers))
    counts = [_counts(batch, *of_batch) for batch, *of_batch in zip(batches, scores, masks)]
    # Rows of allowed tags come once more, with these alone, so that one recursion serves all. To
    # nothing expected the cross-entropy is the log of the summed scores of all sequences that are
    # left; the difference of both is what Tsuboi et al. (2008) minimise, "Training Conditional
    # Random Fields Using Incomplete Annotations".
    open_batches = [index for index, batch in enumerate(batches) if "allowed" in batch]
    for index in open_batches:
        scores.append(_of_allowed(scores[index], batches[index]["allowed"]))
        masks.append(masks[index])
        counts.append(counts[index])
    # shape: (num_rows and those of allowed tags, length, num_labels)
    unary = _stack([each.unary for each in counts])
    # shape: (num_rows and those of allowed tags, num_labels, num_labels)
    pairwise = torch.cat([each.pairwise for each in counts])
    teacher = ExpectedCounts(unary, pairwise)
    # shape of each: (num_rows of the batch,)
    losses = list(
        crf.cross_entropies(torch.cat(scores), teacher, torch.cat(masks)).split(
            list(map(len, scores))
        )
    )
    for index, of_allowed in zip(open_batches, losses[len(batches) :]):
        losses[index] = losses[index] - of_allowed
    return torch.cat(losses[: len(batches)])


def _of_allowed(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """Emissions, `(num_rows, length, num_labels)`, that are allowed; others are far below them."""
    padding = (0, 0, 0, logits.size(1) - allowed.size(1))
    return logits.masked_fill(~torch.nn.functional.pad(allowed, padding), FORBIDDEN)


def _counts(batch: Dict[str, Any], logits: torch.Tensor, mask: torch.Tensor) -> ExpectedCounts:
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
