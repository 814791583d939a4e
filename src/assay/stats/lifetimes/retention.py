"""Who of those that started together is active how much later; and when users lapse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError
from assay.stats.lifetimes.survival import wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Which users were active in which periods; `activity` makes it.

    Attributes:
        user: numbered from 0; `period`: numbered from 0; each pair once, by user, then by period.
        start: of each user, the first period.
        complete: periods that are over, from the first; those after are still open.
    """

    user: Whole
    period: Whole
    start: Whole
    complete: int

    @property
    def users(self) -> int:
        """How many users there are."""
        return int(self.start.size)


def activity(user: ArrayLike, period: ArrayLike, *, complete: int) -> Activity:
    """Checked pairs of user and period, each once.

    Args:
        user: whole numbers from 0, none left out.
        period: whole numbers from 0.
        complete: how many periods, from the first, are over.

    Raises:
        DataError: where there are no pairs, lengths differ, a number is negative or no whole one,
            a user between 0 and the largest has no pair, or no period is complete.
    """
    who, when = np.asarray(user), np.asarray(period)
    if not (who.ndim == 1 and who.shape == when.shape and who.size):
        raise DataError(
            f"users and periods of shapes {who.shape} and {when.shape}, expected one entry per "
            "pair in each, and at least one pair"
        )
    if who.dtype.kind not in "iu" or when.dtype.kind not in "iu":
        raise DataError("users and periods are expected to be whole numbers from 0")
    if min(int(who.min()), int(when.min())) < 0:
        raise DataError("a user or a period is below 0, expected whole numbers from 0")
    if complete < 1:
        raise DataError(f"complete={complete}, expected one period or more that is over")
    width = int(when.max()) + 1
    code = np.unique(who.astype(np.int64) * width + when)
    who, when = code // width, code % width
    first = np.searchsorted(who, np.arange(int(who[-1]) + 1))
    if first.size != np.unique(who).size:
        raise DataError("a user has no period, expected users numbered from 0, none left out")
    return Activity(user=who, period=when, start=when[first], complete=complete)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Users by the period in which they started and by their age in periods.

    Attributes:
        start: periods in which somebody started, ascending.
        size: who did; rows of the tables are these.
        active: who was active in that very period (bounded retention), by age from 0.
        after: who was active in that period or later, as far as was seen (unbounded).
        closed: whether the period of the cell is over.
        settled: whether `settle` periods after it are over too, before which `after` still grows.
    """

    start: Whole
    size: Whole
    active: Whole
    after: Whole
    closed: Flags
    settled: Flags


def retention_of(given: Activity, *, settle: int = 0, periods: int | None = None) -> Retention:
    """Counts of who came back, by start and age. Nothing is left out: open cells are marked.

    Args:
        given: of `activity`.
        settle: periods that have to follow a cell before its `after` is told.
        periods: how many there are, open ones with them; by default up to the last with a use.
    """
    start, place = np.unique(given.start, return_inverse=True)
    size = np.bincount(place).astype(np.int64)
    whose = place[given.user]
    age = given.period - given.start[given.user]
    periods = max(given.complete, int(given.period.max()) + 1) if periods is None else periods
    width = periods - int(start[0])
    active = np.zeros((start.size, width), dtype=np.int64)
    np.add.at(active, (whose, age), 1)
    ends = np.append(np.flatnonzero(np.diff(given.user)), given.user.size - 1)
    last = np.zeros((start.size, width), dtype=np.int64)
    np.add.at(last, (place, age[ends]), 1)
    cell = start[:, None] + np.arange(width)
    return Retention(
        start=start,
        size=size,
        active=active,
        after=last[:, ::-1].cumsum(axis=1)[:, ::-1],
        closed=cell < given.complete,
        settled=cell + settle < given.complete,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Retention by age over several starts.

    Attributes:
        age: from 0; `users`: of starts whose cell is over; `active`: of them.
        share, low, high: Wilson's, users being independent.
        starts: how many starts each age rests on.
        spread: standard deviation of shares between starts beyond what chance brings, by moments;
            how much the next start may differ. NaN for a single start.
    """

    age: Whole
    users: Whole
    active: Whole
    share: Floats
    low: Floats
    high: Floats
    starts: Whole
    spread: Floats


def pooled(
    given: Retention,
    *,
    unbounded: bool = False,
    ages: int | None = None,
    only: Flags | None = None,
    level: float = 0.95,
) -> Pooled:
    """Retention by age over all starts whose cell is over.

    Args:
        given: of `retention_of`.
        unbounded: active in that period or later, instead of in that very one.
        ages: only starts that are old enough for so many ages, so that every age rests on the same
            users (mature ones only); by default each age rests on whom it has.
        only: starts that count.
        level: of the intervals.
    """
    counts = given.after if unbounded else given.active
    known = (given.settled if unbounded else given.closed).copy()
    if only is not None:
        known &= only[:, None]
    if ages is not None:
        width = min(ages + 1, known.shape[1])
        mature = known[:, : ages + 1].all(axis=1) & (known.shape[1] > ages)
        known = known[:, :width] & mature[:, None]
        counts = counts[:, :width]
    keep = known.any(axis=0)
    counts, known = counts[:, keep], known[:, keep]
    users = (given.size[:, None] * known).sum(axis=0)
    active = (counts * known).sum(axis=0)
    low, high = wilson(active, users, level)
    share = active / np.maximum(users, 1)
    return Pooled(
        age=np.flatnonzero(keep),
        users=users,
        active=active,
        share=share,
        low=low,
        high=high,
        starts=known.sum(axis=0),
        spread=_spread(given.size, counts, known, share),
    )


def _spread(size: Whole, counts: Whole, known: Flags, share: Floats) -> Floats:
    """Between starts, by the moment estimator of DerSimonian and Laird for shares."""
    weight = size[:, None] * known
    chance = np.maximum(share * (1 - share), 1e-300)
    squares = (weight * (counts / size[:, None] - share) ** 2).sum(axis=0) / chance
    number, whole = known.sum(axis=0), weight.sum(axis=0)
    effective = whole - (weight.astype(np.float64) ** 2).sum(axis=0) / np.maximum(whole, 1)
    surplus = (squares - (number - 1)) * chance / np.where(number > 1, effective, 1.0)
    return np.where(number > 1, np.sqrt(np.maximum(surplus, 0.0)), np.nan)


def lapse_times(given: Activity, gap: int) -> tuple[Whole, Whole]:
    """When each user first stayed away for `gap` periods on end: the age at which that began.

    A return later does not undo it. Whether an absence that began at some age was long enough is
    known only `gap` periods later: until then the user counts as watched, not as lapsed, whatever
    they do, so that how long one is watched depends on the start alone. Of who started fewer than
    `gap` periods before the end nothing is known: their time is 0.

    Returns:
        Ages, and 1 where the user lapsed then, 0 where they had not up to then.

    Raises:
        DataError: where the gap is below 1.
    """
    if gap < 1:
        raise DataError(f"gap={gap}, expected one period or more")
    seen = given.period < given.complete
    user, period = given.user[seen], given.period[seen]
    following = np.full(user.size, given.complete, dtype=np.int64)
    same = user[1:] == user[:-1]
    following[:-1][same] = period[1:][same]
    away = np.flatnonzero(following - period - 1 >= gap)
    known = np.maximum(given.complete - given.start - gap, 0)
    time = known.copy()
    lapsed = np.zeros(given.users, dtype=np.int64)
    first = away[np.unique(user[away], return_index=True)[1]]
    time[user[first]] = period[first] + 1 - given.start[user[first]]
    lapsed[user[first]] = 1
    return time, lapsed
