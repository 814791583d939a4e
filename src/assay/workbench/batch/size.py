"""How many workers a machine carries: one for each core, as long as there is memory for it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

PER_WORKER: Final = 1_000_000_000
"""Bytes: a worker that renders, a kernel that runs, and one that is started ahead."""

_CGROUP: Final = Path("/sys/fs/cgroup")


def worker_count(wanted: int | None, items: int, *, cgroup: Path = _CGROUP) -> int:
    """As many as are wanted, or as cores and memory bear; never more than there are items.

    >>> worker_count(8, items=3)
    3
    """
    if wanted is None:
        wanted = min(cores(cgroup), free_memory(cgroup) // PER_WORKER)
    return max(1, min(wanted, items))


def cores(cgroup: Path = _CGROUP) -> int:
    """Those that this process may use: its affinity, and its container's share of them."""
    may = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = (cgroup / "cpu.max").read_text().split()
        if quota != "max":
            may = min(may, max(1, int(quota) // int(period)))
    return may


def free_memory(cgroup: Path = _CGROUP) -> int:
    """Bytes that can be had without swapping, of the machine and of its container."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
        if limit != "max":
            free = min(free, int(limit) - used)
    return max(0, free)
