"""
A folder exported by `xner-tagger export` beside its archive: time and memory from the start of a
process to the first tagged sentence, and sentences a second.

    python benchmarks/exported_tagger.py runs/cross_augmented_en_nl/model.tar.gz nl.txt
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, List, NamedTuple

EXPORT = """
import sys
from xner_allennlp import Tagger
Tagger.load(sys.argv[1]).export(sys.argv[2])
"""
LIGHT = """
import sys
from xner_allennlp import Tagger
print(Tagger.load(sys.argv[1]).tag(open(sys.argv[2], encoding="utf-8").read()))
"""


class Cost(NamedTuple):
    seconds: float
    cpu_seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive")
    parser.add_argument("sentences", help="raw text, a sentence a line")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    lines = Path(args.sentences).read_text("utf-8").splitlines()
    with tempfile.TemporaryDirectory() as name:
        folder, one = Path(name) / "tagger", Path(name) / "one.txt"
        one.write_text(lines[0] + "\n", "utf-8")
        subprocess.run([sys.executable, "-c", EXPORT, args.archive, str(folder)], check=True)
        commands = {
            "allennlp predict": ["-m", "allennlp", "predict", args.archive, str(one), "--silent"]
            + ["--include-package", "xner_allennlp", "--output-file", f"{name}/predicted"],
            "folder": ["-c", LIGHT, str(folder), str(one)],
        }
        costs: Dict[str, List[Cost]] = {}
        rates: Dict[str, List[float]] = {}
        for _ in range(args.repeats):
            for side, command in commands.items():
                costs.setdefault(side, []).append(cost_of([sys.executable, *command]))
        # Not before: a process counts the memory of the one that has started it, too.
        from xner_allennlp import Tagger

        taggers = {
            side: Tagger.load(path)
            for side, path in [("archive", args.archive), ("folder", folder)]
        }
        for _ in range(args.repeats):
            for side, tagger in taggers.items():
                start = time.process_time()
                tagger.tag(lines)
                rates.setdefault(side, []).append(len(lines) / (time.process_time() - start))
    print("side, s to the first sentence, CPU s of these, MB at the peak")
    for side, measured in costs.items():
        print(side, *(round(statistics.median(values), 2) for values in zip(*measured)))
    print("side, sentences a CPU second")
    for side, measured_rates in rates.items():
        print(side, round(statistics.median(measured_rates)))


def cost_of(command: List[str]) -> Cost:
    """Of a process that is waited for."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - start, cpu, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
