"""
Prediction at scale: time and peak memory of `allennlp predict` for more and more sentences, which
are those of a real corpus repeated. Both must grow with nothing but the number of sentences (time)
or not at all (memory).

    python benchmarks/scale.py model.tar.gz --data ../shared/data --output runs/scale

writes `scale.csv`, `scale.json` and `scale.png`. This process stays small, since a child's peak
memory counts its parent's as well.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

from setting import sentences

parser = argparse.ArgumentParser(description="Time and memory of prediction by number of sentences")
parser.add_argument("archive", type=Path)
parser.add_argument("--data", type=Path, required=True, help="folder with ner/nl/nl.train")
parser.add_argument("--output", type=Path, required=True, help="folder to write to")
parser.add_argument("--sizes", default="10000,100000,500000", help="numbers of sentences")
parser.add_argument("--format", choices=["tokens", "text"], default="tokens")
parser.add_argument("--batch-size", type=int, default=64)


def lines(corpus: Path, form: str) -> Iterator[str]:
    """Sentences of the corpus for ever, as lines of the predictor's input."""
    for words, _ in itertools.cycle(list(sentences(corpus))):
        if form == "text":
            yield " ".join(words) + "\n"
        else:
            yield json.dumps({"tokens": words}, ensure_ascii=False) + "\n"


def predict(options: argparse.Namespace, number: int, folder: Path) -> Dict[str, Any]:
    """One run of the command, in a process of its own."""
    source, output = folder / "input.txt", folder / "output.jsonl"
    corpus = options.data / "ner" / "nl" / "nl.train"
    with source.open("w", encoding="utf-8") as file:
        file.writelines(itertools.islice(lines(corpus, options.format), number))
    command = [sys.executable, "-m", "allennlp", "predict", str(options.archive), str(source)]
    command += ["--output-file", str(output), "--batch-size", str(options.batch_size), "--silent"]
    command += ["--include-package", "xner_allennlp", "--cuda-device", "-1"]
    with (folder / "log.txt").open("wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    if status:
        raise RuntimeError((folder / "log.txt").read_text()[-4000:])
    with output.open("rb") as file:
        answered = sum(1 for _ in file)
    if answered != number:
        raise RuntimeError(f"{number} sentences went in, {answered} answers came out")
    return {"sentences": number, "seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024}


def plot(rows: List[Dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = [row["sentences"] for row in rows]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4))
    left.plot(sizes, [1000 * row["seconds_per_sentence"] for row in rows], "o-")
    left.set_ylabel("ms a sentence, start-up left out")
    right.plot(sizes, [row["peak_bytes"] / 1e6 for row in rows], "o-")
    right.set_ylabel("peak memory, MB")
    for axes in (left, right):
        axes.set_xlabel("sentences")
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(dir=options.output) as folder:
        # The first run only brings the files into the machine's cache.
        start_up = [predict(options, 1, Path(folder))["seconds"] for _ in range(2)][-1]
        for number in map(int, options.sizes.split(",")):
            row = predict(options, number, Path(folder))
            row["seconds_per_sentence"] = (row["seconds"] - start_up) / number
            rows.append(row)
            print(
                f"{number} sentences: {row['seconds']:.1f} s, "
                f"{1000 * row['seconds_per_sentence']:.3f} ms a sentence, "
                f"{row['peak_bytes'] / 1e6:.0f} MB",
                flush=True,
            )
    result = {"format": options.format, "batch_size": options.batch_size}
    result.update(start_up_seconds=start_up, rows=rows)
    (options.output / "scale.json").write_text(json.dumps(result, indent=2) + "\n")
    with (options.output / "scale.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plot(rows, options.output / "scale.png")


if __name__ == "__main__":
    main(parser.parse_args())
