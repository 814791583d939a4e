"""Whether users are better off after a change of their configuration than others like them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]

FEWEST: Final = 8
"""Clusters with a change, and without one, from which on a comparison is made."""
LEVELS: Final = 4
"""Classes of the level just before a change that are matched on; `TRENDS` of the way there."""
TRENDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Satisfaction of those who may see a change, and when they did.

    Attributes:
        n, mean: seats × weeks: ratings, and their mean (0 where there is none).
        changed: seats × weeks: whether a change fell on that week.
        stratum: of each seat; only seats of one are compared.
        cluster: of each seat: who decided on the change, and so has it as a whole.

    Raises:
        DataError: where shapes differ.
    """

    n: Floats
    mean: Floats
    changed: Flags
    stratum: Whole
    cluster: Whole

    def __post_init__(self) -> None:
        if not self.n.shape == self.mean.shape == self.changed.shape:
            raise DataError("seats: counts, means and changes differ in shape")


@dataclass(frozen=True, slots=True)
class Periods:
    """Weeks about a change: `near` ones just before it, `far` ones before these, `after` it.

    The week of the change is neither before nor after.
    """

    far: int = 4
    near: int = 2
    after: int = 4

    def __post_init__(self) -> None:
        if min(self.far, self.near, self.after) < 1:
            raise ParameterError(f"{self}, expected one week or more of each")

    @property
    def before(self) -> int:
        """Weeks before the change."""
        return self.far + self.near


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A difference, its standard error, and its degrees of freedom."""

    value: float
    error: float
    freedom: int

    def interval(self, level: float) -> tuple[float, float]:
        """Student's."""
        from scipy.special import stdtrit  # noqa: PLC0415  with its caller alone

        reach = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """What came after changes.

    Attributes:
        changes: that could be matched, of `seats` in `clusters`; `unmatched` had ratings on both
            sides, and nobody like them; `short`: had not.
        alone: after less just before, of those with a change.
        parallel: the same less that of all others at the same time.
        matched: less that of others at the same time who had been as satisfied just before, and
            had come there the same way.
        dip: how those with a change had come there, against others at the same time: below 0, it
            was a bad week that was changed after.
        drift: change per week of the difference to others before the change; about 0 where both
            moved alike. `drift_matched`: to those matched.
        course: weeks from the change → difference to those matched; None where nobody was rated.
    """

    changes: int
    seats: int
    clusters: int
    unmatched: int
    short: int
    alone: Measured
    parallel: Measured
    matched: Measured | None
    dip: Measured | None
    drift: Measured | None
    drift_matched: Measured | None
    course: tuple[tuple[int, Measured | None], ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """One seat at one week in which somebody changed: with a change, or to compare with."""

    seat: Whole
    week: Whole
    treated: Flags
    near: Floats
    far: Floats
    after: Floats
    block: Whole
    cluster: Whole
    weight: Floats = field(default_factory=lambda: np.empty(0))

    def at(self, mine: Flags, weight: Floats | None = None) -> _Case:
        return _Case(
            self.seat[mine], self.week[mine], self.treated[mine], self.near[mine], self.far[mine],
            self.after[mine], self.block[mine], self.cluster[mine],
            self.weight if weight is None else weight,
        )  # fmt: skip


def adapted(
    given: Seats, chosen: Flags | None = None, *, periods: Periods | None = None
) -> Adapted:
    """Satisfaction after changes, beside that of others at the same time who were like them.

    Who changes something after a bad week would have had a better one anyway. So each is compared
    with others of the stratum in the same weeks who did not change, were about as satisfied just
    before, and had come there alike; what is left of differences before is adjusted for by a line.
    Errors are those of whole clusters.

    Matching on noisy levels guards against the way back to the mean where both kinds of users are
    alike on the whole; where their lasting levels differ, `parallel` is the safer one. If one
    assumption or the other holds, the two enclose the truth.

    Args:
        given: seats, weeks, changes.
        chosen: seats × weeks: the changes that are looked at, all by default; others still
            disqualify a seat from being compared with.
        periods: weeks that count.

    Raises:
        DataError: where fewer than eight clusters have a change with ratings before and after, or
            fewer than eight have none.

    References:
        Angrist & Pischke (2009), Mostly Harmless Econometrics, ch. 5.3-5.4 (lagged levels and
        differences enclose the effect); Iacus, King & Porro (2012), Political Analysis 20
        (coarsened exact matching); Daw & Hatfield (2018), Health Services Research 53 (matching and
        the way back to the mean); Cameron & Miller (2015), J. Human Resources 50 (clusters).
    """
    span = periods or Periods()
    marks = given.changed if chosen is None else chosen & given.changed
    cases, short = _cases(given, marks, span)
    few = {
        "with a change": np.unique(cases.cluster[cases.treated]).size,
        "to compare with": np.unique(cases.cluster[~cases.treated]).size,
    }
    for what, number in few.items():
        if number < FEWEST:
            raise DataError(
                f"{number} who decide on changes {what} and ratings before and after, expected "
                f"{FEWEST}"
            )
    alone = _mean(cases.at(cases.treated), cases.after - cases.near, cases.treated)
    level = _levelled(cases.at(_shared(cases.block, cases.treated)))
    gain = level.after - level.near
    parallel = _gap(level, gain)
    known = np.isfinite(level.far)
    way = _levelled(level.at(known & _shared_in(level, known)))
    dip = _gap(way, way.near - way.far) if _enough(way) else None
    matched = _levelled(_matched(level))
    enough = _enough(matched)
    return Adapted(
        changes=int(matched.treated.sum()) if enough else 0,
        seats=int(np.unique(matched.seat[matched.treated]).size) if enough else 0,
        clusters=int(np.unique(matched.cluster[matched.treated]).size) if enough else 0,
        unmatched=int(cases.treated.sum()) - (int(matched.treated.sum()) if enough else 0),
        short=short,
        alone=alone,
        parallel=parallel,
        matched=_adjusted(matched) if enough else None,
        dip=dip,
        drift=_drift(given, level, span),
        drift_matched=_drift(given, matched, span) if enough else None,
        course=tuple(
            (k, _at(given, matched, k)) for k in range(-span.before, span.after + 1)
        ) if enough else (),
    )  # fmt: skip


def _cases(given: Seats, marks: Flags, span: Periods) -> tuple[_Case, int]:
    """All changes, and all who did not change about the weeks in which somebody did."""
    total = given.n * given.mean
    count, added = (
        np.concatenate([np.zeros((part.shape[0], 1)), part.cumsum(axis=1)], axis=1)
        for part in (given.n, total)
    )
    every = np.concatenate([np.zeros((marks.shape[0], 1)), given.changed.cumsum(axis=1)], axis=1)
    weeks = marks.shape[1]
    strata = int(given.stratum.max(initial=0)) + 1
    parts, short = [], 0

    def over(first: int, end: int) -> Floats:
        first, end = max(first, 0), min(end, weeks)
        if end <= first:
            return np.full(marks.shape[0], np.nan)
        number = count[:, end] - count[:, first]
        return np.where(
            number > 0, (added[:, end] - added[:, first]) / np.maximum(number, 1), np.nan
        )

    for week in np.flatnonzero(marks.any(axis=0)).tolist():
        near = over(week - span.near, week)
        far = over(week - span.before, week - span.near)
        after = over(week + 1, week + 1 + span.after)
        first, end = max(week - span.before, 0), min(week + span.after + 1, weeks)
        others = every[:, end] - every[:, first]
        treated = marks[:, week] & (others == given.changed[:, week])
        rated = np.isfinite(near) & np.isfinite(after)
        short += int((marks[:, week] & ~(treated & rated)).sum())
        mine = rated & (treated | (others == 0))
        block = week * strata + given.stratum
        parts.append(
            _Case(
                np.flatnonzero(mine), np.full(int(mine.sum()), week), treated[mine], near[mine],
                far[mine], after[mine], block[mine], given.cluster[mine],
            )
        )  # fmt: skip
    if not parts:
        raise DataError("no change of a configuration reaches some users and not others")
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("seat", "week", "treated", "near", "far", "after", "block", "cluster")
    ]
    return _Case(*joined), short


def _shared(block: Whole, treated: Flags) -> Flags:
    """Entries of blocks that have both, those with a change and those without."""
    _, place = np.unique(block, return_inverse=True)
    both = (np.bincount(place, weights=treated) > 0) & (np.bincount(place, weights=~treated) > 0)
    return np.asarray(both[place], dtype=bool)


def _shared_in(cases: _Case, mine: Flags) -> Flags:
    found = np.zeros(mine.size, dtype=bool)
    found[mine] = _shared(cases.block[mine], cases.treated[mine])
    return found


def _levelled(cases: _Case) -> _Case:
    """Those without a change weigh, block by block, as much as those with one."""
    if not cases.seat.size:
        return cases
    _, place = np.unique(cases.block, return_inverse=True)
    with_one = np.bincount(place, weights=cases.treated)
    without = np.bincount(place, weights=~cases.treated)
    weight = np.where(cases.treated, 1.0, (with_one / np.maximum(without, 1))[place])
    return cases.at(np.ones(weight.size, dtype=bool), weight)


def _matched(cases: _Case) -> _Case:
    """In blocks of week and stratum, blocks of the level just before, and of the way there."""
    level, way = cases.near, cases.near - cases.far
    ends = np.quantile(level[cases.treated], np.arange(1, LEVELS) / LEVELS)
    known = np.isfinite(way)
    steps = np.arange(1, TRENDS) / TRENDS
    bends: Floats = np.empty(0)
    if (known & cases.treated).any():
        bends = np.quantile(way[known & cases.treated], steps)
    rough = np.searchsorted(np.unique(ends), level, side="left")
    turn = np.where(known, 1 + np.searchsorted(np.unique(bends), np.nan_to_num(way)), 0)
    block = (cases.block * (LEVELS + 1) + rough) * (TRENDS + 2) + turn
    fine = _Case(
        cases.seat, cases.week, cases.treated, cases.near, cases.far, cases.after, block,
        cases.cluster,
    )  # fmt: skip
    return fine.at(_shared(block, cases.treated), np.empty(0))


def _enough(cases: _Case) -> bool:
    return all(
        np.unique(cases.cluster[mine]).size >= FEWEST for mine in (cases.treated, ~cases.treated)
    )


def _adjusted(cases: _Case) -> Measured:
    """The difference of gains, less what is left of differences before, by a line within blocks."""
    gain = cases.after - cases.near
    way = np.where(np.isfinite(cases.far), cases.near - cases.far, 0.0)
    before = np.column_stack([cases.near, way])
    _, place = np.unique(cases.block, return_inverse=True)
    free = ~cases.treated
    weight = np.where(free, cases.weight, 0.0)
    whole = np.bincount(place, weights=weight)

    def off(values: Floats) -> Floats:
        found: Floats = values - (np.bincount(place, weights=weight * values) / whole)[place]
        return found

    design = np.column_stack([off(column) for column in before.T])[free]
    root = np.sqrt(cases.weight[free])[:, None]
    slope = np.linalg.lstsq(design * root, off(gain)[free] * root[:, 0], rcond=None)[0]
    return _gap(cases, gain - before @ slope)


def _gap(cases: _Case, values: Floats) -> Measured:
    """Mean of those with a change, less the weighted mean of the others of their blocks."""
    _, place = np.unique(cases.block, return_inverse=True)
    weight = np.where(cases.treated, 0.0, cases.weight)
    mean = np.bincount(place, weights=weight * values) / np.bincount(place, weights=weight)
    number = float(cases.treated.sum())
    off = values - mean[place]
    value = float(off[cases.treated].sum() / number)
    return _measured(
        cases, value, np.where(cases.treated, off - value, -cases.weight * off), number
    )


def _mean(cases: _Case, values: Floats, mine: Flags) -> Measured:
    own = values[mine]
    return _measured(cases, float(own.mean()), own - own.mean(), float(own.size))


def _measured(cases: _Case, value: float, off: Floats, number: float) -> Measured:
    """With the error of whole clusters."""
    _, place = np.unique(cases.cluster, return_inverse=True)
    sums = np.bincount(place, weights=off)
    clusters = min(
        np.unique(cases.cluster[mine]).size
        for mine in (cases.treated, ~cases.treated)
        if mine.any()
    )
    error = sqrt(float(sums @ sums) * clusters / max(clusters - 1, 1)) / number
    return Measured(value=value, error=error, freedom=max(clusters - 1, 1))


def _weekly(given: Seats, cases: _Case, k: int) -> tuple[Floats, Flags]:
    """Each case's mean so many weeks from the change, and whether there is one."""
    week = cases.week + k
    inside = (week >= 0) & (week < given.n.shape[1])
    place = np.clip(week, 0, given.n.shape[1] - 1)
    rated = inside & (given.n[cases.seat, place] > 0)
    return given.mean[cases.seat, place], rated


def _difference(given: Seats, cases: _Case, k: int) -> tuple[float, Floats] | None:
    """Difference of weighted means in one week, and each case's part in its error."""
    values, rated = _weekly(given, cases, k)
    parts, level = np.zeros(values.size), []
    for mine, sign in ((cases.treated, 1.0), (~cases.treated, -1.0)):
        weight = np.where(mine & rated, cases.weight, 0.0)
        if np.count_nonzero(weight) < FEWEST:
            return None
        mean = float(weight @ values / weight.sum())
        level.append(mean)
        parts += sign * weight * (values - mean) / weight.sum()
    return level[0] - level[1], parts


def _at(given: Seats, cases: _Case, k: int) -> Measured | None:
    found = _difference(given, cases, k)
    return None if found is None else _measured(cases, found[0], found[1], 1.0)


def _drift(given: Seats, cases: _Case, span: Periods) -> Measured | None:
    """Slope over the weeks before the change of the difference to others."""
    found = [(k, _difference(given, cases, k)) for k in range(-span.before, 0)]
    known = [(k, one) for k, one in found if one is not None]
    if len(known) < 3:
        return None
    weeks = np.array([k for k, _ in known], dtype=np.float64)
    lever = (weeks - weeks.mean()) / ((weeks - weeks.mean()) ** 2).sum()
    value = float(sum(a * one[0] for a, (_, one) in zip(lever, known, strict=True)))
    parts = np.sum([a * one[1] for a, (_, one) in zip(lever, known, strict=True)], axis=0)
    return _measured(cases, value, parts, 1.0)
