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
    expect, `unary` and `pairwise`, its cross-entropy to that.

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
    counts = [
        observed_counts(batch["tags"], of_batch[:, : batch["tags"].size(1)], logits.size(2))
        if "tags" in batch
        else ExpectedCounts(batch["unary"], batch["pairwise"])
        for batch, of_batch in zip(batches, mask.split(list(map(number_of_rows, batches))))
    ]
    # shape: (num_rows, length, num_labels), (num_rows, num_labels, num_labels)
    unary = _stack([each.unary for each in counts])
    pairwise = torch.cat([each.pairwise for each in counts])
    return crf.cross_entropies(logits, ExpectedCounts(unary, pairwise), mask)


def number_of_rows(batch: Dict[str, Any]) -> int:
    """How many sentences a labelled batch has."""
    return len(batch["tags"] if "tags" in batch else batch["unary"])


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
