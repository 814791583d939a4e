"""Watches a kernel while it runs, and ends it where it takes more time or memory than it may."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.core.sections import Limits
    from assay.workbench.kernel import Kernel

_PAUSE: Final = 0.2
"""Seconds between two looks at the memory; what is taken and given back between them is missed."""


@dataclass(slots=True)
class Watch:
    """What was seen so far.

    Attributes:
        passed: the limit that was passed first, where one was.
        peak: bytes of memory that the kernel and its children held at most, as far as was seen;
            0 where no limit of memory is set.
    """

    passed: Literal["time", "memory", "output"] | None = None
    peak: int = 0


@contextmanager
def watched(kernel: Kernel, limits: Limits) -> Iterator[Watch]:
    """Kills the kernel and whatever it started as soon as the run takes more than its limits."""
    watch, over = Watch(), threading.Event()
    ends = time.monotonic() + limits.run

    def look() -> None:
        while not over.wait(_pause(limits, ends)):
            if time.monotonic() >= ends:
                watch.passed = "time"
            elif limits.memory_bytes:
                watch.peak = max(watch.peak, memory_of(kernel))
                if watch.peak > limits.memory_bytes:
                    watch.passed = "memory"
            if watch.passed:
                kernel.kill()
                return

    thread = threading.Thread(target=look, daemon=True, name="watch")
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def memory_of(kernel: Kernel) -> int:
    """Bytes that the kernel and all that it started hold resident; 0 where they are gone."""
    try:
        process = psutil.Process(kernel.process.pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(map(_resident, family))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _pause(limits: Limits, ends: float) -> float:
    left = max(0.0, ends - time.monotonic())
    return min(_PAUSE, left) if limits.memory_bytes else left
