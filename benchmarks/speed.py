"""
The benchmark: our parts beside stock AllenNLP's on the same data, machine and threads.

    python benchmarks/speed.py --data ../shared/data --mapping runs/mapping_en_nl/mapping.npz \
        --output runs/speed.json

Prints a Markdown table; everything measured goes to the output file.
"""

import argparse
import json
import logging
import os
import platform
import shutil
import sys
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

import network_work
import torch
import viterbi
from allennlp.common import logging as allennlp_logging
from machine_limits import machine_limits
from measure import in_own_process, interleaved, peak_memory
from network_work import Work
from setting import Setting
from works import COMPARISONS

import xner_allennlp

parser = argparse.ArgumentParser(description="Our parts beside stock AllenNLP's")
parser.add_argument("--data", type=Path, required=True, help="folder with ner/ and vectors/")
parser.add_argument("--mapping", type=Path, required=True, help="mapping.npz of en and nl")
parser.add_argument("--output", type=Path, help="JSON file to write")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--only", default="", help="names of rows, with commas")
parser.add_argument("--no-memory", action="store_true", help="leave peak memory out")
parser.add_argument("--quick", action="store_true", help="small parts of the data, few repeats")
parser.add_argument("--memory-of", nargs=2, metavar=("ROW", "SIDE"), help=argparse.SUPPRESS)
parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)


def setting_of(options: argparse.Namespace, folder: Path) -> Setting:
    quick: Dict[str, Any] = {}
    if options.quick:
        quick = {
            "batches": 20,
            "round_batches": 40,
            "pool_sentences": 500,
            "round_pool_sentences": 500,
            "dev_sentences": 500,
        }
    return Setting(options.data.resolve(), options.mapping.resolve(), folder, **quick)


def measured_row(name: str, setting: Setting, options: argparse.Namespace) -> Dict[str, Any]:
    row = COMPARISONS[name]
    units = {side: build(setting) for side, build in row.sides.items()}
    repeats = min(options.repeats, row.max_repeats)
    timings = interleaved(units, repeats, row.warm_up)
    count = row.count(setting)
    work = row.work(setting)
    seconds = {side: timing.as_dict(count) for side, timing in timings.items()}
    return {
        "what": row.what,
        "part": row.part,
        "count": count,
        "target": row.target,
        "seconds": seconds,
        "flops": work.flops,
        "bytes": work.traffic,
        "ratios": ratios(seconds),
    }


def viterbi_row(name: str, options: argparse.Namespace) -> Dict[str, Any]:
    logits, mask = viterbi.batch(*viterbi.CASES[name], ragged=False)
    number = 5 if options.quick else 20

    def unit(decode: viterbi.Decoder) -> Any:
        return lambda: [decode(logits, mask) for _ in range(number)]

    with torch.no_grad():
        units = {side: unit(decode) for side, decode in viterbi.decoders().items()}
        timings = interleaved(units, options.repeats)
    seconds = {side: timing.as_dict(number) for side, timing in timings.items()}
    work = network_work.viterbi(*viterbi.CASES[name])
    return {
        "what": "Viterbi, batch {}, {} words, 17 labels".format(*viterbi.CASES[name]),
        "part": "batch",
        "count": number,
        "target": viterbi.TARGETS,
        "seconds": seconds,
        "flops": work.flops,
        "bytes": work.traffic,
        "ratios": ratios(seconds),
    }


def ratios(seconds: Dict[str, Dict[str, float]]) -> Dict[str, float]:
    """How many times faster we are than each other side, of medians."""
    ours = seconds["ours"]["median"]
    return {side: each["median"] / ours for side, each in seconds.items() if side != "ours"}


def memory_rows(
    names: List[str], folder: Path, options: argparse.Namespace
) -> Dict[str, Dict[str, int]]:
    """Peak memory of a process that builds one side and does its work once."""
    arguments = [__file__, "--data", str(options.data), "--mapping", str(options.mapping)]
    arguments += ["--threads", str(options.threads), "--folder", str(folder)]
    arguments += ["--quick"] if options.quick else []
    peaks: Dict[str, Dict[str, int]] = {}
    for name in names:
        for side in COMPARISONS[name].memory if name in COMPARISONS else ():
            note(f"memory of {name}, {side}")
            result = in_own_process([*arguments, "--memory-of", name, side], os.environ)
            peaks.setdefault(name, {})[side] = result["peak"]
    return peaks


def add_limit(row: Dict[str, Any], limits: Dict[str, float]) -> None:
    """How far our side is from the machine's peak."""
    least = Work(row["flops"], row["bytes"]).least_seconds(
        limits["gflops"], limits["gigabytes_per_second"]
    )
    ours = row["seconds"]["ours"]["median"]
    row["limit"] = {
        "least_seconds": least,
        "times_the_limit": ours / least,
        "gflops": row["flops"] / ours / 1e9,
        "share_of_peak": row["flops"] / ours / 1e9 / limits["gflops"],
    }


def verdict(row: Dict[str, Any]) -> None:
    """Whether the target is met, against each other side."""
    target = row["target"]
    row["meets"] = {}
    for side, ratio in row["ratios"].items():
        wanted = target.get(side) if isinstance(target, dict) else target
        if wanted is not None and not side.startswith("ours"):
            row["meets"][side] = ratio >= wanted


def table(results: Dict[str, Any]) -> str:
    lines = [
        "| work | side | median ms | min to max | ours is faster | wanted | | peak MB |",
        "|---|---|---:|---:|---:|---:|---|---:|",
    ]
    for name, row in results["rows"].items():
        for side, seconds in row["seconds"].items():
            ratio = row["ratios"].get(side)
            meets = row["meets"].get(side)
            target = row["target"]
            wanted = target.get(side) if isinstance(target, dict) else target
            peak = results["peak_memory"].get(name, {}).get(side)
            cells = [
                f"{row['what']}, a {row['part']}" if side == "ours" else "",
                side,
                f"{1000 * seconds['median']:.3g}",
                f"{1000 * seconds['min']:.3g} to {1000 * seconds['max']:.3g}",
                f"{ratio:.2f}x" if ratio is not None else "",
                f"{wanted}x" if meets is not None else "",
                {True: "meets", False: "misses"}.get(meets, ""),
                f"{peak / 1e6:.0f}" if peak else "",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    limits = results["limits"]
    lines += [
        "",
        f"This machine: {limits['gflops']:.1f} GFLOP/s in float32 matrix products, "
        f"{limits['gigabytes_per_second']:.1f} GB/s of memory traffic, "
        f"{results['threads']} thread(s).",
        "",
        "| ours | least work, MFLOP | achieved GFLOP/s | share of peak | times the limit |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in results["rows"].values():
        limit = row["limit"]
        lines.append(
            f"| {row['what']}, a {row['part']} | {row['flops'] / 1e6:.3g} | {limit['gflops']:.2f} "
            f"| {100 * limit['share_of_peak']:.1f}% | {limit['times_the_limit']:.1f} |"
        )
    lines += [""]
    for side, counts in results["agreement"].items():
        lines.append(
            f"Decoding agrees with {side} on {counts['equal']} of {counts['sentences']} sentences."
        )
    return "\n".join(lines)


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(options: argparse.Namespace, folder: Path) -> Dict[str, Any]:
    names = [name for name in options.only.split(",") if name] or [*viterbi.CASES, *COMPARISONS]
    unknown = set(names) - set(COMPARISONS) - set(viterbi.CASES)
    if unknown:
        parser.error(f"unknown rows {sorted(unknown)}; known: {[*viterbi.CASES, *COMPARISONS]}")
    setting = setting_of(options, folder)
    rows: Dict[str, Any] = {}
    results = {
        "threads": options.threads,
        "quick": options.quick,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "package": str(Path(xner_allennlp.__file__).parent),
        "setting": {
            key: str(value) if isinstance(value, Path) else value
            for key, value in vars(setting).items()
        },
        "limits": machine_limits(),
        "agreement": viterbi.agreement(),
        "rows": rows,
        "peak_memory": {},
    }
    for name in names:
        note(f"timing {name}")
        if name in viterbi.CASES:
            rows[name] = viterbi_row(name, options)
        else:
            rows[name] = measured_row(name, setting, options)
        verdict(rows[name])
        add_limit(rows[name], results["limits"])
        save(results, options)
    if not options.no_memory:
        results["peak_memory"] = memory_rows(names, folder, options)
    # The machine may have been busy at the start.
    again = machine_limits()
    results["limits"] = {name: max(best, again[name]) for name, best in results["limits"].items()}
    for row in rows.values():
        add_limit(row, results["limits"])
    save(results, options)
    return results


def save(results: Dict[str, Any], options: argparse.Namespace) -> None:
    """After each row, so that an interrupted run is not lost."""
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results, indent=2) + "\n")


def main(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # of the processes started here
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    allennlp_logging.FILE_FRIENDLY_LOGGING = True
    if options.memory_of:
        name, side = options.memory_of
        # Enough batches for the peak, which the longest sentences make.
        setting = replace(setting_of(options, options.folder), round_batches=50)
        COMPARISONS[name].sides[side](setting)()
        print(json.dumps({"peak": peak_memory()}))
        return
    folder = Path(tempfile.mkdtemp(prefix="xner_speed_"))
    try:
        results = measure(options, folder)
    finally:
        shutil.rmtree(folder)
    print(table(results))


if __name__ == "__main__":
    main(parser.parse_args())
