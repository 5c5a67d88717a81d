"""
One induction of a dictionary by CSLS in both directions, the step that the refinement of a mapping
repeats: ours beside MUSE's and beside four searches by faiss.

    python benchmarks/dictionary_induction.py --muse ../MUSE --output runs/dictionary_induction.json
    python benchmarks/dictionary_induction.py --words 20000 --vectors mapped.vec.gz other.vec.gz

The vectors are random ones of length 1, or those of two files, taken as if they were in one space.
MUSE (CC BY-NC 4.0) is not part of this repository: its `get_candidates` is called in a checkout.
vecmap's induction stands in the middle of its script; `mapping_peers.py vecmap-dictionary` times
its iterations.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np
import torch
from machine_limits import matrix_product_peak
from measure import in_own_process, interleaved, peak_memory

NEIGHBOURS = 10
Pairs = Tuple[np.ndarray, np.ndarray]


def make_vectors(words: int, dim: int, files: Optional[List[str]]) -> Tuple[torch.Tensor, ...]:
    """Of length 1, shapes: (n, d) and (m, d)."""
    if files:
        from xner_allennlp.vectors import read_word_vectors

        sides = [torch.as_tensor(read_word_vectors(path).matrix[:words]) for path in files]
    else:
        generator = torch.Generator().manual_seed(0)
        sides = [torch.randn(words, dim, generator=generator) for _ in range(2)]
    return tuple(torch.nn.functional.normalize(side) for side in sides)


def ours(left: torch.Tensor, right: torch.Tensor) -> Pairs:
    from xner_allennlp.mapping.retrieval.csls import translate_both

    found = translate_both(left, right, neighbours=NEIGHBOURS)
    assert found.of_fixed is not None
    return found.of_mapped.rows[:, 0].numpy(), found.of_fixed.rows[:, 0].numpy()


def four_searches(left: torch.Tensor, right: torch.Tensor) -> Pairs:
    """Neighbourhoods and translations of both sides, each a search by `faiss.knn`."""
    import faiss

    def search(queries: np.ndarray, keys: np.ndarray, k: int) -> Pairs:
        return faiss.knn(queries, keys, k, metric=faiss.METRIC_INNER_PRODUCT)

    x, y = left.numpy(), right.numpy()
    r_x = search(x, y, NEIGHBOURS)[0].mean(axis=1)
    r_y = search(y, x, NEIGHBOURS)[0].mean(axis=1)
    found = []
    for queries, keys, r_keys in ((x, y, r_y), (y, x, r_x)):
        ones = np.ones((len(queries), 1), dtype=np.float32)
        extended = np.hstack([keys, -r_keys[:, None]])
        found.append(search(np.hstack([2 * queries, ones]), extended, 2)[1][:, 0])
    return found[0], found[1]


def muse_of(checkout: str) -> Callable[[torch.Tensor, torch.Tensor], Pairs]:
    """MUSE's own functions, which use faiss for the neighbourhoods if it is installed."""
    sys.path.insert(0, checkout)
    from src.dico_builder import get_candidates

    params = SimpleNamespace(
        dico_method=f"csls_knn_{NEIGHBOURS}",
        dico_max_rank=0,
        dico_max_size=0,
        dico_min_size=0,
        dico_threshold=0,
    )

    def best(queries: torch.Tensor, keys: torch.Tensor) -> np.ndarray:
        pairs = get_candidates(queries, keys, params)
        return pairs[pairs[:, 0].argsort(), 1].numpy()

    return lambda left, right: (best(left, right), best(right, left))


def set_threads(number: int) -> None:
    torch.set_num_threads(number)
    with contextlib.suppress(ImportError):
        import faiss

        faiss.omp_set_num_threads(number)


def side_of(name: str, muse: Optional[str]) -> Callable[[torch.Tensor, torch.Tensor], Pairs]:
    if name == "muse":
        assert muse is not None
        return muse_of(muse)
    return {"ours": ours, "faiss": four_searches}[name]


def memory_of(name: str, options: argparse.Namespace) -> int:
    """Bytes that one induction needs more than the vectors, in a process of its own."""
    arguments = [__file__, "--side", name, "--words", options.words, "--dim", options.dim]
    arguments += ["--threads", options.threads]
    arguments += ["--muse", options.muse] if options.muse else []
    arguments += ["--vectors", *options.vectors] if options.vectors else []
    return in_own_process(list(map(str, arguments)), os.environ)["bytes"]


def measure_memory_here(options: argparse.Namespace) -> None:
    left, right = make_vectors(options.words, options.dim, options.vectors)
    side = side_of(options.side, options.muse)
    side(left[:2000], right[:2000])  # imports, buffers of the libraries
    before = peak_memory()
    side(left, right)
    print(json.dumps({"bytes": peak_memory() - before}))


def agreement(one: Pairs, other: Pairs) -> float:
    """The share of equal translations; float32 sums of another order may turn near-ties."""
    return float(np.mean([np.mean(mine == theirs) for mine, theirs in zip(one, other)]))


def run(options: argparse.Namespace) -> Dict[str, Any]:
    left, right = make_vectors(options.words, options.dim, options.vectors)
    names = [name for name in options.sides if name != "muse" or options.muse]
    found: Dict[str, Pairs] = {}
    peaks: List[float] = []

    def unit(name: str) -> Callable[[], None]:
        side = side_of(name, options.muse)

        def induce() -> None:
            found[name] = side(left, right)

        return induce

    units: Dict[str, Callable[[], None]] = {
        "peak": lambda: peaks.append(matrix_product_peak(repeats=4)),
        **{name: unit(name) for name in names},
    }
    for name in names:
        side_of(name, options.muse)(left[:500], right[:500])
    started = time.perf_counter()
    timings = interleaved(units, options.repeats, warm_up=False)
    peak = statistics.median(peaks)
    # The products of all pairs twice: once for the neighbourhoods, once for the translations.
    least = 2 * 2 * len(left) * len(right) * left.shape[1] / peak / 1e9
    results: Dict[str, Any] = {
        "words": [len(left), len(right)],
        "dim": left.shape[1],
        "threads": options.threads,
        "gflops": peak,
        "seconds_of_the_products_alone": least,
        "sides": {
            name: {
                **timings[name].as_dict(),
                "share_of_peak": least / timings[name].median,
                "agreement_with_ours": agreement(found[name], found[names[0]]),
                "bytes": None if options.no_memory else memory_of(name, options),
            }
            for name in names
        },
        "seconds": time.perf_counter() - started,
    }
    return results


def print_table(results: Dict[str, Any]) -> None:
    n, m = results["words"]
    least = results["seconds_of_the_products_alone"]
    print(
        f"{n} x {m} words, {results['dim']} dimensions, {results['threads']} threads; "
        f"{results['gflops']:.0f} GFLOP/s: the products alone, twice, take {least:.2f} s"
    )
    print(f"{'':10}{'median s':>10}{'min':>9}{'max':>9}{'times ours':>12}{'of peak':>9}", end="")
    print(f"{'MB':>8}{'agreement':>11}")
    first = next(iter(results["sides"].values()))
    for name, row in results["sides"].items():
        size = "" if row["bytes"] is None else f"{row['bytes'] / 1e6:.0f}"
        print(
            f"{name:10}{row['median']:10.2f}{row['min']:9.2f}{row['max']:9.2f}"
            f"{row['median'] / first['median']:12.2f}{row['share_of_peak']:9.0%}"
            f"{size:>8}{row['agreement_with_ours']:11.4%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="One induction of a dictionary by CSLS")
    parser.add_argument("--words", type=int, default=50_000, help="of either language")
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--vectors", nargs=2, help="two files, in place of random vectors")
    parser.add_argument("--muse", help="a checkout of MUSE; without it, its side is left out")
    parser.add_argument("--sides", nargs="+", default=["ours", "faiss", "muse"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    options = parser.parse_args()
    set_threads(options.threads)
    if options.side:
        measure_memory_here(options)
        return
    results = run(options)
    print_table(results)
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
