"""
A hundred thousand sentences of each language: all files of the data folder one after the other,
once as labelled source text and once as raw target text. Trains Cross-Augmented on it for one pass,
from the first batch with pseudo-labels, and says how long the run took, and its peak memory.

    python benchmarks/large_corpus.py --data ../shared/data \
        --mapping runs/mapping_en_nl/mapping.npz --output runs/large_corpus
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from setting import sentences

parser = argparse.ArgumentParser(description="Training on a large corpus")
parser.add_argument("--data", type=Path, required=True, help="folder with ner/ and vectors/")
parser.add_argument("--mapping", type=Path, required=True, help="mapping.npz of en_nl")
parser.add_argument("--output", type=Path, required=True, help="folder to write to")
parser.add_argument("--sentences", type=int, default=100_000, help="of each language")
parser.add_argument("--batches", type=int, default=1500, help="between two evaluations")


def write_corpus(data: Path, number: int, path: Path) -> int:
    """The first `number` sentences of all corpora together; how many there were."""
    written = 0
    with path.open("w", encoding="utf-8") as file:
        for corpus in sorted((data / "ner").glob("*/??.t*")):
            for words, tags in sentences(corpus):
                if written == number:
                    return written
                file.writelines(f"{word} {tag}\n" for word, tag in zip(words, tags))
                file.write("\n")
                written += 1
    return written


def main(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    corpus = options.output / "corpus.conll"
    number = write_corpus(options.data, options.sentences, corpus)
    run = options.output / "run"
    overrides = {
        "train_data_path": {"source": str(corpus), "target": str(corpus)},
        "data_loader.batches_per_epoch": options.batches,
        "trainer.callbacks.source_passes.num_passes": 1,
        "trainer.callbacks.pseudo_labels.pretraining_passes": 0,
        "evaluate_on_test": False,
    }
    command = [sys.executable, "-m", "allennlp", "train"]
    command += ["training_configs/cross_augmented_en_nl.jsonnet", "-s", str(run), "--force"]
    command += ["--include-package", "xner_allennlp", "-o", json.dumps(overrides)]
    settings = {
        "XNER_DATA": str(options.data),
        "XNER_PRESET": "small",
        "XNER_MAPPING": str(options.mapping),
    }
    with (options.output / "log.txt").open("wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **settings})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    if status:
        raise RuntimeError((options.output / "log.txt").read_text(errors="replace")[-4000:])
    result = {
        "sentences": number,
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }
    (options.output / "large_corpus.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))


if __name__ == "__main__":
    main(parser.parse_args())
