"""The soft labels of a corpus, kept small."""

from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch

from xner_allennlp.common.device_copies import tensors_on
from xner_allennlp.modules.crf import ExpectedCounts

# What is smaller is left out. Most words are certain, so one or two numbers a word are left, and
# what is lost of a word's probability is at most this times the number of labels.
SMALLEST = 1e-4


class SoftLabels:
    """
    The tags and transitions that teachers expect in each sentence, in the order of the student's
    labels. Sentences go by any numbers.

    # Parameters

    num_labels : `int`, required.
    """

    def __init__(self, num_labels: int) -> None:
        self._num_labels = num_labels
        self._unary = _SparseRows()
        self._pairwise = _SparseRows()

    def add(self, numbers: Sequence[int], counts: ExpectedCounts) -> None:
        """Keeps the counts of a batch, whose sentences have these numbers."""
        for rows, part in ((self._unary, counts.unary), (self._pairwise, counts.pairwise)):
            rows.add(numbers, part.flatten(1).float().cpu().numpy())

    def counts(
        self, numbers: Sequence[int], length: int, device: Optional[torch.device]
    ) -> ExpectedCounts:
        """The counts of these sentences as a batch of this length."""
        num_labels = self._num_labels
        # shape: (batch_size, length * num_labels), (batch_size, num_labels * num_labels)
        unary = self._unary.dense(numbers, length * num_labels)
        pairwise = self._pairwise.dense(numbers, num_labels * num_labels)
        on_device = tensors_on(device or torch.device("cpu"), [unary, pairwise])
        return ExpectedCounts(
            on_device[0].view(len(numbers), length, num_labels),
            on_device[1].view(len(numbers), num_labels, num_labels),
        )


class _SparseRows:
    """Rows of numbers from 0 to many, nearly all of them 0."""

    def __init__(self) -> None:
        # Of each batch that was added the columns and values of its rows, one after the other.
        self._pieces: List[Tuple[np.ndarray, np.ndarray]] = []
        # Number -> batch, first and last entry.
        self._entries: Dict[int, Tuple[int, int, int]] = {}

    def add(self, numbers: Sequence[int], matrix: np.ndarray) -> None:
        row, column = np.nonzero(matrix >= SMALLEST)
        # shape: (batch_size + 1,)
        borders = np.searchsorted(row, np.arange(len(numbers) + 1)).tolist()
        for number, start, end in zip(numbers, borders, borders[1:]):
            self._entries[number] = (len(self._pieces), start, end)
        self._pieces.append((column.astype(np.int32), matrix[row, column]))

    def dense(self, numbers: Sequence[int], width: int) -> np.ndarray:
        matrix = np.zeros((len(numbers), width), dtype=np.float32)
        for row, number in enumerate(numbers):
            piece, start, end = self._entries[number]
            columns, values = self._pieces[piece]
            matrix[row, columns[start:end]] = values[start:end]
        return matrix
