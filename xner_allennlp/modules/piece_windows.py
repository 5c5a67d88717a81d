"""Long sequences of pieces in overlapping windows."""

from typing import List, NamedTuple

import numpy as np


class PieceWindows(NamedTuple):
    """
    What a network of limited length reads of some sequences, which stand one after the other.

    starts : `(num_windows,)`, the piece a window begins with, counted over all sequences.
    sizes : `(num_windows,)`, in pieces.
    window_of : `(num_pieces,)`, the window whose states a piece takes: of those that it is in, the
        one whose middle is next to it, so it has context on both sides where there is any.
    """

    starts: np.ndarray
    sizes: np.ndarray
    window_of: np.ndarray

    @classmethod
    def of_lengths(cls, lengths: np.ndarray, longest: int) -> "PieceWindows":
        """
        A sequence of at most `longest` pieces is one window; a longer one has windows of `longest`
        pieces, each half of which the next one reads again, and the last ends where it ends.

        # Parameters

        lengths : `np.ndarray`
            Shape `(num_sequences,)`, in pieces.
        longest : `int`
        """
        starts: List[int] = []
        sizes: List[int] = []
        window_of = np.empty(lengths.sum(), dtype=np.int64)
        begin = 0
        for length in lengths.tolist():
            last = max(length - longest, 0)
            offsets = [*range(0, last, max(longest // 2, 1)), last]
            middles = np.array(offsets) + (min(length, longest) - 1) / 2
            nearest = np.searchsorted((middles[1:] + middles[:-1]) / 2, np.arange(length))
            window_of[begin : begin + length] = len(starts) + nearest
            starts += [begin + offset for offset in offsets]
            sizes += [min(length, longest)] * len(offsets)
            begin += length
        return cls(np.array(starts, np.int64), np.array(sizes, np.int64), window_of)

    def batches(self, most_pieces: int, least_part: float = 0.0) -> List[np.ndarray]:
        """
        The windows, `(batch_size,)` each, in batches of similar size, the longest first.

        # Parameters

        most_pieces : `int`
            How many pieces a batch has with its padding (a window that has more is alone).
        least_part : `float`, optional (default = `0`)
            What part of the longest window's pieces every window of a batch has at least.
        """
        order = np.argsort(-self.sizes, kind="stable")
        sizes = self.sizes[order]
        batches, begin = [], 0
        while begin < len(order):
            longest = int(sizes[begin])
            number = max(most_pieces // max(longest, 1), 1)
            # The sizes descend.
            similar = int(np.searchsorted(-sizes, -least_part * longest, side="right"))
            end = min(begin + number, max(similar, begin + 1))
            batches.append(order[begin:end])
            begin = end
        return batches

    def of_equal_size(self, batch: np.ndarray) -> List[np.ndarray]:
        """The windows of a batch of `batches` by their size, `(num_windows,)` each."""
        parts: List[np.ndarray] = np.split(batch, np.flatnonzero(np.diff(self.sizes[batch])) + 1)
        return parts
