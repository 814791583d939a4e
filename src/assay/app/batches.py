"""Batches as the command line shows and steers them."""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.app.console import aligned, print_json, say
from assay.app.place import this_project
from assay.app.progress import duration
from assay.core.errors import ProjectError
from assay.workbench.batch.journal import find_journal, journals

if TYPE_CHECKING:
    from assay.workbench.batch.journal import Condition, Item, Journal, Standing

_PAUSE: Final = 1.0
_PATIENCE: Final = 30.0
"""Seconds until a batch that was asked to stop should have done so."""

_LIVE: Final = frozenset({"running", "paused"})
_DONE: Final = frozenset({"published", "current"})


def print_batches(*, as_json: bool) -> None:
    """Every batch that is kept, the newest first."""
    rows = [_overview(journal) for journal in reversed(journals(this_project()))]
    if as_json:
        print_json(rows)
        return
    if not rows:
        say("No batches yet: `assay publish` begins one where there is something to run.")
        return
    head = ("BATCH", "STATE", "ITEMS", "DONE", "FAILED", "MISSING", "TIME")
    lines = [
        (
            row["batch"],
            row["state"],
            str(row["items"]),
            str(row["done"]),
            str(row["failed"]),
            str(row["missing"]),
            duration(row["seconds"]) if row["seconds"] is not None else "–",
        )
        for row in rows
    ]
    for line in aligned([head, *lines]):
        say(line)


def print_batch(name: str | None, *, as_json: bool, watch: bool) -> None:
    """The items of one batch; with `watch`, again and again until it has ended."""
    journal = find_journal(this_project(), name)
    while True:
        account = _account(journal)
        if as_json:
            print_json(account)
        else:
            if watch and sys.stdout.isatty():
                say("\x1b[H\x1b[2J\x1b[3J")
            _print_account(account)
        if not watch or account["state"] not in _LIVE:
            return
        time.sleep(_PAUSE)


def steer(name: str | None, wish: Literal["pause", "run", "stop"]) -> None:
    """Asks a running batch to pause, go on or stop, and says what it did.

    Raises:
        ProjectError: where no batch of that name runs, or it is to go on although it is stopped.
    """
    journal = _live(name)
    before = journal.condition()
    if journal.wish() == "stop" and wish != "stop":
        raise ProjectError(
            f"batch {journal.id} is being stopped",
            remedy="`assay retry` does what it leaves undone",
        )
    if wish == "pause" and before == "paused":
        say(f"Batch {journal.id} is paused already.")
        return
    if wish == "run" and before == "running":
        say(f"Batch {journal.id} is not paused: it runs.")
        return
    journal.ask(wish)
    if wish == "pause":
        say(f"Batch {journal.id} is paused: what runs goes on to its end, nothing new begins.")
        say(f"`assay resume {journal.id}` goes on with it.")
    elif wish == "run":
        say(f"Batch {journal.id} goes on.")
    else:
        _wait_until_stopped(journal)


def _wait_until_stopped(journal: Journal) -> None:
    ends = time.monotonic() + _PATIENCE
    while journal.condition() in _LIVE and time.monotonic() < ends:
        time.sleep(0.1)
    if journal.condition() in _LIVE:
        say(f"Batch {journal.id} was asked to stop, and is still ending what it does.")
        return
    row = _overview(journal)
    say(
        f"Batch {journal.id} is stopped: {row['done']} of {row['items']} done, {row['failed']} "
        f"failed, {row['missing']} not run to their end. `assay retry {journal.id}` does the rest."
    )


def _live(name: str | None) -> Journal:
    project = this_project()
    if name is not None:
        journal = find_journal(project, name)
        state = journal.condition()
        if state not in _LIVE:
            raise ProjectError(
                f"batch {journal.id} has ended ({state})",
                remedy=f"`assay retry {journal.id}` does what is missing of it",
            )
        return journal
    running = [journal for journal in journals(project) if journal.condition() in _LIVE]
    if not running:
        raise ProjectError("no batch is running", remedy="`assay batches` shows those that were")
    return running[-1]


def _overview(journal: Journal) -> dict[str, Any]:
    plan, state = journal.plan(), journal.condition()
    statuses = Counter(_status(journal.standing(item["number"]), state) for item in plan["items"])
    done = sum(statuses[status] for status in _DONE)
    unready = statuses["unready"]
    return {
        "batch": journal.id,
        "state": state,
        "begun": plan["begun"],
        "ended": plan["ended"],
        "seconds": _seconds(plan["begun"], plan["ended"], live=state in _LIVE),
        "retries": plan["after"],
        "options": plan["options"],
        "items": len(plan["items"]),
        "done": done,
        "failed": statuses["failed"],
        "missing": len(plan["items"]) - done - statuses["failed"] - unready,
    }


def _account(journal: Journal) -> dict[str, Any]:
    state = journal.condition()
    rows = [_row(item, journal.standing(item.number), state) for item in journal.items()]
    return _overview(journal) | {"rows": rows}


def _row(item: Item, standing: Standing, state: Condition) -> dict[str, Any]:
    status = _status(standing, state)
    seconds = standing.seconds
    if status in {"running", "rendering"}:
        seconds = _seconds(standing.begun, None, live=True)
    return {
        "report": item.report,
        "set": item.set_name,
        "status": status,
        "attempts": standing.attempts,
        "cell": standing.cell,
        "cells": standing.cells,
        "seconds": seconds,
        "worker": standing.worker,
        "version": standing.version,
        "error": standing.error,
    }


def _status(standing: Standing, state: Condition) -> str:
    """What was running when its batch was cut off, stopped with it."""
    if state not in _LIVE and standing.status in {"running", "rendering"}:
        return "stopped"
    return standing.status


def _print_account(account: dict[str, Any]) -> None:
    took = f", {duration(account['seconds'])}" if account["seconds"] is not None else ""
    say(
        f"Batch {account['batch']}: {account['state']}, {account['done']} of {account['items']} "
        f"done, {account['failed']} failed{took}"
    )
    head = ("REPORT", "SET", "STATUS", "TRIES", "TIME", "ERROR")
    rows = [
        (
            row["report"],
            row["set"],
            _where(row),
            str(row["attempts"]),
            duration(row["seconds"]) if row["seconds"] else "–",
            (row["error"] or "").partition("\n")[0],
        )
        for row in account["rows"]
    ]
    for line in aligned([head, *rows]):
        say(line)
    if account["state"] not in _LIVE and account["failed"] + account["missing"]:
        say(f"`assay retry {account['batch']}` does what is missing.")


def _where(row: dict[str, Any]) -> str:
    if row["status"] == "running" and row["cell"]:
        return f"cell {row['cell']} of {row['cells']}"
    return str(row["status"])


def _seconds(begun: str | None, ended: str | None, *, live: bool) -> float | None:
    if begun is None or (ended is None and not live):
        return None
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    return round((end - datetime.fromisoformat(begun)).total_seconds(), 1)
