"""
A CSLS dictionary over large vocabularies, both directions: what approximate search finds of the
exact translations, in what time and memory.

    python benchmarks/large_dictionary.py --source en.vec.gz --target es.vec.gz \
        --mapping runs/en_es/mapping.npz --words 200000 1000000 2000000

The vectors are those of the two files in the common space; of more words than the files have, pairs
of mixtures: of the vectors of two words chosen at random on one side, and of these words'
translations on the other. So a mixture and its partner are as far apart as translations really are.

Exact search of all words would take hours. Its time is what a few thousand more rows add to it,
times the number of rows (the cost is linear in them). Its translations are found for a sample of
the words: the exact k best by cosine less half of an approximate r, which is never more than the
exact one, bound the translations; the exact r of these candidates are searched, and the sample
keeps the words where this settles the answer. Times are CPU seconds (user and system).
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
from xner_allennlp.mapping.retrieval.candidate_pairs import CandidatePairs
from xner_allennlp.mapping.retrieval.csls import translate_both
from xner_allennlp.mapping.retrieval.nearest import neighbours_of_both
from xner_allennlp.vectors import read_word_vectors

NEIGHBOURS, K, BOUNDED = 10, 10, 32
SAMPLED_ROWS = 4096
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


def exact_translations(
    queries: torch.Tensor, keys: torch.Tensor, others: torch.Tensor, r_keys: torch.Tensor
) -> Tuple[np.ndarray, np.ndarray]:
    """
    Rows of the K best by CSLS, shape: (q, K), and where they are certain, shape: (q,). `r_keys` are
    at most the exact r, which are means over `others`.
    """
    # <(2x, 1), (y, -r(y))> is no less than CSLS + r(x).
    ones = torch.ones(len(queries), 1)
    bounds, _ = neighbours_of_both(
        torch.cat([2 * queries, ones], dim=1),
        torch.cat([keys, -r_keys[:, None]], dim=1),
        BOUNDED,
        None,
    )
    assert bounds is not None
    # shapes: (rows,) and (q, BOUNDED)
    rows, positions = bounds.rows.unique(return_inverse=True)
    around, _ = neighbours_of_both(keys[rows], others, NEIGHBOURS, None)
    assert around is not None
    # shape: (rows,)
    excess = around.products.mean(dim=1) - r_keys[rows]
    # shape: (q, BOUNDED)
    values = bounds.products - excess[positions]
    # shapes: (q, K)
    best, chosen = values.topk(K, dim=1)
    return (
        bounds.rows.gather(1, chosen).numpy(),
        (best[:, 0] >= bounds.products[:, -1]).numpy(),
    )


def measure(options: argparse.Namespace, words: int) -> Dict[str, Any]:
    sides = real_vectors(options)
    if words > max(map(len, sides)):
        sides = enlarged(sides, partners(sides), words, options.weight)
    left, right = (side[:words] for side in sides)
    before = peak_memory()
    start = time.process_time()
    found = CandidatePairs(left, right, neighbours=NEIGHBOURS)
    directions = found.best_of_left(K), found.best_of_right(K)
    seconds = time.process_time() - start
    row = {
        "words": words,
        "seconds": seconds,
        "vector_bytes": 4 * (left.numel() + right.numel()),
        "bytes": peak_memory() - before,
        "exact_seconds": exact_seconds(left, right),
    }
    chosen = np.random.default_rng(0).choice(words, min(options.queries, words), replace=False)
    for name, own, other, r_other, best in (
        ("forward", left, right, found.r_right, directions[0]),
        ("back", right, left, found.r_left, directions[1]),
    ):
        exact, certain = exact_translations(own[chosen], other, own, r_other)
        rows = best.rows[chosen].numpy()
        row[name] = {
            "certain": float(certain.mean()),
            "recall_1": float((rows[:, 0] == exact[:, 0])[certain].mean()),
            "recall_10": float(
                np.mean([len(set(a) & set(b)) / K for a, b in zip(rows[certain], exact[certain])])
            ),
        }
    return row


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
