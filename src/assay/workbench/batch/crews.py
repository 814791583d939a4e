"""Who carries out a batch: this process itself, or workers beside it."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from assay.workbench.batch.outcome import Outcome, Progress
from assay.workbench.batch.worker import work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from assay.workbench.batch.journal import Journal
    from assay.workbench.batch.task import Bench, Task
    from assay.workbench.batch.workers import Workers
    from assay.workbench.plan import Plan

_PAUSE: Final = 0.5
"""Seconds between two looks at what a person asks of the batch."""


class Here:
    """This process does everything itself, one item after the other."""

    size = 1
    tells = True
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, bench: Bench, journal: Journal, tell: Callable[[Progress], None]) -> None:
        self._bench = bench
        self._journal = journal
        self._tell = tell

    def submit(self, task: Task, wanted: Plan) -> Future[Outcome]:
        """Carries the task out before it comes back."""
        item = task.item

        def tell(stage: Literal["running", "rendering"], cell: int, cells: int) -> None:
            self._tell(
                Progress(
                    report=item.report, set_name=item.set_name, stage=stage, cell=cell, cells=cells
                )
            )

        future: Future[Outcome] = Future()
        with self._stoppable() as asked:
            try:
                future.set_result(self._bench.do(task, wanted, tell))
            except KeyboardInterrupt:
                if not asked.is_set():
                    raise
                future.set_result(
                    Outcome(
                        report=item.report, set_name=item.set_name, state="stopped", seconds=0.0
                    )
                )
        return future

    def stop(self) -> None:
        """Nothing runs outside of `submit`."""

    @contextmanager
    def _stoppable(self) -> Iterator[threading.Event]:
        """Interrupts what runs when the batch is asked to stop; only the main thread can be.

        The event tells whether it was. Whoever listens to SIGTERM (the loop of the schedules does)
        is not told of the one that this sends.
        """
        asked, over = threading.Event(), threading.Event()
        if threading.current_thread() is not threading.main_thread():
            yield asked
            return
        before = signal.getsignal(signal.SIGTERM)

        def interrupt(number: int, frame: FrameType | None) -> None:
            if asked.is_set() or before == signal.SIG_DFL:
                raise KeyboardInterrupt(signal.Signals(number).name)
            if callable(before):
                before(number, frame)

        def look() -> None:
            while not over.wait(_PAUSE):
                if self._journal.wish() == "stop":
                    asked.set()
                    os.kill(os.getpid(), signal.SIGTERM)
                    return

        watch = threading.Thread(target=look, daemon=True, name="wish")
        signal.signal(signal.SIGTERM, interrupt)
        watch.start()
        try:
            yield asked
        finally:
            over.set()
            watch.join()
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


class Beside:
    """Worker processes on this machine."""

    tells = False
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, workers: Workers, size: int) -> None:
        self.size = size
        self._workers = workers

    def submit(self, task: Task, wanted: Plan) -> Future[Outcome]:  # noqa: ARG002  they plan anew
        """Hands the task to the next worker that is free."""
        return self._workers.submit(work, task)

    def stop(self) -> None:
        """Ends workers and kernels."""
        self._workers.stop()
