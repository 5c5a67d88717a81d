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
    without swapping, or a container's limit allows. `None` where the system does not tell.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    known = []
    if _MEMINFO.is_file():
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                known.append(int(line.split()[1]) * 1024)
    for limit, usage in _LIMITS:
        try:
            known.append(int(Path(limit).read_text()) - int(Path(usage).read_text()))
        except (OSError, ValueError):
            continue  # No such group, or no limit: "max".
    return min(known, default=None)
