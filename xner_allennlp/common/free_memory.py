"""How much memory there is to compute in."""

from pathlib import Path
from typing import Optional

import torch

_MEMINFO = Path("/proc/meminfo")
# Where a container's limit and what it uses stand: control groups of version 2, then of version 1.
_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
    ),
)


def free_memory(device: torch.device) -> Optional[int]:
    """
    The bytes that are free: on a GPU in its own memory; on the host what the system can give
    without swapping, or a container's limit allows. Memory that only caches files counts as free.
    `None` where the system does not tell.
    """
    if device.type == "cuda":
        # What torch holds back for what is to come is free, too.
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + held
    known = []
    if _MEMINFO.is_file():
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                known.append(int(line.split()[1]) * 1024)
    for limit, usage in _LIMITS:
        try:
            used = int(Path(usage).read_text()) - _cached(Path(usage).with_name("memory.stat"))
            known.append(int(Path(limit).read_text()) - used)
        except (OSError, ValueError):
            continue  # No such group, or no limit: "max".
    return min(known, default=None)


def _cached(statistics: Path) -> int:
    """The bytes of a control group that hold files nobody has asked for lately."""
    if not statistics.is_file():
        return 0
    entries = dict(line.split(maxsplit=1) for line in statistics.read_text().splitlines())
    # In version 1 only the total counts the groups within this one, as its usage does.
    return int(entries.get("total_inactive_file", entries.get("inactive_file", 0)))
