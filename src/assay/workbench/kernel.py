"""A running kernel, and where runs get theirs from."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, Any, Final, Protocol

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE: Final = "IPYTHONDIR"
"""Lies in a kernel's private folder, so that it tells whatever the kernel started from others."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A running kernel.

    Attributes:
        manager: what Jupyter's clients need to speak with it.
        cwd: where it stands.
        folder: private; holds its sockets, and goes when it ends.
        log: what the process itself wrote to standard output and error.
    """

    manager: Any
    process: Popen[bytes]
    cwd: Path
    folder: Path
    log: Path

    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self.process.poll()

    def kill(self) -> None:
        """Ends the kernel and whatever it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def said(self, lines: int = 20) -> str:
        """The last lines of the kernel's own standard output and error."""
        with suppress(OSError):
            text = self.log.read_text(encoding="utf-8", errors="replace")
            return "\n".join(text.strip().splitlines()[-lines:])
        return ""


class KernelSource(Protocol):
    """Where runs get their kernels from, fresh or started ahead; each serves one run."""

    def kernel(
        self, name: str, *, cwd: Path, environment: Mapping[str, str], log: Path
    ) -> AbstractContextManager[Kernel]:
        """A context that yields a running kernel and ends it in every case."""
        ...


def end_strays(mark: str) -> None:
    """Kills every process of ours whose `IPYTHONDIR` has the mark in it, wherever it went."""
    for found in psutil.process_iter(["environ"]):
        if mark in (found.info["environ"] or {}).get(HOME_VARIABLE, ""):
            with suppress(psutil.Error):
                found.kill()
