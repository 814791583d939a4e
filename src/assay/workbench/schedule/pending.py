"""What is due now: times that were reached and not dealt with, as the policy of each wants it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from assay.workbench.schedule.entries import Entry
from assay.workbench.schedule.ledger import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.schedule.ledger import Ledger

_COUNTED: Final = 10_000
"""Missed times that are counted at most; nobody wants to read a larger number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTime:
    """One time of one schedule that something is to be done about.

    Attributes:
        skipped: why it is only noted and nothing published, "" where it is published.
        left_out: missed times before it that the policy leaves out.
    """

    entry: Entry
    due: datetime
    skipped: str = ""
    left_out: int = 0


def due_times(
    entry: Entry, ledger: Ledger, now: datetime, *, note: bool = True
) -> tuple[DueTime, ...]:
    """What is to be done about a schedule, oldest first.

    A due time that has a record is never due again, however the clock is set; one whose work was
    stopped in the middle still is.

    Args:
        entry: the schedule.
        ledger: what is remembered of it.
        now: the time.
        note: remember a schedule that is seen for the first time.
    """
    since = ledger.known_since(entry, now, note=note)
    if not entry.told.enabled:
        return ()
    recorded = [time for time in ledger.times(entry.name) if time <= now]
    missed = list(islice(_missed(entry, since, now, frozenset(recorded)), _COUNTED))
    unfinished = list(_unfinished(entry, ledger, recorded, now, is_old=bool(missed)))
    return (*unfinished, *_chosen(entry, missed, now))


def _missed(
    entry: Entry, since: datetime, now: datetime, recorded: frozenset[datetime]
) -> Iterator[datetime]:
    """Newest first, back to the newest one that has a record."""
    for due in entry.cron.until(now):
        if due <= since or due in recorded:
            return
        yield due


def _chosen(entry: Entry, missed: list[datetime], now: datetime) -> Iterator[DueTime]:
    if not missed:
        return
    newest, left_out = missed[0], len(missed) - 1
    match entry.told.catch_up:
        case "all":
            chosen = missed[: entry.told.at_most]
            for number, due in enumerate(reversed(chosen)):
                out = 0 if number else len(missed) - len(chosen)
                yield DueTime(entry=entry, due=due, left_out=out)
        case "none" if now - newest > entry.told.grace:
            yield DueTime(entry=entry, due=newest, skipped="missed", left_out=left_out)
        case _:
            yield DueTime(entry=entry, due=newest, left_out=left_out)


def _unfinished(
    entry: Entry, ledger: Ledger, recorded: list[datetime], now: datetime, *, is_old: bool
) -> Iterator[DueTime]:
    for due in recorded:
        # A process may have been killed after it made the folder: then there is no record in it.
        record = ledger.record(entry.name, due) or {"state": "begun"}
        if record["state"] in FINAL:
            continue
        again = record.get("again")
        if is_old and entry.told.catch_up != "all" and record["state"] in {"begun", "retry"}:
            yield DueTime(entry=entry, due=due, skipped="superseded by a later due time")
        elif again is None or datetime.fromisoformat(again) <= now:
            yield DueTime(entry=entry, due=due)
