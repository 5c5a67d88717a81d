"""
What this machine can do at best with the threads given: float32 matrix products (GFLOP/s) and
memory traffic (GB/s). `python benchmarks/machine_limits.py [threads]` prints both.
"""

import json
import sys
import time
from typing import Callable, Dict

import torch


def matrix_product_peak(size: int = 1536, repeats: int = 8) -> float:
    """GFLOP/s of the product of two large square float32 matrices, the best of `repeats`."""
    left, right, product = (torch.randn(size, size) for _ in range(3))
    seconds = _fastest(lambda: torch.mm(left, right, out=product), repeats)
    return 2 * size**3 / seconds / 1e9


def memory_bandwidth(megabytes: int = 256, repeats: int = 8) -> float:
    """GB/s read and written while copying more than any cache holds, the best of `repeats`."""
    source = torch.randn(megabytes * 2**20 // 4)
    target = torch.empty_like(source)
    seconds = _fastest(lambda: target.copy_(source), repeats)
    return 2 * source.numel() * 4 / seconds / 1e9


def machine_limits() -> Dict[str, float]:
    return {"gflops": matrix_product_peak(), "gigabytes_per_second": memory_bandwidth()}


def _fastest(work: Callable[[], object], repeats: int) -> float:
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    print(json.dumps(machine_limits(), indent=2))
