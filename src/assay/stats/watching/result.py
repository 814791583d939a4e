"""What a watched series says: incidents, days that stand out, and silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ending = Literal["recovered", "new normal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A shift that has lasted for more than a bad day; days are places in the series.

    Sizes are shares of what was expected where ratios are watched, else differences.

    Attributes:
        opened: day on which the evidence was enough.
        since, since_low, since_high: first day of the shift, and the days that hold it with 90 %
            probability, as judged when it was opened.
        size, size_low, size_high: of the shift, with its 95 % interval, by all its days so far.
        size_opened: as it was judged on the day of opening.
        certainty: probability, when opened, that anything shifted, if one day in a hundred is
            believed to begin a shift.
        expected: on its first day without the shift.
        closed: day on which it ended, or None.
        ending: whether the series came back, or the new level counts as normal from then on.
        until: first day of the recovery, where it recovered.
    """

    opened: int
    since: int
    since_low: int
    since_high: int
    size: float
    size_low: float
    size_high: float
    size_opened: float
    certainty: float
    expected: float
    closed: int | None = None
    ending: Ending | None = None
    until: int | None = None

    @property
    def higher(self) -> bool:
        """Whether the series went up."""
        return self.size_opened > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One day that stands out by itself.

    Attributes:
        day: place in the series.
        value, expected: seen, and expected from the days before.
        size: share of what was expected where ratios are watched, else the difference.
        p_value: two-sided, of a day like others being as far off.
    """

    day: int
    value: float
    expected: float
    size: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Days without data, longer than the series' own gaps explain.

    Attributes:
        since: first day without data.
        noticed: day on which the gap was too long for chance.
        ended: first day with data again, or None.
    """

    since: int
    noticed: int
    ended: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """All that was seen in one series.

    Attributes:
        incidents, anomalies, silences: in the order of time.
        expected: of each day, from the days before it; NaN where too few were known.
        evidence: log odds of a shift on each day; an incident opens where they reach `limit`. NaN
            while one is open, and before anything was compared.
        limit: from the budget of false alarms.
        reason: why nothing could be said, or empty.
    """

    incidents: tuple[Incident, ...]
    anomalies: tuple[Anomaly, ...]
    silences: tuple[Silence, ...]
    expected: tuple[float, ...]
    evidence: tuple[float, ...]
    limit: float
    reason: str = ""

    @property
    def open(self) -> Incident | None:
        """The incident that has not ended."""
        last = self.incidents[-1] if self.incidents else None
        return last if last is not None and last.closed is None else None
