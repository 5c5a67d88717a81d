"""
Mapping of word vectors by MUSE and vecmap, timed, and measured by our own precision@1.

    python benchmarks/mapping_peers.py muse ../MUSE --source es.vec --target en.vec \
        --dictionary es-en.txt --folder runs/peers/muse -- --dis_most_frequent 0
    python benchmarks/mapping_peers.py vecmap ../vecmap --source es.vec --target en.vec \
        --dictionary es-en.txt --folder runs/peers/vecmap -- --unsupervised
    python benchmarks/mapping_peers.py muse-dictionary ../MUSE --words 50000 --folder runs/peers/d
    python benchmarks/mapping_peers.py vecmap-dictionary ../vecmap --words 50000 --folder ...

prints a JSON object. Behind `--` stand the peer's own options (MUSE's `supervised.py` is run if
`--dico_train` is among them). The last two time one induction of a dictionary among random vectors.

MUSE (CC BY-NC 4.0) and vecmap (GPL 3) are not part of this repository: the checkouts are run as
they are, each in a process of its own (`mapping_peer_start.py`), on the CPU.
"""

import argparse
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from xner_allennlp.mapping.dictionary import read_dictionary
from xner_allennlp.mapping.normalization import unit_length
from xner_allennlp.mapping.use.common_space import CommonSpace
from xner_allennlp.mapping.verdict.evaluation import dictionary_precision
from xner_allennlp.vectors import WordVectors, read_word_vectors

START = Path(__file__).with_name("mapping_peer_start.py")


def run_muse(
    checkout: Path,
    source_vectors: Path,
    target_vectors: Path,
    *,
    options: Sequence[str],
    seed: int,
    folder: Path,
    dictionary: Path,
    limit: Optional[float] = None,
    threads: int = 1,
) -> Dict[str, Any]:
    """
    Runs `unsupervised.py`, or `supervised.py` if `--dico_train` is among the options.

    # Returns

    `Dict[str, Any]`
        `"source"`, `"target"`: the mapped vectors of all words, in the order of the files; `"W"`;
        `"seconds"`, `"cpu_seconds"`, `"peak_bytes"`; `"parts"`: what took how long; `"finished"`.
    """
    script = "supervised.py" if "--dico_train" in options else "unsupervised.py"
    experiment = folder / "muse"
    shutil.rmtree(experiment, ignore_errors=True)
    source, target = (plain_text(path, folder) for path in (source_vectors, target_vectors))
    arguments = [script, "--cuda", "False", "--seed", str(seed), "--export", ""]
    arguments += ["--src_emb", str(source), "--tgt_emb", str(target)]
    arguments += ["--emb_dim", str(dimension(source)), "--dico_eval", str(dictionary.resolve())]
    arguments += ["--src_lang", "source", "--tgt_lang", "target"]
    arguments += ["--exp_path", str(folder), "--exp_name", "muse", "--exp_id", "run", *options]
    report, learned = run("muse", checkout, arguments, folder, limit=limit, threads=threads)
    if "W" in learned:
        steps = str(learned["normalize"])
        report["W"] = learned["W"]
        matrices = (read_word_vectors(path).matrix for path in (source, target))
        source_space, target_space = (
            muse_normalization(matrix, steps, learned.get(f"{side}_mean"))
            for matrix, side in zip(matrices, ("src", "tgt"))
        )
        report.update(source=source_space @ learned["W"].T, target=target_space)
    return report


def run_vecmap(
    checkout: Path,
    source_vectors: Path,
    target_vectors: Path,
    *,
    options: Sequence[str],
    seed: int,
    folder: Path,
    limit: Optional[float] = None,
    threads: int = 1,
) -> Dict[str, Any]:
    """
    Runs `map_embeddings.py`. Returns what [`run_muse`](#run_muse) does, without `"W"`, and
    `"iterations"`: objective and seconds of each. If it is stopped, the vectors are those of that
    moment.
    """
    source, target = (plain_text(path, folder) for path in (source_vectors, target_vectors))
    log = folder / "vecmap.tsv"
    log.unlink(missing_ok=True)
    arguments = ["map_embeddings.py", "--seed", str(seed), "--log", str(log), *options]
    arguments += [str(source), str(target), str(folder / "source.txt"), str(folder / "target.txt")]
    report, learned = run("vecmap", checkout, arguments, folder, limit=limit, threads=threads)
    if "source" in learned:
        report.update(source=learned["source"], target=learned["target"])
    rows = [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []
    report["iterations"] = [
        {"objective": float(row[1]), "seconds": float(row[-1])} for row in rows if len(row) > 2
    ]
    return report


def run(
    peer: str,
    checkout: Path,
    arguments: Sequence[str],
    folder: Path,
    *,
    limit: Optional[float] = None,
    threads: int = 1,
) -> Tuple[Dict[str, Any], Dict[str, np.ndarray]]:
    """Starts a peer and returns its report and what it learned; its output goes to `log.txt`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / "result.npz"
    for path in (result, result.with_suffix(".json")):
        path.unlink(missing_ok=True)
    command = [sys.executable, "-W", "ignore", str(START), peer, str(checkout.resolve())]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, str(result), *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        status = wait(process, limit)
    if status or not result.with_suffix(".json").exists():
        raise RuntimeError((folder / "log.txt").read_text(errors="replace")[-4000:])
    report = json.loads(result.with_suffix(".json").read_text())
    if not result.exists():
        return report, {}
    with np.load(result, allow_pickle=False) as content:
        return report, dict(content)


def wait(process: "subprocess.Popen[bytes]", limit: Optional[float]) -> int:
    """Waits for the end of the process, which is asked to stop after `limit` seconds."""
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        return process.wait()
    except BaseException:
        process.kill()
        raise


def muse_normalization(matrix: np.ndarray, steps: str, mean: Optional[np.ndarray]) -> np.ndarray:
    """The steps with the mean that MUSE found among its own (lower-cased) words."""
    for step in filter(None, steps.split(",")):
        matrix = matrix - mean if step == "center" else unit_length(matrix)
    return matrix


def plain_text(path: Path, folder: Path) -> Path:
    """The file itself, or a copy without compression beside the folder, made once."""
    path = path.resolve()
    if path.suffix != ".gz":
        return path
    copy = folder.resolve().parent / path.stem
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_suffix(".part")
        with gzip.open(path, "rb") as packed, part.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        part.replace(copy)
    return copy


def dimension(path: Path) -> int:
    with path.open("rb") as file:
        return int(file.readline().split()[1])


def precision(
    source: WordVectors,
    target: WordVectors,
    source_space: np.ndarray,
    target_space: np.ndarray,
    dictionary: Path,
    *,
    max_words: Optional[int] = None,
) -> Dict[str, Any]:
    """
    Precision of translation among the first `max_words` words of each language, as
    `evaluate_mapping` measures it, for vectors that are in a common space already.
    """
    space = CommonSpace(source_space[:max_words], target_space[:max_words])
    return dictionary_precision(
        space, source.words[:max_words], target.words[:max_words], read_dictionary(dictionary)
    )


def vecmap_dictionary(
    checkout: Path,
    *,
    words: int,
    dim: int,
    options: Sequence[str] = (),
    folder: Path,
    limit: Optional[float] = None,
    threads: int = 1,
) -> Dict[str, Any]:
    """
    Iterations of vecmap's self-learning among so many random words, nearly all of which is the
    induction of the dictionary in both directions; once as at the end (`keep` 1), once as at the
    start (`keep` 0.1, with random omissions) unless the options say otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    paths = []
    for name in ("source", "target"):
        path = folder / f"random_{name}.{words}x{dim}.vec"
        paths.append(path)
        if path.exists():
            continue
        matrix = unit_length(generator.standard_normal((words, dim), dtype=np.float32))
        with path.open("w") as file:
            file.write(f"{words} {dim}\n")
            for row, vector in enumerate(matrix):
                file.write(f"w{row} {' '.join(f'{value:.3f}' for value in vector)}\n")
    # An improvement of 1 is never seen after the first iteration, so it ends after the second.
    own = ["--identical", "--vocabulary_cutoff", "0", "--threshold", "1"]
    own += ["--stochastic_initial", "1", "--stochastic_interval", "1", *options]
    return run_vecmap(
        checkout, *paths, options=own, seed=0, folder=folder, limit=limit, threads=threads
    )


def arguments_of(command_line: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Word vectors mapped by MUSE or vecmap")
    parser.add_argument("peer", choices=["muse", "vecmap", "muse-dictionary", "vecmap-dictionary"])
    parser.add_argument("checkout", type=Path, help="folder of the peer's own repository")
    parser.add_argument("--folder", type=Path, required=True, help="for its output; made if needed")
    parser.add_argument("--source", type=Path, help="word vectors, plain or gzipped")
    parser.add_argument("--target", type=Path)
    parser.add_argument("--dictionary", type=Path, help="for precision@1 only")
    parser.add_argument("--evaluation-words", type=int, help="of either language (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=float, help="seconds after which it is stopped")
    parser.add_argument("--words", type=int, default=50000, help="random words of either language")
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--rank", type=int, default=0, help="MUSE's --dico_max_rank; 0: all words")
    parser.add_argument("--build", default="S2T", help="MUSE's --dico_build")
    ours, theirs = command_line, []
    if "--" in command_line:
        place = command_line.index("--")
        ours, theirs = command_line[:place], command_line[place + 1 :]
    options = parser.parse_args(ours)
    options.options = theirs
    if options.peer in ("muse", "vecmap") and not (
        options.source and options.target and options.dictionary
    ):
        parser.error("--source, --target and --dictionary are needed")
    return options


def main(given: argparse.Namespace) -> None:
    how = {"folder": given.folder, "limit": given.limit, "threads": given.threads}
    start = time.perf_counter()
    if given.peer == "muse-dictionary":
        arguments = [given.words, given.dim, given.rank, given.build]
        report, _ = run("muse-dictionary", given.checkout, list(map(str, arguments)), **how)
    elif given.peer == "vecmap-dictionary":
        report = vecmap_dictionary(
            given.checkout, words=given.words, dim=given.dim, options=given.options, **how
        )
    else:
        how.update(options=given.options, seed=given.seed)
        paths = (given.source, given.target)
        if given.peer == "muse":
            report = run_muse(given.checkout, *paths, dictionary=given.dictionary, **how)
        else:
            report = run_vecmap(given.checkout, *paths, **how)
        if "source" in report:
            report["precision"] = precision(
                *(read_word_vectors(path) for path in paths),
                report["source"],
                report["target"],
                given.dictionary,
                max_words=given.evaluation_words,
            )
    iterations = report.get("iterations", [])
    if iterations:
        report["iterations"] = {
            "number": len(iterations),
            "median_seconds": float(np.median([row["seconds"] for row in iterations])),
            "objectives": [row["objective"] for row in iterations[:: max(1, len(iterations) // 8)]],
            "last_objective": iterations[-1]["objective"],
        }
    report["with_start_up"] = time.perf_counter() - start
    print(json.dumps({k: v for k, v in report.items() if not isinstance(v, np.ndarray)}, indent=2))


if __name__ == "__main__":
    main(arguments_of(sys.argv[1:]))
