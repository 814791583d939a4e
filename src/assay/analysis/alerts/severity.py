"""How bad an alarm is: size × certainty × money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.alerts.watched import PER_DAY
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from assay.analysis.alerts.result import Kind, SeverityWord
    from assay.analysis.alerts.watched import WatchedSeries

GRAVE: Final = 4.0
"""Times the smallest change that matters, from which a change without a price is critical."""
HARMLESS: Final = frozenset({"improvement", "change"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """Dollars a day from which an alarm is a warning, and from which it is critical."""

    warning: float = 1.0
    critical: float = 100.0

    def __post_init__(self) -> None:
        if not 0 <= self.warning <= self.critical:
            raise ParameterError(
                f"warning={self.warning}, critical={self.critical}, expected 0 ≤ warning ≤ critical"
            )


def usd_per_day(
    series: WatchedSeries, change: float, certainty: float, first: int, end: int
) -> float | None:
    """What a change costs a day: its size, on as many rows as there were, times its certainty.

    Args:
        series: that changed.
        change: in the metric's unit.
        certainty: probability that it did.
        first: place of the first period that counts.
        end: the place after the last.
    """
    if series.usd is None:
        return None
    rows = float(np.mean(series.rows[first:end])) * PER_DAY[series.every]
    return abs(change) * rows * series.usd * certainty


def grade(
    kind: Kind, *, times: float, certainty: float, usd: float | None, grades: Grades
) -> SeverityWord:
    """The word for it: by money where there is a price, else by size.

    Args:
        kind: of the alarm; what is no harm is never more than information.
        times: size of the change in those of the smallest that matters.
        certainty: probability that there is a change.
        usd: per day, certainty included.
        grades: where words begin, in dollars.
    """
    if kind in HARMLESS:
        return "info"
    weight = times * certainty
    if usd is not None:
        return _word(usd, grades.warning, grades.critical)
    return _word(weight, 0.5, GRAVE)


def _word(value: float, warning: float, critical: float) -> SeverityWord:
    if value >= critical:
        return "critical"
    return "warning" if value >= warning else "info"
