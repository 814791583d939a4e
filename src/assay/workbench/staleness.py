"""From which age on a report's data count as old: as the settings say, or as often as it is due."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from assay.core.errors import AssayError
from assay.workbench.layout import SCHEDULES_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from assay.workbench.project import Project
    from assay.workbench.schedule.cron import Cron
    from assay.workbench.schedule.entries import Entry

_LOOKED_AT: Final = 8
"""Due times in a row, so that a weekend is among those of every working day."""
_LATE: Final = timedelta(days=1)
"""A run at night reads data that end the day before."""


class Staleness:
    """Of every report and set of a project.

    A report that is published by the clock is old once it has missed its turn; any other, after
    `[publishing] stale_days`. Nothing is old where that is 0.
    """

    def __init__(self, project: Project, now: datetime) -> None:
        self._days = project.settings.publishing.stale_days
        self._due: dict[tuple[str, str | None], int] = {}
        if not self._days or not (project.params / SCHEDULES_FILE).exists():
            return
        for entry in _entries(project):
            days = _days_between(entry.cron, now)
            for report, sets in entry.reports.items():
                for set_name in sets or (None,):
                    known = self._due.get((report, set_name), days)
                    self._due[report, set_name] = min(days, known)

    def days(self, report: str, set_name: str) -> int | None:
        """So many days its data may be behind; None for any."""
        due = [self._due[key] for key in ((report, set_name), (report, None)) if key in self._due]
        return min(due) if due else self._days or None


def _entries(project: Project) -> Iterator[Entry]:
    from assay.workbench.schedule.entries import read_entries  # noqa: PLC0415  only where needed

    try:
        entries = read_entries(project)
    except AssayError:
        return
    yield from (entry for entry in entries.schedules if entry.told.enabled)


def _days_between(cron: Cron, now: datetime) -> int:
    """The longest pause between two turns, and a day for the data to arrive."""
    due = list(islice(cron.after(now), _LOOKED_AT))
    pauses = (later - sooner for sooner, later in pairwise(due))
    return math.ceil((max(pauses, default=timedelta()) + _LATE) / timedelta(days=1))
