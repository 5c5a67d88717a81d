"""
Reading and writing word vectors: ours beside gensim's and AllenNLP's own readers.

    python benchmarks/reading_vectors.py --output runs/reading_vectors.json
    python benchmarks/reading_vectors.py --vectors ../shared/data/vectors/en.vec.gz
    python benchmarks/reading_vectors.py --only-wanted    # 50,000 of 2,000,000 words

Each reading is a process of its own, the sides take turns, and only the reading is timed: imports
and AllenNLP's vocabulary, which it needs before, are not. Needs gensim for gensim's side.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Set

import numpy as np
from measure import Timing, in_own_process, peak_memory

ALPHABETS = ["abcdefghijklmnopqrstuvwxyz", "àéíñöüßçøå", "абвгдежзиклмнопрст", "ابتثجحدرسعفقلمن"]
BLOCK = 1000


def make_words(count: int) -> Iterator[str]:
    """Distinct words, the first ones short as frequent words are, most of them in Latin letters."""
    rng = np.random.default_rng(5)
    for number in range(count):
        letters = ALPHABETS[0] if number % 4 else ALPHABETS[number // 4 % len(ALPHABETS)]
        length = 1 + int(np.log2(number + 1) / 2) + int(rng.integers(0, 4))
        drawn = rng.integers(0, len(letters), length)
        yield "".join([letters[i] for i in drawn]) + np.base_repr(number, 36).lower()


def write_file(path: Path, count: int, dim: int, decimals: int) -> None:
    """As fastText writes: a header, and numbers that are nearly normal."""
    rng = np.random.default_rng(7)
    words = make_words(count)
    # The same vectors again and again in other words: nobody looks at them, and making them takes
    # longer than everything else.
    form = " ".join([f"%.{decimals}f"] * dim) if decimals else " ".join(["%.5g"] * dim)
    made = min(count, 20 * BLOCK)
    vectors = [form % tuple(row) for row in (rng.normal(size=(made, dim)) * 0.08).tolist()]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"{count} {dim}\n")
        for number, word in enumerate(words):
            stream.write(f"{word} {vectors[number % made]}\n")


def words_of(path: Path) -> List[str]:
    from xner_allennlp.vectors.file_content import open_binary

    with open_binary(str(path)) as lines:
        next(iter(lines))
        return [line.partition(b" ")[0].decode() for line in lines]


def ours(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    from xner_allennlp.vectors import read_word_vectors

    only: Optional[Set[str]] = None if wanted is None else set(wanted)
    return lambda: len(read_word_vectors(path, wanted=only))


def gensim(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    from gensim.models import KeyedVectors

    return lambda: len(KeyedVectors.load_word2vec_format(str(path), binary=False))


def allennlp(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    from allennlp.data import Vocabulary
    from allennlp.modules.token_embedders import embedding

    from xner_allennlp.vectors.file_content import open_binary

    vocabulary = Vocabulary()
    for word in words_of(path) if wanted is None else wanted:
        vocabulary.add_token_to_namespace(word)
    with open_binary(str(path)) as lines:
        dim = int(lines.readline().split()[1])
    return lambda: len(
        embedding._read_embeddings_from_text_file(str(path), dim, vocabulary, "tokens")
    )


def ours_writing(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    return _writing(path, ".vec")


def ours_writing_npz(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    return _writing(path, ".npz")


def gensim_writing(path: Path, wanted: Optional[List[str]]) -> Callable[[], int]:
    from gensim.models import KeyedVectors

    from xner_allennlp.vectors import read_word_vectors

    vectors = read_word_vectors(path)
    keyed = KeyedVectors(vectors.dim)
    keyed.add_vectors(vectors.words, vectors.matrix)

    def write() -> int:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            keyed.save_word2vec_format(os.path.join(folder, "out.vec"), binary=False)
        return len(keyed)

    return write


def _writing(path: Path, ending: str) -> Callable[[], int]:
    from xner_allennlp.vectors import read_word_vectors, write_word_vectors

    vectors = read_word_vectors(path)

    def write() -> int:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            out = os.path.join(folder, "out" + ending)
            write_word_vectors(out, vectors.words, [vectors.matrix], dim=vectors.dim)
        return len(vectors)

    return write


READING = {"ours": ours, "gensim": gensim, "AllenNLP": allennlp}
WRITING = {
    "ours, text": ours_writing,
    "ours, .npz": ours_writing_npz,
    "gensim": gensim_writing,
}
SIDES = {**READING, **WRITING}


def measure_here(side: str, path: Path, wanted_path: Optional[str]) -> None:
    """In a process of its own: prints how long one side takes and how much memory it needs."""
    logging.disable(logging.CRITICAL)
    wanted = json.loads(Path(wanted_path).read_text()) if wanted_path else None
    unit = SIDES[side](path, wanted)
    before = peak_memory()
    start, start_cpu = time.perf_counter(), time.process_time()
    count = unit()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "cpu_seconds": time.process_time() - start_cpu,
                "words": count,
                "peak": peak_memory(),
                "peak_before": before,
            }
        )
    )


def compare(
    sides: List[str], path: Path, repeats: int, wanted_path: Optional[str] = None
) -> Dict[str, Any]:
    """The sides take turns, so that the machine's other load hits all alike."""
    path.read_bytes() if path.stat().st_size < 1 << 30 else None  # into the page cache
    runs: Dict[str, List[Dict[str, Any]]] = {side: [] for side in sides}
    for _ in range(repeats):
        for side in sides:
            arguments = [__file__, "--side", side, "--vectors", str(path)]
            if wanted_path:
                arguments += ["--wanted", wanted_path]
            runs[side].append(in_own_process(arguments, os.environ))
    return {
        side: {
            "seconds": Timing([run["seconds"] for run in done]).as_dict(),
            "cpu_seconds": Timing([run["cpu_seconds"] for run in done]).as_dict(),
            "words": done[0]["words"],
            "peak_bytes": max(run["peak"] for run in done),
            "peak_bytes_before": max(run["peak_before"] for run in done),
        }
        for side, done in runs.items()
    }


def print_table(title: str, results: Dict[str, Any]) -> None:
    first = next(iter(results.values()))
    print(f"\n{title}")
    print(
        f"{'':20}{'median s':>10}{'min':>8}{'max':>8}{'CPU s':>8}{'times ours':>12}{'peak MB':>9}"
    )
    for side, row in results.items():
        seconds = row["seconds"]
        print(
            f"{side:20}{seconds['median']:10.2f}{seconds['min']:8.2f}{seconds['max']:8.2f}"
            f"{row['cpu_seconds']['median']:8.2f}"
            f"{seconds['median'] / first['seconds']['median']:12.2f}"
            f"{row['peak_bytes'] / 1e6:9.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--vectors", type=Path, help="a text file; made if not given")
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--decimals", type=int, default=4, help="0: five significant digits")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="for the files; a temporary one if not given")
    parser.add_argument("--only-wanted", action="store_true", help="50,000 of 2,000,000 words")
    parser.add_argument("--no-writing", action="store_true")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--wanted", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        measure_here(options.side, options.vectors, options.wanted)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        results = run(options, Path(folder))
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results, indent=2) + "\n")


def run(options: argparse.Namespace, folder: Path) -> Dict[str, Any]:
    count = 2_000_000 if options.only_wanted else options.words
    path = options.vectors
    if path is None:
        path = folder / "vectors.vec"
        print(f"making {count} words of {options.dim} dimensions", file=sys.stderr)
        write_file(path, count, options.dim, options.decimals)
    size = path.stat().st_size / 1e6
    results: Dict[str, Any] = {"file": str(path), "megabytes": size}
    if options.only_wanted:
        words = words_of(path)
        chosen = np.random.default_rng(3).choice(len(words), len(words) // 40, replace=False)
        wanted = folder / "wanted.json"
        wanted.write_text(json.dumps([words[row] for row in sorted(chosen.tolist())]))
        sides = ["ours", "AllenNLP"]  # gensim reads all or the first ones
        results["wanted"] = compare(sides, path, options.repeats, str(wanted))
        print_table(f"{len(chosen)} wanted of {len(words)} words, {size:.0f} MB", results["wanted"])
        return results
    results["reading"] = compare(list(READING), path, options.repeats)
    print_table(f"reading, {size:.0f} MB", results["reading"])
    if not options.no_writing:
        results["writing"] = compare(list(WRITING), path, options.repeats)
        print_table("writing", results["writing"])
    return results


if __name__ == "__main__":
    main()
