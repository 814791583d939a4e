"""The state of many watched series, day by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import expm1, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import stdtr, stdtrit

from assay.stats.watching.evidence import TAIL, Evidence, limit_of
from assay.stats.watching.expected import CLIP, Expected
from assay.stats.watching.result import Anomaly, Incident, Watch
from assay.stats.watching.rules import WatchRules
from assay.stats.watching.silence import Gaps
from assay.stats.watching.standing import BACK, Standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

PERIODS: Final = 8
"""Periods of the window from which a day's expectation is taken, and `WINDOW` days at least."""
WINDOW: Final = 56
LAG: Final = 10
"""Days before today that it leaves out, so that a shift is not expected as soon as it is there;
a period where that is longer."""
FEWEST: Final = 14
"""Usable days from which anything is expected; two periods where that is longer."""
DATED: Final = 56
"""Days among which the first of a shift is looked for, whatever the period: one near the smallest
that matters may take a month to be seen."""
NORMAL: Final = 28
"""Days after which a shift that stays is the new normal; four periods where that is longer."""
WAITS: Final = 7
"""Days more that it is given where the last days speak for its coming back."""
_QUANTILE: Final = float(stdtrit(TAIL, 0.975))
_HAZARD: Final = 0.01
_LEAST: Final = 0.1
"""Smallest standard deviation of a day that is believed, in shifts that matter."""


def window_of(period: int) -> int:
    """Days from which a day's expectation is taken, in whole periods."""
    return max(PERIODS, -(-WINDOW // period)) * period


@dataclass(slots=True)
class Following:
    """The state after each day; `run` takes the days one by one."""

    y: Array
    variance: Array
    rules: WatchRules
    rate: float
    expected: Expected
    evidence: Evidence
    usable: Flags
    now: Standing
    gaps: Gaps
    incidents: list[list[Incident]]
    anomalies: list[list[Anomaly]]
    told: Array
    odds: Array

    @classmethod
    def of(cls, values: Array, variance: Array, rules: WatchRules, series: int) -> Following:
        """Before the first day.

        Args:
            values: a row per series, on the scale on which they are compared.
            variance: of the sampling error, in the same places.
            rules: what is watched for.
            series: that share the budget.
        """
        rows, days = values.shape
        rate = rules.budget / 100 / series
        return cls(
            y=values,
            variance=variance,
            rules=rules,
            rate=rate,
            expected=Expected.unknown(rows, rules.period, _LEAST * rules.least),
            evidence=Evidence.none(rows, rules.least, limit_of(rate), DATED),
            usable=~np.isnan(values),
            now=Standing.none(rows),
            gaps=Gaps.none(rows, rules.period, rate),
            incidents=[[] for _ in range(rows)],
            anomalies=[[] for _ in range(rows)],
            told=np.full((rows, days), np.nan),
            odds=np.full((rows, days), np.nan),
        )

    def run(self) -> tuple[Watch, ...]:
        """Take the days one by one, and say what was seen in each series."""
        for day in range(self.y.shape[1]):
            self._expect(day)
            self._judge(day)
            self.gaps.take(day, np.isnan(self.y[:, day]))
        return tuple(self._watch(row) for row in range(self.y.shape[0]))

    def _expect(self, day: int) -> None:
        """Follow level, season and spread up to `LAG` days before."""
        period = self.rules.period
        length = window_of(period)
        end, fewest = day - max(LAG, period), max(FEWEST, 2 * period)
        if end < fewest:
            return
        begin = max(end - length, end % self.rules.period)
        places = slice(begin, end)
        usable = self.usable[:, places]
        which = (usable.sum(axis=1) >= fewest) & ~self.now.is_open
        if which.any():
            self.expected.follow(
                self.y[:, places],
                self.variance[:, places],
                usable,
                begin % self.rules.period,
                which,
            )

    def _deviation(self, day: int) -> Array:
        plain = self.expected.level + self.expected.season[:, day % self.rules.period]
        return self.y[:, day] - plain

    def _judge(self, day: int) -> None:
        self.told[:, day] = self.expected.level + self.expected.season[:, day % self.rules.period]
        deviation = self._deviation(day)
        long_run = self.expected.long_run(self._sampling(day))
        watched = np.where(self.now.is_open, np.nan, deviation)
        long_run = np.maximum(long_run, self.expected.least**2)
        odds = self.evidence.take(day, watched, long_run)
        stood = self.now.is_open.copy()
        self.odds[:, day] = np.where(stood | np.isneginf(odds), np.nan, odds)
        self._stand_out(day, deviation)
        self._follow_open(day, deviation, long_run)
        for row in np.flatnonzero((odds >= self.evidence.limit) & ~stood):
            self._open(int(row), day)

    def _sampling(self, day: int) -> Array:
        return np.where(np.isnan(self.variance[:, day]), self.expected.error, self.variance[:, day])

    def _stand_out(self, day: int, deviation: Array) -> None:
        """Days far off by themselves."""
        spread = np.sqrt(self.expected.effect + self._sampling(day))
        spread *= np.sqrt(1 + 2 / np.maximum(self.expected.days, 1))
        z = np.abs(deviation - np.where(self.now.is_open, self.now.shift, 0.0))
        z /= np.maximum(spread, self.expected.least)
        p = 2 * stdtr(TAIL, -z)
        for row in np.flatnonzero(p < self.rate):
            self.anomalies[row].append(
                Anomaly(
                    day=day,
                    value=self._out(float(self.y[row, day])),
                    expected=self._out(float(self.told[row, day])),
                    size=self._size(float(deviation[row])),
                    p_value=float(p[row]),
                )
            )

    def _open(self, row: int, day: int) -> None:
        """An incident, dated and sized by the days since."""
        sign = self.evidence.sign(row)
        belief = self.evidence.onset(row, day, sign)
        since = day - int(np.argmax(belief))
        shift, days = self._shift(row, since, day)
        error = self._error(row, days)
        if abs(shift) < self.rules.least or np.sign(shift) != sign:
            return
        order = np.argsort(-belief)
        held = order[: 1 + int(np.searchsorted(np.cumsum(belief[order]), 0.9))]
        odds = _HAZARD * np.exp(min(float(self.odds[row, day]), 500.0))
        self.incidents[row].append(
            Incident(
                opened=day,
                since=since,
                since_low=day - int(held.max()),
                since_high=day - int(held.min()),
                size=self._size(shift),
                size_low=self._size(shift - _QUANTILE * error),
                size_high=self._size(shift + _QUANTILE * error),
                size_opened=self._size(shift),
                certainty=float(odds / (1 + odds)),
                expected=self._out(float(self.told[row, since])),
            )
        )
        self.now.begin(row, since=since, shift=shift, days=days)
        self.usable[row, since : day + 1] = False

    def _shift(self, row: int, since: int, day: int) -> tuple[float, int]:
        """Mean deviation of the days near their median, and how many have data."""
        days = np.arange(since, day + 1)
        away = self.y[row, days] - self.expected.level[row]
        away = away - self.expected.season[row, days % self.rules.period]
        known = away[~np.isnan(away)]
        spread = max(float(self.expected.spread[row]), self.expected.least)
        middle = float(np.median(known))
        near = known[np.abs(known - middle) <= CLIP * spread]
        return float(near.mean() if near.size else middle), known.size

    def _error(self, row: int, days: float) -> float:
        """Standard error of the mean deviation of so many days."""
        spread = max(float(self.expected.spread[row]), self.expected.least)
        memory = float(self.expected.memory[row])
        before = max(float(self.expected.days[row]), 1.0)
        season = self.rules.period / before if self.rules.period > 1 else 0.0
        of_days = (1 + season) / max(days, 1.0)
        return spread * sqrt((1 + memory) / (1 - memory) * (of_days + 1 / before))

    def _follow_open(self, day: int, deviation: Array, variance: Array) -> None:
        """Open incidents grow, come back, or become what is normal."""
        now = self.now
        if not now.is_open.any():
            return
        self.usable[now.is_open, day] = False
        now.take(day, deviation, variance, np.maximum(self.expected.spread, self.expected.least))
        for row in np.flatnonzero(now.is_open & (now.back >= BACK)).tolist():
            self._close(row, day, until=int(now.back_since[row]))
        lasted = day - now.since - max(NORMAL, 4 * self.rules.period)
        stays = (lasted >= 0) & ((now.back <= 0) | (lasted >= WAITS))
        for row in np.flatnonzero(now.is_open & stays).tolist():
            self._close(row, day, until=None)

    def _sized(self, row: int) -> Incident:
        """The last incident with the size that its days have by now."""
        shift, error = float(self.now.shift[row]), self._error(row, float(self.now.days[row]))
        return replace(
            self.incidents[row][-1],
            size=self._size(shift),
            size_low=self._size(shift - _QUANTILE * error),
            size_high=self._size(shift + _QUANTILE * error),
        )

    def _close(self, row: int, day: int, *, until: int | None) -> None:
        """End an incident: its days count for nothing, or are all that counts from now on."""
        now = self.now
        now.is_open[row] = False
        self.evidence.forget(row)
        known = ~np.isnan(self.y[row])
        if until is None:
            self.usable[row, : now.since[row]] = False
            self.usable[row, now.since[row] : day + 1] = known[now.since[row] : day + 1]
            self.expected.level[row] += now.shift[row]
        else:
            self.usable[row, until : day + 1] = known[until : day + 1]
        self.incidents[row][-1] = replace(
            self._sized(row),
            closed=day,
            ending="new normal" if until is None else "recovered",
            until=until,
        )

    def _watch(self, row: int) -> Watch:
        told = self.told[row]
        known = int((~np.isnan(self.y[row])).sum())
        reason = ""
        if np.isnan(told).all():
            reason = (
                f"{known} of {self.y.shape[1]} days have data; the first expectation takes "
                f"{max(FEWEST, 2 * self.rules.period) + max(LAG, self.rules.period)} days"
            )
        if self.now.is_open[row]:
            self.incidents[row][-1] = self._sized(row)
        return Watch(
            incidents=tuple(self.incidents[row]),
            anomalies=tuple(self.anomalies[row]),
            silences=tuple(self.gaps.silences[row]),
            expected=tuple(np.exp(told).tolist() if self.rules.relative else told.tolist()),
            evidence=tuple(self.odds[row].tolist()),
            limit=self.evidence.limit,
            reason=reason,
        )

    def _size(self, shift: float) -> float:
        return expm1(min(shift, 700.0)) if self.rules.relative else shift

    def _out(self, value: float) -> float:
        return float(np.exp(min(value, 700.0))) if self.rules.relative else value
