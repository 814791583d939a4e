"""What watching says: alarms, one per incident, and what could not be watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from assay.core.units import Count, Number, Probability, UnitOf, Usd

Kind = Literal["degradation", "improvement", "change", "mix", "silence", "anomaly", "threshold"]
SeverityWord = Literal["info", "warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One label of a mix that shifted: its share expected, and seen."""

    label: str
    expected: Annotated[float, "share"]
    seen: Annotated[float, "share"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One incident of one series, as it stands by the last period.

    Attributes:
        since, since_low, since_high: first period, and those that hold it with 90 % probability.
        opened, opened_at: period in which the evidence was enough, and the moment it was over.
        closed, closed_at: likewise of the end; None while it goes on.
        until: first period after it; None while it goes on.
        ending: how it ended: recovered, new normal, passed, data again.
        expected, seen: level without and with the change; None of silence.
        size, size_low, size_high: of the change, in `size_unit`: a share of what was expected
            where `relative`, else the metric's unit.
        certainty: probability that there is a change; None of silence, which is a fact.
        usd_per_day: cost of the change, weighed by its certainty; None where nobody put a price.
        n: rows behind what is seen.
        threshold: that was passed.
        parts: labels of a mix that shifted; `silent`: metrics that had no data.
    """

    kind: Kind
    watched: str
    data: str
    subject: str
    by: tuple[tuple[str, str], ...]
    unit: str
    since: str
    since_low: str
    since_high: str
    opened: str
    opened_at: datetime
    severity: SeverityWord
    closed: str | None = None
    closed_at: datetime | None = None
    until: str | None = None
    ending: str = ""
    expected: Annotated[float | None, UnitOf("unit")] = None
    seen: Annotated[float | None, UnitOf("unit")] = None
    size: Annotated[float | None, UnitOf("size_unit")] = None
    size_low: Annotated[float | None, UnitOf("size_unit")] = None
    size_high: Annotated[float | None, UnitOf("size_unit")] = None
    size_unit: str = "share"
    relative: bool = False
    certainty: Probability | None = None
    usd_per_day: Usd | None = None
    n: Count = 0
    threshold: Annotated[float | None, UnitOf("unit")] = None
    parts: tuple[Part, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """A series of which nothing could be said, and why."""

    watched: str
    subject: str
    by: tuple[tuple[str, str], ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """All of them, in the order in which they were raised.

    Attributes:
        series: that were watched together and share the budget.
        budget: false alarms per 100 days over all of them.
        through: per name of what is watched, its last period.
        each: per name, how many series of it are among those watched.
    """

    alarms: tuple[Alarm, ...]
    unwatched: tuple[Unwatched, ...]
    series: Count
    budget: Number
    through: tuple[tuple[str, str], ...]
    each: tuple[tuple[str, Count], ...] = ()
