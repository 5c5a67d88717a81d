"""The entities of tagged sentences, each with the probability that the CRF gives to it."""

from typing import Any, Dict, List, Sequence

import numpy as np
import torch

from xner_allennlp.modules.crf import LinearChainCrf
from xner_allennlp.spans import entity_spans


def entities_with_probabilities(
    crf: LinearChainCrf,
    logits: torch.Tensor,
    mask: torch.BoolTensor,
    tag_ids: Sequence[np.ndarray],
    tags: Sequence[Sequence[str]],
) -> List[List[Dict[str, Any]]]:
    """
    # Parameters

    crf : `LinearChainCrf`, required.
    logits : `torch.Tensor`, required.
        Shape `(batch_size, num_words, num_labels)`.
    mask : `torch.BoolTensor`, required.
        Shape `(batch_size, num_words)`.
    tag_ids, tags : required.
        The tags of every sentence, as label indices and by name.

    # Returns

    The entities of every sentence: `type`, `first_token` and `last_token` (inclusive), and
    `probability`, that of exactly these tags with all other words free.
    """
    spans = [
        (row, entity) for row, sentence in enumerate(tags) for entity in entity_spans(sentence)
    ]
    probabilities = crf.segment_probabilities(
        logits, mask, tag_ids, [(row, span.start, span.end - 1) for row, span in spans]
    )
    entities: List[List[Dict[str, Any]]] = [[] for _ in tags]
    for (row, span), probability in zip(spans, probabilities):
        entities[row].append(
            {
                "type": span.type,
                "first_token": span.start,
                "last_token": span.end - 1,
                "probability": probability,
            }
        )
    return entities
