"""
A CSLS dictionary over large vocabularies, both directions: what approximate search finds of the
exact translations, in what time and memory.

    python benchmarks/large_dictionary.py --source en.vec.gz --target es.vec.gz \
        --mapping runs/en_es/mapping.npz --words 200000 1000000 2000000

The vectors are those of the two files in the common space; of more words than the files have, pairs
of mixtures: of the vectors of two words chosen at random on one side, and of these words'
translations on the other. So a mixture and its partner are as far apart as translations really are.

All is measured by a sample of the words, since exact search of all would take hours. Costs are
linear in the words that are searched. Exact time is what 1,024 rows more take. For a sampled word,
its 200 nearest by cosine are searched in the other direction as an induction of all words would do
it: of what these two searches found, approximate CSLS chooses. Their r is never more than the exact
one, so it bounds their exact CSLS; the exact r of those with the largest bounds settle which is
best, where it can be settled. Times are CPU seconds (user and system).
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict, Tuple

import numpy as np
import torch
from measure import in_own_process, peak_memory

from xner_allennlp.mapping import Mapping
from xner_allennlp.mapping.retrieval.approximate import (
    ApproximateIndex,
    candidate_bytes,
    index_bytes,
)
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.retrieval.nearest import Neighbours, neighbours_of_both
from xner_allennlp.vectors import read_word_vectors

NEIGHBOURS, K, CANDIDATES, BOUNDED, SETTLED = 10, 10, 64, 200, 16
SAMPLED_ROWS = 1024
Sides = Tuple[torch.Tensor, torch.Tensor]
unit_length = torch.nn.functional.normalize


def real_vectors(options: argparse.Namespace) -> Sides:
    mapping = Mapping.load(options.mapping)
    return tuple(  # type: ignore[return-value]
        unit_length(torch.from_numpy(mapping.apply(read_word_vectors(path).matrix, language)))
        for path, language in ((options.source, "source"), (options.target, "target"))
    )


def partners(sides: Sides) -> torch.Tensor:
    """Rows of mutual translations, shape: (pairs, 2)."""
    found = translate_both(*sides, neighbours=NEIGHBOURS)
    assert found.of_fixed is not None
    # shape: (n,)
    of_mapped = found.of_mapped.rows[:, 0]
    rows = torch.arange(len(of_mapped))
    mutual = found.of_fixed.rows[of_mapped, 0] == rows
    return torch.stack([rows[mutual], of_mapped[mutual]], dim=1)


def enlarged(sides: Sides, pairs: torch.Tensor, words: int, weight: float) -> Sides:
    """Mixtures, shapes: (words, d)."""
    drawn = torch.randint(len(pairs), (2, words), generator=torch.Generator().manual_seed(0))
    mixtures = []
    for side, column in zip(sides, pairs.T):
        mixture = torch.empty(words, side.shape[1])
        for start in range(0, words, 50_000):
            one, other = column[drawn[:, start : start + 50_000]]
            mixture[start : start + 50_000] = unit_length(side[one] + weight * side[other])
        mixtures.append(mixture)
    return mixtures[0], mixtures[1]


def exact_seconds(left: torch.Tensor, right: torch.Tensor) -> float:
    """Of the two sweeps over all products, from the rows that the second sample has more."""

    def sweeps(rows: int) -> float:
        start = time.process_time()
        for k in (NEIGHBOURS, 2):
            neighbours_of_both(left[:rows], right, k, k)
        return time.process_time() - start

    sweeps(256)
    return (sweeps(2 * SAMPLED_ROWS) - sweeps(SAMPLED_ROWS)) * len(left) / SAMPLED_ROWS


def nearest_to(queries: torch.Tensor, keys: torch.Tensor, k: int) -> Neighbours:
    found, _ = neighbours_of_both(queries, keys, k, None)
    assert found is not None
    return found


class Sample:
    """Words of one side, translated exactly and approximately."""

    def __init__(
        self,
        queries: torch.Tensor,
        own: torch.Tensor,
        other: torch.Tensor,
        indexes: Tuple[ApproximateIndex, ApproximateIndex],
        sampled_rows: torch.Tensor,
    ) -> None:
        own_index, other_index = indexes
        forward = other_index.search(queries.numpy(), CANDIDATES).rows
        near = nearest_to(queries, other, BOUNDED)
        # shapes: (y,) and (q, BOUNDED)
        rows, positions = near.rows.unique(return_inverse=True)
        start = time.process_time()
        back = own_index.search(other[rows].numpy(), CANDIDATES)
        self.seconds_a_word = (time.process_time() - start) / len(rows)
        # shape: (y,)
        r_found = torch.from_numpy(back.products[:, :NEIGHBOURS]).mean(dim=1)
        # shape: (q, BOUNDED)
        bounds = 2 * near.products - r_found[positions]
        # shapes: (q, SETTLED)
        largest, settled = bounds.topk(SETTLED + 1, dim=1)
        settled = settled[:, :SETTLED]
        asked, places = positions.gather(1, settled).unique(return_inverse=True)
        exact_r = nearest_to(other[rows[asked]], own, NEIGHBOURS).products.mean(dim=1)
        values = 2 * near.products.gather(1, settled) - exact_r[places]
        # shapes: (q, K)
        best, chosen = values.topk(K, dim=1)
        self.certain = (best[:, 0] >= largest[:, -1]).numpy()
        self.exact = near.rows.gather(1, settled).gather(1, chosen).numpy()
        # What either direction found, of the nearest.
        # shape: (q, BOUNDED)
        seen = torch.from_numpy(
            np.stack([np.isin(near_to, found) for near_to, found in zip(near.rows, forward)])
        )
        # shape: (q, BOUNDED)
        seen |= (torch.from_numpy(back.rows)[positions] == sampled_rows[:, None, None]).any(dim=2)
        # shape: (q, K)
        chosen = bounds.masked_fill(~seen, -torch.inf).topk(K, dim=1).indices
        self.found = near.rows.gather(1, chosen).numpy()

    def recall(self) -> Dict[str, float]:
        pairs = list(zip(self.found[self.certain], self.exact[self.certain]))
        return {
            "certain": float(self.certain.mean()),
            "recall_1": float(np.mean([found[0] == exact[0] for found, exact in pairs])),
            "recall_10": float(np.mean([len(set(f) & set(e)) / K for f, e in pairs])),
        }


def measure(options: argparse.Namespace, words: int) -> Dict[str, Any]:
    sides = real_vectors(options)
    if words > max(map(len, sides)):
        sides = enlarged(sides, partners(sides), words, options.weight)
    left, right = (side[:words] for side in sides)
    before = peak_memory()
    start = time.process_time()
    left_index, right_index = (ApproximateIndex(side.numpy()) for side in (left, right))
    index_seconds = time.process_time() - start
    # Of two indexes, where an induction has one at a time.
    index_memory = peak_memory() - before
    chosen = torch.from_numpy(
        np.random.default_rng(0).choice(words, min(options.queries, words), replace=False)
    )
    samples = {
        "forward": Sample(left[chosen], left, right, (left_index, right_index), chosen),
        "back": Sample(right[chosen], right, left, (right_index, left_index), chosen),
    }
    found_bytes = candidate_bytes(2 * words, CANDIDATES)
    return {
        "words": words,
        "seconds": index_seconds
        + words * sum(sample.seconds_a_word for sample in samples.values()),
        "index_seconds": index_seconds,
        "vector_bytes": 4 * (left.numel() + right.numel()),
        "bytes": index_memory + found_bytes,
        "stated_bytes": index_bytes(words, left.shape[1]) + found_bytes,
        "exact_seconds": exact_seconds(left, right),
        **{name: sample.recall() for name, sample in samples.items()},
    }


def table_line(row: Dict[str, Any]) -> str:
    forward, back = row["forward"], row["back"]
    return (
        f"| {row['words']:,} | {forward['recall_1']:.3f}, {back['recall_1']:.3f} "
        f"| {forward['recall_10']:.3f}, {back['recall_10']:.3f} | {row['seconds']:,.0f} s "
        f"| {row['exact_seconds']:,.0f} s | {row['exact_seconds'] / row['seconds']:.1f} "
        f"| {row['bytes'] / 1e9:.2f} GB beside {row['vector_bytes'] / 1e9:.2f} GB |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="A CSLS dictionary over large vocabularies")
    parser.add_argument("--source", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--mapping", required=True)
    parser.add_argument("--words", type=int, nargs="+", default=[200_000, 1_000_000, 2_000_000])
    parser.add_argument("--queries", type=int, default=500, help="of each direction, for recall")
    parser.add_argument("--weight", type=float, default=0.7, help="of a mixture's second word")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.one:
        print(json.dumps(measure(options, options.words[0])))
        return
    rows = []
    print("| words | recall@1 | recall@10 | approximate | exact | ratio | memory |", flush=True)
    for words in options.words:
        # In a process of its own, for its memory. Later options win over earlier ones.
        arguments = [__file__, *sys.argv[1:], "--one", "--words", str(words)]
        rows.append(in_own_process(arguments, os.environ))
        print(table_line(rows[-1]), flush=True)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
