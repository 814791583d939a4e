"""How long reports took, so that the time that is left can be told."""

from __future__ import annotations

import json
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING, Final

from assay.core.errors import ProjectError
from assay.workbench.files import json_text, replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.project import Project

_KEPT: Final = 7
"""Runs of each set: their median forgets a slow day, and learns that a report has grown."""


class Durations:
    """Seconds of the last runs by report and set, from `.assay/durations.json`."""

    def __init__(self, project: Project) -> None:
        self._file = project.state / "durations.json"
        self._known = self._read()

    def expected(self, report: str, set_name: str) -> float | None:
        """Seconds that a run of it takes: its own median, or its report's; None where none ran."""
        known = self._known.get(report, {})
        if known.get(set_name):
            return median(known[set_name])
        every = [seconds for runs in known.values() for seconds in runs]
        return median(every) if every else None

    def note(self, report: str, set_name: str, seconds: float) -> None:
        """One more run."""
        runs = self._known.setdefault(report, {}).setdefault(set_name, [])
        runs.append(round(seconds, 2))
        del runs[:-_KEPT]

    def save(self) -> None:
        """Keeps what was learnt; where nothing can be kept, goes without."""
        with suppress(ProjectError):
            replace_file(self._file, json_text(self._known))

    def _read(self) -> dict[str, dict[str, list[float]]]:
        try:
            known = json.loads(self._file.read_bytes())
            return {
                str(report): {
                    str(name): [float(run) for run in runs] for name, runs in sets.items()
                }
                for report, sets in known.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def left(expected: float | None, *, elapsed: float, cell: int, cells: int) -> float | None:
    """Seconds that a run has left: by the clock, or, where it is late, by the cells to come.

    Args:
        expected: what runs of it took before.
        elapsed: since it began.
        cell: the one that runs, counted from 1; 0 where that is not known.
        cells: how many there are.

    >>> left(10.0, elapsed=4.0, cell=1, cells=4)
    6.0
    >>> left(10.0, elapsed=30.0, cell=4, cells=4)
    2.5
    """
    if expected is None:
        return None
    if elapsed <= expected:
        return expected - elapsed
    return expected * (cells - cell + 1) / cells if cell and cells else 0.0


def of_all(
    running: Sequence[float | None], waiting: Sequence[float | None], workers: int
) -> float | None:
    """Seconds until a batch is done; None where one of its items never ran before.

    >>> of_all([2.0, 4.0], [6.0, None], workers=2) is None
    True
    >>> of_all([2.0, 4.0], [6.0, 6.0], workers=2)
    10.0
    """
    if any(seconds is None for seconds in (*running, *waiting)):
        return None
    free = sorted([float(seconds or 0) for seconds in running][:workers])
    free = [0.0] * (workers - len(free)) + free
    for seconds in waiting:
        free[0] += float(seconds or 0)
        free.sort()
    return max(free, default=0.0)
