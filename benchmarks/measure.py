"""Timing by interleaved repeats, and the peak memory of a process."""

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence


@dataclass(frozen=True)
class Timing:
    """Seconds of all repeats of one side."""

    seconds: List[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def as_dict(self, count: float = 1.0) -> Dict[str, Any]:
        """Figures for one of `count` equal parts."""
        return {
            "median": self.median / count,
            "min": min(self.seconds) / count,
            "max": max(self.seconds) / count,
            "repeats": len(self.seconds),
        }


def interleaved(
    units: Mapping[str, Callable[[], Any]],
    repeats: int,
    warm_up: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> Dict[str, Timing]:
    """
    Times every unit `repeats` times, A B A B ..., so that the machine's other load hits all alike.
    What is alive when the timing starts is kept out of garbage collection: one side's objects must
    not slow down the other.
    """
    if warm_up:
        for unit in units.values():
            unit()
    gc.collect()
    gc.freeze()
    seconds: Dict[str, List[float]] = {name: [] for name in units}
    for _ in range(repeats):
        for name, unit in units.items():
            start = clock()
            unit()
            seconds[name].append(clock() - start)
    gc.unfreeze()
    return {name: Timing(values) for name, values in seconds.items()}


def peak_memory() -> int:
    """
    Bytes of memory that this process had in use at most. `ru_maxrss` alone would count the parent
    process too, whose memory a child shares until it is executed.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def in_own_process(arguments: Sequence[str], environment: Mapping[str, str]) -> Dict[str, Any]:
    """Runs a Python script whose last line of output is a JSON object."""
    done = subprocess.run(
        [sys.executable, *arguments], env=dict(environment), stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed with status {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])
