"""Kernels that are started ahead, with their imports done; each serves one run."""

from __future__ import annotations

import shutil
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty
from typing import TYPE_CHECKING, Final, Self

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
from jupyter_core.utils import run_sync

from assay.workbench.kernels import (
    FreshKernels,
    end,
    event_loop,
    private_folder,
    serving,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from assay.workbench.kernel import Kernel

_LOG: Final = "kernel.log"
_PATIENCE: Final = 60.0
"""Seconds until a kernel that imports ahead must answer."""


class WarmKernels:
    """Kernels of our own Python, started while something else runs; others are started when asked.

    A context, used by one thread: the kernels that nobody took are killed when it ends.
    """

    def __init__(self) -> None:
        self._fresh = FreshKernels()
        self._waiting: deque[tuple[Kernel, ExitStack]] = deque()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(event_loop())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._waiting:
            _drop(*self._waiting.popleft())
        self._open.close()

    @property
    def waiting(self) -> int:
        """How many were started ahead and not taken yet."""
        return len(self._waiting)

    def ahead(self, cwd: Path, modules: Sequence[str]) -> None:
        """Starts a kernel that imports `modules` and then waits; returns at once.

        Raises:
            NotebookError: where its process cannot be started.
        """
        with ExitStack() as stack:
            folder = stack.enter_context(private_folder())
            kernel = start(NATIVE_KERNEL_NAME, folder, cwd, {}, folder / _LOG, ahead=modules)
            self._waiting.append((kernel, stack.pop_all()))

    @contextmanager
    def kernel(
        self, name: str, *, cwd: Path, environment: Mapping[str, str], log: Path
    ) -> Iterator[Kernel]:
        """One that waits, or a fresh one where none does.

        Raises:
            NotebookError: where a fresh one cannot be started.
        """
        taken = self._taken(cwd) if name == NATIVE_KERNEL_NAME else None
        if taken is None:
            with self._fresh.kernel(name, cwd=cwd, environment=environment, log=log) as kernel:
                yield kernel
            return
        warm, stack = taken
        with stack:
            try:
                with serving(warm) as kernel:
                    # One that does not answer any more is told as dead by the run itself.
                    with suppress(RuntimeError, TimeoutError, Empty):
                        _tell(kernel, environment)
                    yield kernel
            finally:
                with suppress(OSError):
                    shutil.copyfile(warm.log, log)

    def _taken(self, cwd: Path) -> tuple[Kernel, ExitStack] | None:
        while self._waiting:
            kernel, stack = self._waiting.popleft()
            if kernel.exit_code() is None and kernel.cwd == cwd:
                return kernel, stack
            _drop(kernel, stack)
        return None


def _drop(kernel: Kernel, folder: ExitStack) -> None:
    end(kernel)
    folder.close()


def _tell(kernel: Kernel, environment: Mapping[str, str]) -> None:
    """Gives a kernel that runs already what a fresh one finds in its environment."""
    run_sync(_told)(kernel, f"import os; os.environ.update({dict(environment)!r}); del os")


async def _told(kernel: Kernel, code: str) -> None:
    client = kernel.manager.client()
    client.start_channels()
    try:
        # A kernel that still imports finds the request waiting: nothing is gained by asking first.
        await client.execute(code, silent=True, reply=True, timeout=_PATIENCE)
    finally:
        client.stop_channels()
