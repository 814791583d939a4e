"""Takes events from the buffer, batch by batch, and hands them to the process that writes."""

from __future__ import annotations

import logging
import math
import os
import time
from typing import TYPE_CHECKING, Any, Final

import orjson

from assay.data.live.clerk import Clerk, ClerkError
from assay.data.live.packing import packed

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from assay.data.live.events import Event

LOG: Final = logging.getLogger("assay")
PER_SEGMENT: Final = 5_000
_PREFIX: Final = "ASSAY_"
_ANSWER_SECONDS: Final = 120.0
_IDLE_SECONDS: Final = 60.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_MOST_TOLD: Final = 100


class Sender:
    """What the thread of a recorder does, and the account of it.

    Attributes:
        settled: events whose fate is on the disk; `rejected` and `withheld` are among them.
        held: events that are taken from the buffer and not settled yet.
        trouble: why what waits cannot be written, empty where it can.
        retry_at: when to try again, by the monotonic clock; never where there is no trouble.
        idle_at: when the process that writes may go.
    """

    def __init__(self, buffer: deque[Event], start: str) -> None:
        self._buffer = buffer
        self._start = start
        self._clerk = Clerk()
        self._content = b""
        self._pause = _FIRST_PAUSE
        self._told: set[str] = set()
        self.settled = self.rejected = self.withheld = self.held = 0
        self.trouble = ""
        self.retry_at = self.idle_at = math.inf

    def send_all(self, project: str | Path | None, *, seconds: float = _ANSWER_SECONDS) -> None:
        """Writes what waits now, until it is done, cannot be written, or time is up.

        What comes meanwhile is left for another time: where it never stops coming, this ends.

        A batch that failed is sent again as it was: its rows have their keys already, so that the
        store knows them again where it was only the answer that was lost.
        """
        until = time.monotonic() + seconds
        rest = len(self._buffer)
        while self.held or rest > 0:
            if not self.held:
                rest -= self._take(rest)
            message = self._head(project) + b"\n" + self._content
            try:
                answer = self._clerk.deliver(message, seconds=until - time.monotonic())
            except ClerkError as error:
                self.failed(str(error))
                return
            if "error" in answer:
                self.failed(str(answer["error"]))
                return
            self._succeeded(answer)
            until = time.monotonic() + seconds

    def rest(self) -> None:
        """Lets the process that writes go once nothing was to be written for a while."""
        if time.monotonic() >= self.idle_at:
            self.close()

    def close(self) -> None:
        """Ends the process that writes."""
        self.idle_at = math.inf
        self._clerk.dismiss()

    def disown(self) -> None:
        """In the child of a fork: the process that writes is the parent's."""
        self._clerk.disown()

    def _take(self, most: int) -> int:
        next_one = self._buffer.popleft  # nobody else takes any
        events = [next_one() for _ in range(min(most, PER_SEGMENT))]
        self.held = len(events)
        self._content = packed(events)
        return self.held

    def _head(self, project: str | Path | None) -> bytes:
        """Asked anew each time: what was wrong may be mended while events wait."""
        head = {
            "project": None if project is None else os.fspath(project),
            "start": self._start,
            "environ": {k: v for k, v in os.environ.items() if k.startswith(_PREFIX)},
        }
        return orjson.dumps(head)

    def _succeeded(self, answer: Mapping[str, Any]) -> None:
        self.settled += self.held
        self.rejected += answer["rejected"]
        self.withheld += answer["withheld"]
        self.held, self._content = 0, b""
        if self.trouble:
            self._log(logging.INFO, ["recorded events are written again"])
        self.trouble, self.retry_at, self._pause = "", math.inf, _FIRST_PAUSE
        self.idle_at = time.monotonic() + _IDLE_SECONDS
        room = _MOST_TOLD - len(self._told)
        new = [text for text in answer["told"] if text not in self._told][:room]
        self._told.update(new)
        self._log(logging.WARNING, new)

    def failed(self, why: str) -> None:
        """Notes why nothing can be written now, and when to try again."""
        if not self.trouble:
            self._log(logging.WARNING, [f"recorded events wait, they cannot be written now: {why}"])
        self.trouble = why
        self.retry_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self.idle_at = time.monotonic() + _IDLE_SECONDS

    @staticmethod
    def _log(level: int, texts: Iterable[str]) -> None:
        for text in texts:
            try:
                LOG.log(level, "%s", text)
            except Exception:  # noqa: BLE001, S112  a handler of the application's
                continue
