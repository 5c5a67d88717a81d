"""Windows over sequences of pieces, against what they promise."""

import numpy as np
import pytest

from xner_allennlp.modules.piece_windows import PieceWindows


@pytest.mark.parametrize("longest", [1, 2, 3, 7, 8])
def test_every_piece_is_read_where_it_has_most_context(longest):
    lengths = np.arange(30)
    windows = PieceWindows.of_lengths(lengths, longest)
    firsts, lasts = windows.starts, windows.starts + windows.sizes - 1
    assert windows.sizes.max() <= longest
    piece = 0
    for length in lengths:
        begin, end = piece, piece + length - 1
        # At the ends of the sequence there is no more context to be had.
        left_open, right_open = firsts == begin, lasts == end
        for piece in range(begin, begin + length):
            holding = (firsts <= piece) & (piece <= lasts)
            # No window reaches over the border of its sequence.
            assert (firsts[holding] >= begin).all() and (lasts[holding] <= end).all()
            left = piece - firsts + longest * left_open
            right = lasts - piece + longest * right_open
            context = np.where(holding, np.minimum(left, right), -1)
            assert context[windows.window_of[piece]] >= min(context.max(), (longest - 1) // 4)
        piece = begin + length


def test_windows_overlap_by_half():
    windows = PieceWindows.of_lengths(np.array([20]), 8)
    assert windows.starts.tolist() == [0, 4, 8, 12]
    assert windows.sizes.tolist() == [8] * 4


def test_batches_hold_each_window_once_and_are_bounded():
    windows = PieceWindows.of_lengths(np.array([3, 50, 1, 9, 9, 2]), 8)
    for least_part in (0.0, 0.5, 0.7, 1.0):
        batches = windows.batches(20, least_part)
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(windows.starts)))
        for batch in batches:
            sizes = windows.sizes[batch]
            assert len(batch) == 1 or len(batch) * sizes.max() <= 20
            assert sizes.min() >= least_part * sizes.max()


def test_windows_of_equal_size_in_the_order_of_their_batch():
    windows = PieceWindows.of_lengths(np.array([3, 7, 1, 9, 3, 7, 7]), 20)
    (batch,) = windows.batches(1000)
    parts = windows.of_equal_size(batch)
    assert np.array_equal(np.concatenate(parts), batch)
    assert [windows.sizes[part].tolist() for part in parts] == [[9], [7, 7, 7], [3, 3], [1]]
