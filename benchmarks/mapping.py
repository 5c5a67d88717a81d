"""
Our mapping of word vectors beside MUSE's and vecmap's: the same files, one side after the other.

    python benchmarks/mapping.py --source es.vec --target en.vec --dictionary es-en.txt \
        --folder runs/mapping_benchmark --seeds 1 2 3 --muse ../MUSE --vecmap ../vecmap \
        --epochs 5 --words-per-epoch 48000 --hidden-dim 200 --mapping-lr 0.3

Sides: `paper`, our adversarial training, and `muse`, the original, with the same number of sampled
words, the same discriminator and learning rates, and refinements on the same number of words; our
presets; vecmap's unsupervised mode. Every side runs in a process of its own and is timed from the
vectors being read to the mapping being found. Precision@1 is that of CSLS, measured by us for all.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import mapping_peers

from xner_allennlp.mapping import WordVectorMapper, evaluate_mapping, read_dictionary
from xner_allennlp.vectors import read_word_vectors

PRESETS = ("cpu", "robust")


def main() -> None:
    arguments = parse()
    if arguments.ours:
        print(json.dumps(ours(arguments, arguments.ours, arguments.seeds[0])))
        return
    rows: List[Dict[str, Any]] = []
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for seed in arguments.seeds:
        for side in arguments.sides:
            row = {"side": side, "seed": seed, **run(arguments, side, seed)}
            rows.append(row)
            print(json.dumps(row), flush=True)
            (arguments.folder / "mapping.json").write_text(json.dumps(rows, indent=2) + "\n")
    for line in table(rows):
        print(line)


def run(arguments: argparse.Namespace, side: str, seed: int) -> Dict[str, Any]:
    """One side with one seed: precision, seconds, peak memory."""
    folder = arguments.folder / f"{side}_{seed}"
    if side == "muse":
        options = muse_options(arguments)
        found = mapping_peers.run_muse(
            arguments.muse,
            arguments.source,
            arguments.target,
            options=options,
            seed=seed,
            folder=folder,
            dictionary=arguments.dictionary,
            limit=arguments.limit,
        )
    elif side == "vecmap":
        found = mapping_peers.run_vecmap(
            arguments.vecmap,
            arguments.source,
            arguments.target,
            options=["--unsupervised"],
            seed=seed,
            folder=folder,
            limit=arguments.limit,
        )
    else:
        command = [sys.executable, __file__, *sys.argv[1:], "--ours", side, "--seeds", str(seed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        result: Dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result
    kept = ("seconds", "cpu_seconds", "peak_bytes", "finished", "parts")
    row = {name: found[name] for name in kept if name in found}
    if "source" in found:
        measured = mapping_peers.precision(
            *(read_word_vectors(path) for path in (arguments.source, arguments.target)),
            found["source"],
            found["target"],
            arguments.dictionary,
            max_words=arguments.evaluation_words,
        )
        row["precision"] = measured["source_to_target"]["csls_precision_at_1"]
        row["precision_in_reverse"] = measured["target_to_source"]["csls_precision_at_1"]
    return row


def ours(arguments: argparse.Namespace, preset: str, seed: int) -> Dict[str, Any]:
    """Our side, in this process."""
    started, cpu = time.time(), time.process_time()
    source, target = (
        read_word_vectors(path, max_words=arguments.max_words)
        for path in (arguments.source, arguments.target)
    )
    options = paper_options(arguments) if preset == "paper" else {}
    mapping, report = WordVectorMapper(preset, seed=seed, **options).map(source, target)
    row = {
        "seconds": time.time() - started,
        "cpu_seconds": time.process_time() - cpu,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "criterion": report["criterion"],
        "verdict": report["verdict"]["summary"],
    }
    precision = evaluate_mapping(
        mapping,
        source,
        target,
        read_dictionary(arguments.dictionary),
        max_words=arguments.evaluation_words,
    )
    row["precision"] = precision["source_to_target"]["csls_precision_at_1"]
    row["precision_in_reverse"] = precision["target_to_source"]["csls_precision_at_1"]
    return row


def paper_options(arguments: argparse.Namespace) -> Dict[str, Any]:
    names = ("epochs", "words_per_epoch", "hidden_dim", "mapping_lr", "lr_shrink", "most_frequent")
    return {
        "start": {name: getattr(arguments, name) for name in names},
        "refinement": {"iterations": arguments.refinements},
        "normalize": arguments.normalize,
    }


def muse_options(arguments: argparse.Namespace) -> List[str]:
    options = {
        "--n_epochs": arguments.epochs,
        "--epoch_size": arguments.words_per_epoch,
        "--dis_hid_dim": arguments.hidden_dim,
        "--map_optimizer": f"sgd,lr={arguments.mapping_lr}",
        "--lr_shrink": arguments.lr_shrink,
        "--dis_most_frequent": arguments.most_frequent,
        "--normalize_embeddings": ",".join(arguments.normalize),
        "--n_refinement": arguments.refinements,
        "--max_vocab": arguments.max_words or 200_000,
    }
    return [str(text) for option in options.items() for text in option]


def table(rows: List[Dict[str, Any]]) -> List[str]:
    lines = [
        "| side | P@1 | in reverse | seconds | CPU seconds | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for side in dict.fromkeys(row["side"] for row in rows):
        own = [row for row in rows if row["side"] == side]
        precision = ", ".join(f"{row.get('precision', float('nan')):.3f}" for row in own)
        reverse = ", ".join(f"{row.get('precision_in_reverse', float('nan')):.3f}" for row in own)
        medians = [
            statistics.median(row[name] for row in own)
            for name in ("seconds", "cpu_seconds", "peak_bytes")
        ]
        unfinished = "" if all(row.get("finished", True) for row in own) else " (stopped)"
        lines.append(
            f"| {side}{unfinished} | {precision} | {reverse} | {medians[0]:.1f} | "
            f"{medians[1]:.1f} | {medians[2] / 2**20:.0f} |"
        )
    return lines


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("source", "target", "dictionary", "folder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--muse", type=Path, help="a checkout of MUSE")
    parser.add_argument("--vecmap", type=Path, help="a checkout of vecmap")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument(
        "--sides",
        nargs="+",
        default=["paper", "muse", *PRESETS, "vecmap"],
        choices=["paper", "muse", *PRESETS, "vecmap"],
    )
    parser.add_argument("--limit", type=float, help="seconds after which a peer is stopped")
    parser.add_argument("--max-words", type=int, help="words read of each file")
    parser.add_argument("--evaluation-words", type=int)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--words-per-epoch", type=int, default=1_000_000)
    parser.add_argument("--hidden-dim", type=int, default=2048)
    parser.add_argument("--mapping-lr", type=float, default=0.1)
    parser.add_argument("--lr-shrink", type=float, default=0.5)
    parser.add_argument("--most-frequent", type=int, default=4000)
    parser.add_argument("--normalize", nargs="*", default=[])
    parser.add_argument("--refinements", type=int, default=5)
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.ours:
        for peer in ("muse", "vecmap"):
            if peer in arguments.sides and getattr(arguments, peer) is None:
                parser.error(
                    f"--{peer} CHECKOUT is needed for this side, or leave it out (--sides)"
                )
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return arguments


if __name__ == "__main__":
    main()
