"""Worker processes of this machine: started afresh, never forked; one that is lost is replaced."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psutil

from assay.workbench.kernel import end_strays

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

_PATIENCE: Final = 15.0
"""Seconds that workers have to end what they do when they are asked to."""


class WorkerLostError(BrokenExecutor):
    """The process that carried a call is gone; other calls go on."""


@dataclass(frozen=True, slots=True)
class _Call:
    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    line: Connection


class Workers(Executor):
    """Processes that each carry out one call after the other.

    Unlike the standard library's pool, a process that dies fails only the call that it carried,
    nothing is run again in the caller's main module, and workers end when this process does.

    Args:
        size: how many; each is started with its first call.
        log: takes what they print.
    """

    def __init__(self, size: int, log: Path) -> None:
        self._log = log
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._live: set[_Worker] = set()
        self._over = False
        self._seats = [
            threading.Thread(target=self._serve, daemon=True, name=f"worker-{number}")
            for number in range(1, size + 1)
        ]
        for seat in self._seats:
            seat.start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401  the parent's signature
        """Queues a call; its function and arguments must be picklable."""
        if kwargs:
            raise TypeError("workers take positional arguments only")
        if self._over:
            raise RuntimeError("the workers have been shut down")
        future: Future[T] = Future()
        self._calls.put(_Call(future, fn, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  the parent's signature
        """Lets go of the workers, which end when they have done what they were given."""
        self._over = True
        if cancel_futures:
            self._cancel()
        for _ in self._seats:
            self._calls.put(None)
        if wait:
            for seat in self._seats:
                seat.join()

    def stop(self) -> None:
        """Ends what runs: kernels are killed, what they ran is kept; then the workers are gone."""
        self._over = True
        self._cancel()
        for _ in self._seats:
            self._calls.put(None)
        with self._lock:
            live = list(self._live)
        try:
            for worker in live:
                worker.process.send_signal(signal.SIGTERM)
            ends = time.monotonic() + _PATIENCE
            for seat in self._seats:
                seat.join(max(0.0, ends - time.monotonic()))
        finally:
            for worker in live:
                if worker.process.poll() is None:
                    worker.process.kill()
                    worker.process.wait()
                    end_kernels_of(worker.process.pid)

    def _cancel(self) -> None:
        while not self._calls.empty():
            call = self._calls.get()
            if call is not None:
                call.future.cancel()

    def _serve(self) -> None:
        worker: _Worker | None = None
        while (call := self._calls.get()) is not None:
            if not call.future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._started()
                worker.line.send((call.function, call.arguments))
                good, value = worker.line.recv()
            except (OSError, EOFError) as error:
                call.future.set_exception(self._lost(worker, error))
                worker = None
            except Exception as error:  # noqa: BLE001  what cannot be sent is the caller's matter
                call.future.set_exception(error)
            else:
                (call.future.set_result if good else call.future.set_exception)(value)
        if worker is not None:
            self._let_go(worker)

    def _started(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with ours, theirs, self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own module
                # -P: modules are never taken from the folder where one happens to stand.
                [sys.executable, "-P", "-m", "assay.workbench.batch.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            worker = _Worker(process, Connection(ours.detach()))
        with self._lock:
            self._live.add(worker)
        return worker

    def _let_go(self, worker: _Worker) -> None:
        worker.line.close()
        with suppress(subprocess.TimeoutExpired):
            worker.process.wait(_PATIENCE)
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait()
            end_kernels_of(worker.process.pid)
        with self._lock:
            self._live.discard(worker)

    def _lost(self, worker: _Worker | None, error: Exception) -> WorkerLostError:
        if worker is None:
            return WorkerLostError(f"a worker could not be started: {error}")
        worker.line.close()
        code = worker.process.wait()
        end_kernels_of(worker.process.pid)
        with self._lock:
            self._live.discard(worker)
        if code == -signal.SIGKILL:
            return WorkerLostError(
                "the worker that ran it was killed (SIGKILL): by a person, or because memory ran "
                "out"
            )
        told = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        return WorkerLostError(f"the worker that ran it ended {told}; it said: {self._said()}")

    def _said(self) -> str:
        with suppress(OSError):
            text = self._log.read_text(encoding="utf-8", errors="replace").strip()
            return text.splitlines()[-1] if text else "nothing"
        return "nothing"


def end_kernels_of(process: int) -> None:
    """Kills the kernels that a process left behind, with all that they started.

    A kernel's folder bears the number of the process that started it, and stands in its command.
    """
    mark = f"{os.sep}assay-{process}-"
    for found in psutil.process_iter(["cmdline"]):
        if any(mark in part for part in found.info["cmdline"] or ()):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(found.pid, signal.SIGKILL)
    end_strays(mark)
