"""Viterbi decoding of whole batches."""

from typing import List

import numpy as np


def viterbi(
    logits: np.ndarray,
    transitions: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    lengths: np.ndarray,
) -> List[np.ndarray]:
    """
    The best tag sequence of every sentence; among equal scores the lowest tag wins.

    The way forward keeps the best score of each tag, not where it came from. The way back asks only
    for the one tag of each sentence that is on its path. The batch is the last, contiguous axis, so
    a step is three vectorised operations, whatever the number of sentences.

    Runs on the host also where the logits come from a GPU: copying them once is cheaper than
    hundreds of tiny kernels, and what reads the tags is Python.

    # Parameters

    logits : `np.ndarray`, required.
        Shape `(batch_size, sequence_length, num_tags)`.
    transitions : `np.ndarray`, required.
        Shape `(num_tags, num_tags)`, from and to.
    start, end : `np.ndarray`, required.
        Shape `(num_tags,)`, added to the score of the first and of the last tag.
    lengths : `np.ndarray`, required.
        Shape `(batch_size,)`, each at least 1.

    # Returns

    `List[np.ndarray]`, for every sentence its tags, integers of shape `(length,)`.
    """
    batch_size, sequence_length, num_tags = logits.shape
    # shape: (sequence_length, num_tags, batch_size)
    emissions = np.ascontiguousarray(logits.transpose(1, 2, 0))
    # shape: (num_tags, num_tags, batch_size)
    by_sentence = np.repeat(transitions[:, :, None], batch_size, axis=2)
    reached = np.empty_like(by_sentence)
    # shape of every element: (num_tags, batch_size)
    scores: List[np.ndarray] = [emissions[0] + start[:, None]]
    for step in range(1, sequence_length):
        np.add(scores[-1][:, None, :], by_sentence, out=reached)
        score = reached.max(axis=0)
        score += emissions[step]
        scores.append(score)

    last = lengths - 1
    rows = np.arange(batch_size)
    # What was computed behind a sentence's end is never looked at.
    # shape: (batch_size,)
    final_tags = (np.stack(scores)[last, :, rows] + end).argmax(axis=1)
    # shape: (num_tags, num_tags), to and from
    transposed = np.ascontiguousarray(transitions.T)
    paths = np.empty((batch_size, sequence_length), dtype=np.int64)
    tags = final_tags
    for step in range(sequence_length - 1, -1, -1):
        if step + 1 < sequence_length:
            # shape: (batch_size,)
            tags = (scores[step].T + transposed[tags]).argmax(axis=1)
            tags = np.where(step < last, tags, final_tags)
        paths[:, step] = tags
    return [path[:length] for path, length in zip(paths, lengths.tolist())]
