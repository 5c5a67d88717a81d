"""
Starts MUSE or vecmap from an untouched checkout in a modern environment; `mapping_peers.py` runs
it. Nothing of either is copied here: what today's Python and torch lack is put back from outside,
and the functions that take the time are wrapped in clocks.

    python mapping_peer_start.py {muse,vecmap} CHECKOUT RESULT.npz SCRIPT.py [options of the script]
    python mapping_peer_start.py muse-dictionary CHECKOUT RESULT.npz WORDS DIM RANK BUILD

RESULT.npz gets what was learned, RESULT.json seconds, CPU seconds and calls of each part, and the
peak memory. A SIGTERM ends the script early; both are written all the same.
"""

import functools
import inspect
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Callable, Dict, List, Optional

import numpy as np
from measure import peak_memory

NO_CRITERION = "MAPPING_PEERS_NO_CRITERION"
"""Set, it keeps MUSE from computing its unsupervised criterion, which `--dico_train` files do not
need: saves time where only precision is wanted."""


class Clock:
    """Wall and CPU seconds of every call, by part. A part inside another is counted once, there."""

    def __init__(self) -> None:
        self.wall: Dict[str, List[float]] = {}
        self.cpu: Dict[str, float] = {}
        self._busy = False

    def wrap(self, owner: Any, name: str, part: str) -> None:
        setattr(owner, name, self.timed(getattr(owner, name), part))

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._busy:
                return function(*args, **kwargs)
            self._busy = True
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.wall.setdefault(part, []).append(time.perf_counter() - wall)
                self.cpu[part] = self.cpu.get(part, 0.0) + time.process_time() - cpu
                self._busy = False

        return call

    def parts(self) -> Dict[str, Dict[str, float]]:
        return {
            part: {
                "seconds": sum(seconds),
                "cpu_seconds": self.cpu[part],
                "calls": len(seconds),
                "median_seconds": float(np.median(seconds)),
            }
            for part, seconds in self.wall.items()
        }


def prepare_muse(clock: Clock) -> None:
    """What MUSE needs on Python 3.11 and torch 2; clocks."""
    import torch

    # Removed from Python 3.11; MUSE looks at the first element only.
    if not hasattr(inspect, "getargspec"):
        inspect.getargspec = inspect.getfullargspec  # type: ignore[attr-defined]
    # The best mapping is saved as a pickled array, which torch >= 2.6 does not load unasked.
    torch.load = functools.partial(torch.load, weights_only=False)

    import src.models
    from src.evaluation import Evaluator
    from src.trainer import Trainer

    if os.environ.get(NO_CRITERION):
        Evaluator.dist_mean_cosine = lambda *_: None
    clock.wrap(src.models, "load_embeddings", "reading")
    clock.wrap(Evaluator, "dist_mean_cosine", "criterion")
    for name in ("word_translation", "monolingual_wordsim", "crosslingual_wordsim"):
        clock.wrap(Evaluator, name, "evaluation")
    clock.wrap(Evaluator, "eval_dis", "evaluation")
    clock.wrap(Trainer, "dis_step", "discriminator_step")
    clock.wrap(Trainer, "mapping_step", "mapping_step")
    clock.wrap(Trainer, "load_training_dico", "reading")
    clock.wrap(Trainer, "build_dictionary", "dictionary")
    clock.wrap(Trainer, "procrustes", "procrustes")
    clock.wrap(Trainer, "export", "export")


def learned_by_muse(variables: Dict[str, Any]) -> Dict[str, Any]:
    """The best mapping and the means subtracted from either language."""
    import torch

    params = variables["params"]
    best = os.path.join(params.exp_path, "best_mapping.pth")
    if not os.path.exists(best):
        return {}
    learned = {"W": torch.load(best), "normalize": np.array(params.normalize_embeddings)}
    for side in ("src", "tgt"):
        if getattr(params, f"{side}_mean", None) is not None:
            learned[f"{side}_mean"] = getattr(params, f"{side}_mean").numpy()
    return learned


def prepare_vecmap(clock: Clock, learned: Dict[str, Any]) -> None:
    """Clocks; vecmap itself runs on numpy 2 as it is. The vectors written are also kept."""
    import embeddings

    clock.wrap(embeddings, "read", "reading")
    write = clock.timed(embeddings.write, "export")

    def keep(words: List[str], matrix: np.ndarray, file: Any) -> None:
        learned["target" if "source" in learned else "source"] = np.array(matrix)
        write(words, matrix, file)

    embeddings.write = keep


def state_of_vecmap(traceback: Optional[TracebackType]) -> Dict[str, Any]:
    """The mapped vectors at the moment it was stopped."""
    while traceback is not None:
        variables = traceback.tb_frame.f_locals
        if traceback.tb_frame.f_code.co_name == "main" and "keep_prob" in variables:
            return {
                "source": variables["xw"],
                "target": variables["zw"],
                "iterations": np.array(variables["it"]),
            }
        traceback = traceback.tb_next
    return {}


def muse_dictionary(clock: Clock, words: int, dim: int, rank: int, build: str) -> Dict[str, Any]:
    """One dictionary of random unit vectors, as a refinement step of MUSE builds it."""
    import torch
    from src.dico_builder import build_dictionary

    generator = torch.Generator().manual_seed(0)
    source, target = (
        torch.nn.functional.normalize(torch.randn(words, dim, generator=generator))
        for _ in range(2)
    )
    params = SimpleNamespace(
        dico_method="csls_knn_10",
        dico_build=build,
        dico_max_rank=rank,
        dico_max_size=0,
        dico_min_size=0,
        dico_threshold=0,
        cuda=False,
    )
    pairs = clock.timed(build_dictionary, "dictionary")(source, target, params)
    return {"pairs": pairs.numpy()}


def stop(*_: Any) -> None:
    raise SystemExit("stopped")


def main() -> None:
    peer, checkout, result, *arguments = sys.argv[1:]
    signal.signal(signal.SIGTERM, stop)
    sys.path.insert(0, checkout)
    clock, learned = Clock(), {}  # type: ignore[var-annotated]
    finished = False
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        if peer == "muse-dictionary":
            learned = muse_dictionary(clock, *map(int, arguments[:3]), arguments[3])
        elif peer == "muse":
            prepare_muse(clock)
            wall, cpu = time.perf_counter(), time.process_time()
            sys.argv = arguments
            learned = learned_by_muse(runpy.run_path(os.path.join(checkout, arguments[0])))
        else:
            prepare_vecmap(clock, learned)
            wall, cpu = time.perf_counter(), time.process_time()
            sys.argv = arguments
            runpy.run_path(os.path.join(checkout, arguments[0]), run_name="__main__")
        finished = True
    except SystemExit as error:
        if error.code != "stopped":
            raise
        learned = state_of_vecmap(error.__traceback__) if peer == "vecmap" else {}
    finally:
        report = {
            "finished": finished,
            "seconds": time.perf_counter() - wall,
            "cpu_seconds": time.process_time() - cpu,
            "peak_bytes": peak_memory(),
            "parts": clock.parts(),
        }
        if learned:
            np.savez(result, **learned)
        Path(result).with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
