"""What the schedules remember: since when each is known, and a record of every due time."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.core.project import expand_home
from assay.workbench.files import json_text, read_json, write_atomically
from assay.workbench.lease import Content, Fence, look

if TYPE_CHECKING:
    from assay.workbench.project import Project
    from assay.workbench.schedule.entries import Entry

FINAL: Final = frozenset({"done", "failed", "skipped"})
"""States of a due time with which nothing is left to do."""

_STAMP: Final = "%Y-%m-%dT%H%M%SZ"
_FOLDER: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")
_KEPT: Final = 500
"""Records of a schedule that stay."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Notes a version before it is put up, so that whoever goes on after a kill tells it, too.

    Workers of their own may be given it.
    """

    fence: Fence
    folder: Path

    def __call__(self, report: str, set_name: str, version: str) -> None:
        """Notes it.

        Raises:
            LeaseLostError: where another has taken over.
        """
        self.fence()
        write_atomically(self.folder / report / set_name / version, "")
        self.fence()


class Ledger:
    """The folder of the state; machines that share it share the work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def turn(self) -> Path:
        """The claim on publishing itself: one machine at a time."""
        return self.folder / "turn"

    @property
    def outbox(self) -> Path:
        """What was told to whom."""
        return self.folder / "outbox"

    def place(self, schedule: str, due: datetime) -> Path:
        """The claim on a due time, which is its record, too."""
        return self.folder / "due" / schedule / due.astimezone(UTC).strftime(_STAMP)

    def times(self, schedule: str) -> tuple[datetime, ...]:
        """The due times that have a record, oldest first."""
        folder = self.folder / "due" / schedule
        if not folder.is_dir():
            return ()
        names = sorted(path.name for path in folder.iterdir() if _FOLDER.fullmatch(path.name))
        return tuple(datetime.strptime(name, _STAMP).replace(tzinfo=UTC) for name in names)

    def record(self, schedule: str, due: datetime) -> Content | None:
        """What became of a due time so far."""
        return look(self.place(schedule, due))

    def intended(self, schedule: str, due: datetime) -> tuple[tuple[str, str, str], ...]:
        """Report, set and id of each version that was to be put up for a due time, oldest first."""
        found = (path.parts[-3:] for path in intents_in(self.place(schedule, due)).glob("*/*/*"))
        return tuple(sorted(((one, two, three) for one, two, three in found), key=itemgetter(2)))

    def known_since(self, entry: Entry, now: datetime, *, note: bool) -> datetime:
        """Since when the schedule has these times: what lies before was never missed.

        A schedule that was switched off, or whose times were changed, counts from now on.
        """
        file = self.folder / "known" / f"{entry.name}.json"
        times = {"cron": entry.cron.expression, "time_zone": entry.cron.zone}
        if file.exists():
            seen = read_json(file)
            if entry.told.enabled and seen.items() >= times.items():
                return min(datetime.fromisoformat(seen["since"]), now)
        if note and entry.told.enabled:
            since = now.astimezone(UTC).isoformat(timespec="seconds")
            write_atomically(file, json_text(times | {"since": since}))
        elif note:
            file.unlink(missing_ok=True)
        return now

    def tidy(self, schedule: str) -> None:
        """Removes the oldest records that are finished."""
        for due in self.times(schedule)[:-_KEPT]:
            record = self.record(schedule, due)
            if record is not None and record.get("state") in FINAL:
                shutil.rmtree(self.place(schedule, due), ignore_errors=True)


def intents_in(place: Path) -> Path:
    """Where the claim on a due time keeps the names of versions that are put up for it."""
    return place / "versions"


def ledger_of(project: Project) -> Ledger:
    """The state of a project's schedules: its own, or the shared folder that the settings name."""
    named = project.settings.schedules.state
    return Ledger(project.root / expand_home(named) if named else project.state / "schedules")
