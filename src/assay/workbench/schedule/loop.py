"""The foreground loop: does what is due, and sleeps until something is due again."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from assay.workbench.schedule.ledger import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from assay.workbench.schedule.entries import Entries
    from assay.workbench.schedule.ledger import Ledger

LONGEST_SLEEP: Final = timedelta(minutes=1)
"""Then the clock is read again: it may have been set, or the machine may have slept."""


def next_due(entries: Entries, ledger: Ledger, now: datetime) -> tuple[str, datetime] | None:
    """Which schedule something is to be done about next, and when; None where none ever."""
    found = [*_coming(entries, now), *_waiting(entries, ledger, now)]
    return min(found, key=lambda one: (one[1], one[0]), default=None)


def _coming(entries: Entries, now: datetime) -> Iterator[tuple[str, datetime]]:
    for entry in entries.schedules:
        due = next(entry.cron.after(now), None) if entry.told.enabled else None
        if due is not None:
            yield entry.name, due


def _waiting(entries: Entries, ledger: Ledger, now: datetime) -> Iterator[tuple[str, datetime]]:
    """What is to be tried again."""
    for entry in entries.schedules:
        for due in ledger.times(entry.name) if entry.told.enabled else ():
            record = ledger.record(entry.name, due) or {}
            again = record.get("again")
            if again and record.get("state") not in FINAL and due <= now:
                yield entry.name, max(datetime.fromisoformat(again), now)


class Bell:
    """Sleeps until a time, or until the process is asked to end."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._is_asleep = False

    def has_rung(self) -> bool:
        """Whether the process was asked to end."""
        return self._asked.is_set()

    def sleep_until(self, moment: datetime | None) -> None:
        """Waits; shorter where the clock is to be read again."""
        left = LONGEST_SLEEP if moment is None else moment - datetime.now(UTC)
        self._is_asleep = True
        self._asked.wait(max(0.0, min(left, LONGEST_SLEEP).total_seconds()))
        self._is_asleep = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Lets SIGTERM and Ctrl-C end the sleep.

        While something is going on, SIGTERM waits for its end; Ctrl-C, which kernels and workers in
        the same terminal get as well, and a second SIGTERM end it at once.
        """
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self._ring) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ring(self, number: int, _frame: FrameType | None) -> None:
        if self.has_rung() or (number == signal.SIGINT and not self._is_asleep):
            raise KeyboardInterrupt(signal.Signals(number).name)
        self._asked.set()
