"""The events of a process until they are safely on the disk."""

from __future__ import annotations

import _thread
import logging
import os
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import time_ns
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError
from assay.data.live.events import KEYS, Names, Tally
from assay.data.live.sender import Sender

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import ContextVar
    from pathlib import Path
    from typing import Never

    from assay.data.live.events import Event

LOG: Final = logging.getLogger("assay")
_EXIT_SECONDS: Final = 10.0
_TOLD: Final = "told"
_FULL: Final = "too many recorded events wait to be written, newer ones are not taken"
_NAMELESS: Final = "a field without a name was given to assay.record, expected name=value"
_LATE: Final = "events are not taken any more once the application has ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How soon events are written, and how many may wait.

    Attributes:
        events: written as soon as so many wait.
        seconds: written at the latest after so long.
        most: the newest events beyond so many are not taken.
    """

    events: int = 1_000
    seconds: float = 300.0
    most: int = 100_000

    def __post_init__(self) -> None:
        for name, value in (("events", self.events), ("most", self.most)):
            if not value >= 1:
                raise ParameterError(f"{name}={value}, expected 1 or more")
        if not 0 < self.seconds <= _thread.TIMEOUT_MAX:
            raise ParameterError(f"seconds={self.seconds}, expected more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What became of the events that this process recorded.

    Attributes:
        recorded: events that were taken.
        acknowledged: of these, those whose fate is on the disk: kept, rejected or withheld.
        rejected: of the acknowledged, those that broke a rule and are in quarantine.
        withheld: of the acknowledged, those that the project must not keep, for want of consent
            or because the person is to stay forgotten.
        waiting: taken and not acknowledged yet.
        dropped: never taken: too many waited, or the call could not be understood.
        trouble: why what waits cannot be written now; empty where it can.
    """

    recorded: int
    acknowledged: int
    rejected: int
    withheld: int
    waiting: int
    dropped: int
    trouble: str


class Recorder:
    """Takes events without waiting, and has them written by a thread of its own.

    What callers touch is free of locks, so that threads, handlers of signals and finalizers may
    record at any moment: a deque, counters of the C library, and a reentrant queue.
    """

    def __init__(self, *, ambient: ContextVar[Mapping[str, Any] | None]) -> None:
        self._ambient = ambient
        self._project: str | Path | None = None
        self._pace = Pace()
        self._begin()

    def _begin(self) -> None:
        """Everything anew, as at the start of a process."""
        self._buffer: deque[Event] = deque()
        self._name = Names().next
        self._recorded, self._dropped = Tally(), Tally()
        self._count = self._recorded.add
        self._bell: SimpleQueue[_thread.LockType | None] = SimpleQueue()
        self._rung = False
        self._start_once = _thread.allocate_lock()
        self._started = False
        self._left = False
        self._refused = ""
        self._sender: Sender | None = None
        self._sending = _thread.allocate_lock()
        self._room, self._ring_at = self._pace.most, self._pace.events - 1

    def configure(self, project: str | Path | None, pace: Pace) -> None:
        """Where events go and how soon, from now on."""
        self._project, self._pace = project, pace
        self._room, self._ring_at = pace.most, pace.events - 1
        if self._started:
            self._bell.put(None)

    def name(self, at: int) -> str:
        """A key that no other row has."""
        return self._name(at)

    def record(
        self,
        table: str = "interactions",
        /,
        *misplaced: Never,
        **fields: Any,  # noqa: ANN401
    ) -> str | None:
        """Takes one row of a table, to be kept in the project's store; returns its key.

        Nothing is checked, written or waited for here, and nothing is ever raised: what cannot be
        kept is counted (`live_state`) and told once, as a warning of the logger `assay`. The key
        (`interaction_id`) is made where none is given, and the time (`occurred_at`) is now. What
        the enclosing `session` says holds for every column that is not given.

        Args:
            table: which of the canonical tables the row is of.
            misplaced: fields have names; a call with one that has none is not taken.
            fields: columns of the table, and the user's own under the prefix `ctx_`. Moments are
                `datetime` or ISO 8601 text; what names no zone is UTC.

        Returns:
            The row's key; None where the row was not taken, or its key is made of several columns.
        """
        try:
            buffer = self._buffer
            waiting = len(buffer)
            if waiting >= self._room or misplaced:
                self.refuse(_NAMELESS if misplaced else _LATE if self._left else _FULL)
                return None
            at = time_ns() // 1000
            column = KEYS.get(table)
            key = None if column is None else fields.get(column)
            if key is None and column is not None:
                key = self._name(at)
            buffer.append((at, key, table, fields, self._ambient.get()))
            self._count()
            if waiting >= self._ring_at and not self._rung:
                self._rung = True
                self._bell.put(None)
            if not self._started:
                self._start()
        except Exception as error:  # noqa: BLE001  recording never breaks the application
            self.refuse(f"an event could not be taken: {type(error).__name__}")
            return None
        return key

    def refuse(self, why: str) -> None:
        """Counts an event that is not taken; the thread tells why, once."""
        self._dropped.add()
        if not self._refused:
            self._refused = why
            with suppress(Exception):
                if not self._started:
                    self._start()
                self._bell.put(None)

    def flush(self, timeout: float) -> int:
        """How many events became safe while it waited, `timeout` seconds at most."""
        try:
            before = self._settled
            if self._started or self._buffer:
                if not self._started:
                    self._start()
                done = _thread.allocate_lock()
                done.acquire()
                self._bell.put(done)
                done.acquire(timeout=max(0.0, min(timeout, _thread.TIMEOUT_MAX)))
            return self._settled - before
        except Exception:  # noqa: BLE001  as for record
            return 0

    def state(self) -> LiveState:
        """What became of the events so far."""
        sender = self._sender
        settled = self._settled
        recorded = max(self._recorded.value, settled)
        return LiveState(
            recorded=recorded,
            acknowledged=settled,
            rejected=sender.rejected if sender else 0,
            withheld=sender.withheld if sender else 0,
            waiting=recorded - settled,
            dropped=self._dropped.value,
            trouble=sender.trouble if sender else "",
        )

    @property
    def _settled(self) -> int:
        return self._sender.settled if self._sender else 0

    def _start(self) -> None:
        """Starts the thread, once in the life of a process; no lock of Python's is waited for."""
        if not self._start_once.acquire(blocking=False):
            return
        try:
            _thread.start_new_thread(self._run, (_here(),))
        except RuntimeError:  # no more threads now: the next event tries again
            self._start_once.release()
            return
        self._started = True
        self._join_multiprocessing()

    def _join_multiprocessing(self) -> None:
        """A child of multiprocessing ends without the handlers of `atexit`, but not without its."""
        if util := sys.modules.get("multiprocessing.util"):
            process = sys.modules["multiprocessing.process"]
            if process.parent_process() is not None:
                util.Finalize(None, self.leave, exitpriority=0)

    def _run(self, start: str) -> None:
        """The thread: writes when enough events wait, when time is up, or when it is asked to."""
        sender = self._sender_from(start)
        due = time.monotonic() + self._pace.seconds
        while True:
            asked = self._asked(min(due, sender.retry_at, sender.idle_at) - time.monotonic())
            self._rung = False
            try:
                if asked or self._is_due(sender, due):
                    self._send(sender)
                    due = time.monotonic() + self._pace.seconds
                self._tell()
                sender.rest()
            except Exception as error:  # noqa: BLE001  the thread goes on whatever happens
                sender.failed(f"{type(error).__name__}: {error}")
            for waiter in asked:
                waiter.release()

    def _asked(self, seconds: float) -> list[_thread.LockType]:
        """Sleeps until the bell rings or some seconds are over; those who wait for an answer."""
        asked = []
        with suppress(Empty):
            rung = self._bell.get(timeout=min(max(0.0, seconds), _thread.TIMEOUT_MAX))
            while True:
                if rung is not None:
                    asked.append(rung)
                rung = self._bell.get_nowait()
        return asked

    def _is_due(self, sender: Sender, due: float) -> bool:
        if sender.trouble:
            return time.monotonic() >= sender.retry_at
        return len(self._buffer) > self._ring_at or time.monotonic() >= due

    def _send(self, sender: Sender) -> None:
        with self._sending:
            sender.send_all(self._project)
            if not self._left:
                self._room = self._pace.most - sender.held

    def _sender_from(self, start: str) -> Sender:
        self._sender = Sender(self._buffer, start)
        return self._sender

    def _tell(self) -> None:
        if self._refused and self._refused != _TOLD:
            why, self._refused = self._refused, _TOLD
            LOG.warning("%s; further ones are only counted, see assay.live_state()", why)

    def leave(self) -> None:
        """At exit: what waits is written, or told to be lost, within some seconds."""
        if self._left:
            return
        if self._buffer and not self._started:
            self._start()
        if self._started:
            self.flush(_EXIT_SECONDS)
        elif self._buffer:  # no thread can be started any more
            with suppress(Exception):
                self._sender_from(_here()).send_all(self._project, seconds=_EXIT_SECONDS)
        self._left, self._room = True, 0
        with suppress(Exception):
            self._tell()
            state = self.state()
            if state.waiting:
                LOG.warning(
                    "%s recorded events could not be written before the application ended: %s",
                    f"{state.waiting:,}",
                    state.trouble or "it took too long",
                )
        sender = self._sender
        if sender and self._sending.acquire(timeout=1.0):
            try:
                sender.close()
            finally:
                self._sending.release()

    def forked(self) -> None:
        """In the child of a fork: what waits is the parent's to write."""
        if self._sender:
            self._sender.disown()
        self._begin()


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  once, and cheap
    except OSError:
        return "/"
