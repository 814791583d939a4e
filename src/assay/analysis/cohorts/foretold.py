"""What is expected of users, together and one by one, and how the same forecast did earlier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.special import ndtri

from assay.analysis.cohorts.result import (
    Band,
    GroupAhead,
    Parameter,
    Returns,
    Tenth,
    Tested,
    Worth,
)
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.features.activity import Watched, watched_until
from assay.stats.lifetimes import (
    Ahead,
    Backtest,
    Fitted,
    Histories,
    Independence,
    Spend,
    backtest,
    better_fit,
    fit_spend,
    histories,
    independence_of,
    look_ahead,
    total_ahead,
    wilson,
)
from assay.stats.lifetimes.bgnbd import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.features.activity import UserActivity
    from assay.stats.lifetimes import Total, churn

    Floats = NDArray[np.float64]

NO_COST: Final = "no use after a user's first day has a cost"
NO_SUM: Final = "frequent users spend otherwise, or the mean spend has no end"
BANDS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class _Model:
    watched: Watched
    given: Histories
    fitted: Fitted
    ahead: Ahead
    tested: Backtest | None

    @property
    def away(self) -> Floats:
        """Chances of not coming back, mended where a test could be made."""
        if self.tested is None:
            return self.ahead.none
        return self.tested.mended(self.given, self.ahead.none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What was told of users one by one, and how far it can be believed.

    Attributes:
        users: all of them; `returned`: who came back at least once.
        spend_reason: why no spend is told; empty where it is.
        tested: days of the same forecast made earlier; None where none could be made.
        correlation: of expected and real days then; None where either is the same for all.
        held: share of users whose own interval held then; None where none could be made.
        level: of those intervals.
    """

    users: int
    returned: int
    spend_reason: str
    tested: int | None
    correlation: float | None
    held: float | None
    level: float


def foretell(
    given: UserActivity, days: int, *, seed: int, level: float = 0.95
) -> tuple[pl.DataFrame, Foretold]:
    """As `foretold_users` with `spend`, what is expected to be spent in USD, and how it did before.

    Spend is null for all where it cannot be told: no use has a cost, or frequent users spend
    otherwise than others.

    Raises:
        DataError: where too few users came back to tell anything, or days or level are out of
            range.
    """
    model = _modelled(given, days, seed=seed, level=level)
    spend, reason = _spend_ahead(model, level=level)
    found = given.users.select("user", "group")[model.watched.who].with_columns(
        alive=pl.Series(model.ahead.alive),
        away=pl.Series(model.away),
        expected=pl.Series(model.ahead.expected),
        low=pl.Series(model.ahead.low.astype(np.int64)),
        high=pl.Series(model.ahead.high.astype(np.int64)),
        spend=pl.lit(None, pl.Float64) if spend is None else pl.Series(spend),
    )
    test = model.tested
    return found, Foretold(
        users=model.given.users,
        returned=model.given.returned,
        spend_reason=reason,
        tested=None if test is None else int(test.horizon),
        correlation=None if test is None else test.correlation,
        held=None if test is None else test.held,
        level=level,
    )


def _spend_ahead(model: _Model, *, level: float) -> tuple[Floats | None, str]:
    """Expected spend of each user, or why it cannot be told."""
    found, reason = _priced(model, level=level)
    if found is None:
        return None, reason
    return (model.ahead.expected * found.each, "") if found.told else (None, NO_SUM)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Priced:
    """What a return is worth to each user, and whether that goes with how often they come."""

    fitted: Spend
    apart: Independence
    each: Floats

    @property
    def told(self) -> bool:
        """Whether returns times their worth may be told."""
        return self.apart.verdict != "broken" and bool(np.isfinite(self.each).all())


def _priced(model: _Model, *, level: float) -> tuple[_Priced | None, str]:
    paid, spent = model.watched.paid, model.watched.spent
    some = paid > 0
    if not some.any():
        return None, NO_COST
    try:
        fitted = fit_spend(paid[some], spent[some], level=level)
        apart = independence_of(paid[some], spent[some], level=level)
    except DataError as error:
        return None, error.message
    each = fitted.expected(np.where(some, paid, 0), spent)
    return _Priced(fitted=fitted, apart=apart, each=each), ""


def foretold_users(
    given: UserActivity, days: int, *, seed: int, level: float = 0.95
) -> pl.DataFrame:
    """One row per user: what is expected of them within so many days after the last whole one.

    Columns: user, group, alive (probability that they have not stopped), away (that they will not
    come back within the days, mended by a test on the past where one could be made), expected (mean
    number of days with a use), low and high (whole numbers between which it lies with `level`).

    Raises:
        DataError: where too few users came back to tell anything, or days or level are out of
            range.
    """
    return foretell(given, days, seed=seed, level=level)[0].drop("spend")


def _modelled(given: UserActivity, days: int, *, seed: int, level: float) -> _Model:
    watched = watched_until(given, given.last)
    users = histories(watched.repeats, watched.last, watched.age)
    fitted = better_fit(users)
    ahead = look_ahead(users, fitted, days, level=level)
    tested = _tested(given, days, seed=seed, level=level)
    return _Model(watched, users, fitted, ahead, tested)


def _tested(given: UserActivity, days: int, *, seed: int, level: float) -> Backtest | None:
    """The same horizon, at the most half of what was seen, foretold at its beginning."""
    horizon = min(days, ((given.last - given.first).days + 1) // 2)
    if horizon < 1:
        return None
    before = watched_until(given, given.last - timedelta(days=horizon))
    try:
        early = histories(before.repeats, before.last, before.age)
        return backtest(early, before.later, horizon, seed=seed, level=level)
    except DataError:  # too few had come back by then
        return None


def returns_of(given: UserActivity, days: int, *, k: int, seed: int, level: float) -> Returns:
    """Expected returns of all users, tested on the past; or why there are none."""
    watched = (given.last - given.first).days + 1
    if days > watched:
        reason = f"the data cover {watched} days, fewer than the {days} that are to be foretold"
        return _nothing(given, days, reason)
    try:
        model = _modelled(given, days, seed=seed, level=level)
    except DataError as error:
        return _nothing(given, days, error.message)
    total = total_ahead(model.given, model.fitted, days, seed=seed, level=level)
    whole = total if model.tested is None else model.tested.widened(total)
    away = model.away
    worth, reason = _worth(model, whole, level=level)
    return Returns(
        reason="",
        days=days,
        users=model.given.users,
        returned=model.given.returned,
        parameters=tuple(_parameter(model.fitted, name, level) for name in NAMES),
        expected=_sum(whole),
        model=_sum(total),
        away=_away(model, np.ones(away.size, dtype=bool), level),
        bands=_bands(model, days, k, seed=seed, level=level),
        groups=_groups(given, model, days, k, seed=seed, level=level),
        tested=None if model.tested is None else _told(model.tested, k, level),
        worth=worth,
        worth_reason=reason,
    )


def _nothing(given: UserActivity, days: int, reason: str) -> Returns:
    return Returns(
        reason=reason,
        days=days,
        users=given.users.height,
        returned=int((given.users["days"] > 1).sum()),
        parameters=(),
        expected=None,
        model=None,
        away=None,
        bands=(),
        groups=(),
        tested=None,
        worth=None,
        worth_reason=reason,
    )


def _parameter(fitted: Fitted, name: str, level: float) -> Parameter:
    ends = fitted.interval(name, level) or (None, None)
    value = float(getattr(fitted, name))
    return Parameter(name=name, value=Estimate(value=value, low=ends[0], high=ends[1]))


def _sum(total: Total) -> Estimate:
    return Estimate(value=total.expected, low=total.low, high=total.high)


def _away(model: _Model, mine: NDArray[np.bool_], level: float) -> Estimate:
    """How many of these will not come back; the interval holds chance and the test's mean gap."""
    chances = model.away[mine]
    reach = float(ndtri((1 + level) / 2)) * float(np.sqrt((chances * (1 - chances)).sum()))
    reach += 0.0 if model.tested is None else model.tested.raw.mean * chances.size
    value = float(chances.sum())
    return Estimate(
        value=value, low=max(value - reach, 0.0), high=min(value + reach, float(chances.size))
    )


def _days_of(
    model: _Model, mine: NDArray[np.bool_], days: int, *, seed: int, level: float
) -> Estimate:
    """Active days of these users within the horizon."""
    watched = model.watched
    users = histories(watched.repeats[mine], watched.last[mine], watched.age[mine])
    total = total_ahead(users, model.fitted, days, seed=seed, level=level)
    return _sum(total if model.tested is None else model.tested.widened(total))


def _bands(model: _Model, days: int, k: int, *, seed: int, level: float) -> tuple[Band, ...]:
    """Neighbours of fewer than k users are one band: a missing one would follow from the others."""
    away = model.away
    place = np.minimum(np.searchsorted(BANDS, away, side="right") - 1, len(BANDS) - 2)
    users = np.bincount(place, minlength=len(BANDS) - 1)
    ends = [0]
    for at in range(1, len(BANDS)):
        if users[ends[-1] : at].sum() >= k:
            ends.append(at)
    ends[-1:] = [len(BANDS) - 1]
    return tuple(
        Band(
            above=BANDS[begin],
            below=BANDS[end],
            users=int(users[begin:end].sum()),
            expected=_days_of(
                model, (place >= begin) & (place < end), days, seed=seed, level=level
            ),
        )
        for begin, end in pairwise([0, *ends] if ends[0] else ends)
        if users[begin:end].sum() >= k
    )


def _groups(  # noqa: PLR0913  users, the model, how far, what is told, how sure
    given: UserActivity, model: _Model, days: int, k: int, *, seed: int, level: float
) -> tuple[GroupAhead, ...]:
    group = given.users["group"].to_numpy()[model.watched.who]
    names = np.unique(group)
    found = []
    for name in names if names.size > 1 else ():
        mine = group == name
        if mine.sum() >= k:
            found.append(
                GroupAhead(
                    group=str(name),
                    users=int(mine.sum()),
                    alive=float(model.ahead.alive[mine].mean()),
                    away=_a_head(_away(model, mine, level), mine),
                    expected=_a_head(_days_of(model, mine, days, seed=seed, level=level), mine),
                )
            )
    return tuple(found)


def _a_head(whole: Estimate, mine: NDArray[np.bool_]) -> Estimate:
    value, low, high = (
        None if end is None else end / int(mine.sum())
        for end in (whole.value, whole.low, whole.high)
    )
    return Estimate(value=value, low=low, high=high)


def _told(test: Backtest, k: int, level: float) -> Tested:
    return Tested(
        days=int(test.horizon),
        users=test.users,
        expected=_sum(test.total),
        seen=int(test.seen),
        correlation=test.correlation,
        held=test.held,
        largest=test.raw.largest,
        mean=test.raw.mean,
        tenths=tuple(_tenth(one, level) for one in test.raw.tenths if one.users >= k),
    )


def _tenth(one: churn.Tenth, level: float) -> Tenth:
    ends = wilson(np.array([one.seen * one.users]), np.array([one.users]), level)
    low, high = min(float(ends[0][0]), one.seen), max(float(ends[1][0]), one.seen)
    return Tenth(
        users=one.users,
        foretold=one.foretold,
        seen=Estimate(value=one.seen, low=low, high=high),
        gap=Estimate(
            value=one.seen - one.foretold, low=low - one.foretold, high=high - one.foretold
        ),
    )


def _worth(model: _Model, whole: Total, *, level: float) -> tuple[Worth | None, str]:
    """What returns are worth, or why that cannot be told."""
    found, reason = _priced(model, level=level)
    if found is None:
        return None, reason
    fitted, apart = found.fitted, found.apart
    ends = None if apart.doubling is None else (apart.doubling, apart.low, apart.high)
    return (
        Worth(
            mean=None
            if fitted.mean is None
            else Estimate(value=fitted.mean, low=fitted.low, high=fitted.high),
            users=fitted.users,
            free=int(((model.watched.repeats > 0) & ~(model.watched.paid > 0)).sum()),
            doubling=None if ends is None else Estimate(value=ends[0], low=ends[1], high=ends[2]),
            verdict=apart.verdict,
            ahead=_worth_ahead(float(model.ahead.expected @ found.each), whole, fitted)
            if found.told
            else None,
        ),
        "" if found.told else NO_SUM,
    )


def _worth_ahead(value: float, whole: Total, fitted: Spend) -> Estimate:
    """Days times their mean: the errors of both, relative to their size, add up as squares."""
    if not (value > 0 and whole.low > 0 and fitted.mean and fitted.low and fitted.high):
        return Estimate(value=value, low=None, high=None)
    low = np.hypot(np.log(whole.expected / whole.low), np.log(fitted.mean / fitted.low))
    high = np.hypot(np.log(whole.high / whole.expected), np.log(fitted.high / fitted.mean))
    return Estimate(value=value, low=value * float(np.exp(-low)), high=value * float(np.exp(high)))
