"""How a batch is told while it runs: redrawn on a terminal, plain lines elsewhere, or as events."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TextIO

from assay.workbench.batch.durations import left, of_all
from assay.workbench.sets import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from assay.workbench.publish import Account, Outcome, Progress

_PAUSE: Final = 0.25
"""Seconds between two drawings."""

_ENDS: Final = frozenset({"published", "current", "waiting", "failed", "stopped"})
_NARROW: Final = 20


class Teller(Protocol):
    """Somebody who tells of a batch; a context, so that nothing of it is left on a terminal."""

    def begun(self, account: Account) -> None:
        """The batch begins."""
        ...

    def step(self, step: Progress) -> None:
        """Something happens to an item."""
        ...

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """The batch is over."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Events:
    """One JSON object a line, on standard output."""

    def __init__(self) -> None:
        self._batch: str | None = None
        self._items = 0
        self._seen: set[tuple[str, str, int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to tidy up."""

    def begun(self, account: Account) -> None:
        """`batch-started`."""
        self._batch = account.batch
        self._say(
            "batch-started",
            batch=account.batch,
            workers=account.workers,
            items=account.items,
            to_run=len(account.to_run),
        )

    def step(self, step: Progress) -> None:
        """`item-started`, `cell`, `item-rendering`, and how it ended."""
        item = {"report": step.report, "set": step.set_name}
        if step.stage == "running":
            key = (step.report, step.set_name, step.attempt)
            if key not in self._seen:
                self._seen.add(key)
                self._say("item-started", **item, attempt=step.attempt)
            if step.cell:
                self._say("cell", **item, cell=step.cell, cells=step.cells)
        elif step.stage == "rendering":
            self._say("item-rendering", **item)
        elif step.stage == "retried":
            self._say("item-retried", **item, attempt=step.attempt, error=step.error)
        else:
            ended = {"version": step.version, "seconds": step.seconds, "error": step.error}
            self._say(f"item-{step.stage}", **item, **ended)

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """`batch-ended`, with the number of items by state."""
        totals = Counter(outcome.state for outcome in outcomes)
        self._say("batch-ended", batch=self._batch, items=len(outcomes), totals=dict(totals))

    def _say(self, event: str, **details: Any) -> None:  # noqa: ANN401  any JSON
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = {"event": event, "at": at, **details}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class Lines:
    """A plain line where an item begins and where it ends; for logs."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._seen: set[tuple[str, int]] = set()
        self._done = 0
        self._all = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to tidy up."""

    def begun(self, account: Account) -> None:
        """How much there is to do."""
        self._all = len(account.to_run)
        if self._all > 1:
            self._say(f"batch {account.batch}: {self._all} to run, {_workers(account.workers)}")

    def step(self, step: Progress) -> None:
        """Its beginning, or its end."""
        if step.stage == "running" and (step.name, step.attempt) not in self._seen:
            self._seen.add((step.name, step.attempt))
            self._say(f"begins     {step.name}")
        elif step.stage == "retried":
            self._say(f"again      {step.name}: {_first(step.error)}")
        elif step.stage in _ENDS and self._all:
            self._done += 1
            self._say(
                f"{step.stage:<10} {step.name}  ({duration(step.seconds)}; "
                f"{self._done} of {self._all})"
            )

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """The summary is another's matter."""

    def _say(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


@dataclass(slots=True)
class _Row:
    """An item that runs."""

    since: float
    stage: str
    cell: int
    cells: int
    expected: float | None

    def left(self, now: float) -> float | None:
        """Seconds that it will still take."""
        elapsed = now - self.since
        return left(self.expected, elapsed=elapsed, cell=self.cell, cells=self.cells)


class Board:
    """Lines on a terminal that are drawn again in their place: each item that runs, and the total.

    Args:
        out: the terminal.
        columns: its width, where that is not to be asked.
    """

    def __init__(self, out: TextIO, columns: int | None = None) -> None:
        self._out = out
        self._columns = columns
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw_often, daemon=True, name="board")
        self._running: dict[tuple[str, str], _Row] = {}
        self._to_come: dict[tuple[str, str], float | None] = {}
        self._all = self._done = self._failed = 0
        self._workers = 1
        self._drawn: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with self._lock:
            self._put([])

    def begun(self, account: Account) -> None:
        """How much there is to do."""
        with self._lock:
            self._all, self._workers = len(account.to_run), account.workers
            self._to_come = {(name, set_name): s for name, set_name, s in account.to_run}

    def step(self, step: Progress) -> None:
        """Takes note; it is drawn within a moment."""
        key, now = (step.report, step.set_name), time.monotonic()
        with self._lock:
            if step.stage in {"running", "rendering"}:
                row = self._running.get(key)
                if row is None:
                    row = _Row(now, step.stage, 0, 0, self._to_come.pop(key, None))
                    self._running[key] = row
                row.stage = step.stage
                row.cell, row.cells = step.cell or row.cell, step.cells or row.cells
            elif step.stage == "retried":
                row = self._running.pop(key, None)
                self._to_come[key] = row.expected if row else None
            else:
                self._running.pop(key, None)
                self._to_come.pop(key, None)
                self._done += bool(self._all)
                self._failed += step.stage == "failed"

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """The summary is another's matter."""

    def lines(self, now: float, width: int) -> list[str]:
        """What is to be seen now, no line wider than the terminal."""
        rows = [
            _running(name, set_name, row, now) for (name, set_name), row in self._running.items()
        ]
        if self._all > 1:
            rows.append(self._total(now))
        return [_cut(row, width - 1) for row in rows]

    def _total(self, now: float) -> str:
        ahead = [row.left(now) for row in self._running.values()]
        eta = of_all(ahead, list(self._to_come.values()), self._workers)
        failed = f", {self._failed} failed" if self._failed else ""
        told = f", about {duration(round(eta))} left" if eta is not None else ""
        return f"{self._done} of {self._all} done{failed}{told}"

    def _draw_often(self) -> None:
        while not self._over.wait(_PAUSE):
            with self._lock:
                self._put(self.lines(time.monotonic(), self._width()))

    def _width(self) -> int:
        if self._columns is not None:
            return self._columns
        try:
            return max(_NARROW, os.get_terminal_size(self._out.fileno()).columns)
        except OSError:
            return 80

    def _put(self, lines: list[str]) -> None:
        """Replaces what was drawn; lines that a narrower terminal has wrapped count as several."""
        width = self._width()
        up = sum(max(1, -(-len(line) // width)) for line in self._drawn)
        if not up and not lines:
            return
        back = f"\x1b[{up}A\r\x1b[J" if up else "\r\x1b[J"
        self._out.write(back + "".join(f"{line}\n" for line in lines))
        self._out.flush()
        self._drawn = lines


def teller(*, events: bool, out: TextIO | None = None) -> Teller:
    """Who tells: JSON where it is asked for, a board on a terminal, plain lines elsewhere."""
    if events:
        return Events()
    out = out or sys.stderr
    return Board(out) if out.isatty() else Lines(out)


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(4.26), duration(4), duration(75), duration(7322)
    ('4.3 s', '4 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 9.95 and isinstance(seconds, float):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _running(name: str, set_name: str, row: _Row, now: float) -> str:
    where = "rendering" if row.stage == "rendering" else "starting"
    if row.stage == "running" and row.cell:
        where = f"cell {row.cell} of {row.cells}"
    ahead = row.left(now)
    eta = f", about {duration(round(ahead))} left" if ahead else ""
    return f"{display_name(name, set_name)}  {where}  {duration(now - row.since)}{eta}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _first(text: str | None) -> str:
    return (text or "").partition("\n")[0]


def _workers(number: int) -> str:
    return "1 at a time" if number == 1 else f"{number} at a time"
