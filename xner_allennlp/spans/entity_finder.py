"""The entities of many sentences at once, out of label indices."""

from typing import Dict, NamedTuple

import numpy as np

from xner_allennlp.spans.tag_schemes import split_tag


class FoundEntities(NamedTuple):
    """
    Entities from left to right, each array of shape `(num_entities,)`: the first token `start`,
    `end`, one past the last token, and `type`, an index into `EntityFinder.types`.
    """

    start: np.ndarray
    end: np.ndarray
    type: np.ndarray


class EntityFinder:
    """
    Finds the entities that `entity_spans` finds, in any sequences of a fixed set of tags, by a few
    array operations instead of a loop over tags.

    # Parameters

    tags : `Dict[int, str]`, required.
        The tag of each label index, as the vocabulary has it.

    # Raises

    `ValueError` for what is not a tag (see `split_tag`).
    """

    def __init__(self, tags: Dict[int, str]) -> None:
        split = {index: split_tag(tag) for index, tag in tags.items()}
        self.types = sorted({entity_type for _, entity_type in split.values()} - {""})
        size = max(tags, default=-1) + 1
        # By label index; a label without a tag has type -1.
        # shape (each): (num_labels,)
        self._type = np.full(size, -1, dtype=np.int64)
        self._goes_on = np.zeros(size, dtype=bool)
        self._closes = np.zeros(size, dtype=bool)
        for index, (prefix, entity_type) in split.items():
            if prefix != "O":
                self._type[index] = self.types.index(entity_type)
                self._goes_on[index] = prefix in "IL"
                self._closes[index] = prefix in "LU"

    def find(self, label_ids: np.ndarray, lengths: np.ndarray) -> FoundEntities:
        """
        # Parameters

        label_ids : `np.ndarray`, required.
            The tokens of all sentences, one after the other, shape `(num_tokens,)`.
        lengths : `np.ndarray`, required.
            Shape `(num_sentences,)`.
        """
        # shape (each): (num_tokens,)
        entity_type = self._type[label_ids]
        goes_on = self._goes_on[label_ids]
        goes_on[1:] &= entity_type[1:] == entity_type[:-1]
        goes_on[1:] &= ~self._closes[label_ids[:-1]]
        firsts = (np.cumsum(lengths) - lengths)[lengths > 0]
        goes_on[firsts] = False
        start = np.flatnonzero(~goes_on & (entity_type >= 0))
        # An entity ends where the first token follows that does not go on with it.
        borders = np.append(np.flatnonzero(~goes_on), len(label_ids))
        end = borders[np.searchsorted(borders, start, side="right")]
        return FoundEntities(start, end, entity_type[start])
