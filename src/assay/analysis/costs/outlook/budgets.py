"""Where each budget stands: what is spent, how likely it is exceeded, and when shares are spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.outlook.ahead import EIGHTY, LONGEST, Foreseen, foreseen
from assay.analysis.costs.outlook.daily import Calendar, daily_of, unseen, within
from assay.analysis.costs.outlook.periods import DAY, Period, past_periods, period_of
from assay.analysis.costs.outlook.result import (
    BudgetIf,
    BudgetOutlook,
    Crossing,
    Fan,
    PastPeriod,
    State,
)
from assay.analysis.costs.outlook.scenarios import factor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.costs.outlook.ahead import Sum
    from assay.analysis.costs.outlook.daily import Daily
    from assay.core.budgets import Budget, Scenario, Scope

LIKELY: Final = 0.8
UNLIKELY: Final = 0.2
PAST: Final = 12
"""Periods that are over and are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The lines that budgets are held against, and how.

    Attributes:
        lines: `counted`.
        calendar: the days that they cover.
        prices: of the table prices, for scenarios with another model.
        horizon: days ahead that every forecast is made for at least, so that one series has one.
    """

    lines: pl.DataFrame
    calendar: Calendar
    prices: pl.DataFrame | None
    level: float
    horizon: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """A budget's present period: its days, what was spent, and how many of its days are ahead."""

    period: Period
    usd: float
    spent: float
    skipped: int
    left: int


def budget_outlook(budget: Budget, rows: Rows, scenarios: Sequence[Scenario] = ()) -> BudgetOutlook:
    """Where a budget stands in the period of the day after the last complete one.

    A budget that begins later is told for its first period, one that has ended for its last.

    Raises:
        ParameterError: where it names a column that the data lack.
    """
    mine = within(rows.lines, budget.scope)
    calendar = rows.calendar
    daily = daily_of(mine, calendar)
    now = _now(budget, daily, calendar)
    past = _past(budget, daily, calendar)
    ahead = foreseen(daily, max(now.skipped + now.left, rows.horizon))
    total = ahead.sum_of(now.skipped, now.left, spent=now.spent) if now.left else None
    chance = _chance(now, total)
    state, reason = _state(unseen(rows.lines, budget.scope), calendar, now, chance, ahead)
    if state == "no data":
        total = chance = None
    first, last = now.period.first, now.period.last
    return BudgetOutlook(
        name=budget.name,
        owner=budget.owner,
        whom=in_words(budget.scope),
        per=budget.per,
        first=first.isoformat(),
        last=last.isoformat(),
        days_left=now.left,
        budget=now.usd,
        amount=budget.amount,
        currency=budget.currency,
        spent=now.spent,
        unknown=daily.unpriced(first, last),
        share=now.spent / now.usd,
        calls=daily.called(first, last),
        total=None if total is None else total.total(budget.per, first, last, rows.level),
        probability=chance,
        crossings=_crossings(budget, now, ahead, rows.level),
        fan=_fan(now, ahead, rows.level),
        past=past[-PAST:],
        scenarios=()
        if total is None
        else tuple(_if(one, mine, rows, now, total) for one in scenarios),
        state=state,
        reason=reason,
        notes=_notes(now, calendar, ahead),
        place=budget.place,
    )


def in_words(scope: Scope) -> str:
    """`agent_id ada or bob, provider openai`; empty for everything."""
    return ", ".join(f"{column} {' or '.join(values)}" for column, values in scope)


def days_needed(budget: Budget, through: date) -> int:
    """Days ahead that a budget's period reaches to; 0 where it has ended or is too far ahead."""
    period = _present(budget, through)
    needed = (period.last - through).days
    return needed if 0 < needed <= LONGEST else 0


def _present(budget: Budget, through: date) -> Period:
    """The period of the next day; the first or the last one, where that is in none."""
    day = max(through + DAY, budget.first or date.min)
    day = min(day, budget.last or date.max)
    return period_of(budget, day) or Period(day, day, 1.0)


def _now(budget: Budget, daily: Daily, calendar: Calendar) -> _Now:
    period = _present(budget, calendar.through)
    skipped = max((period.first - calendar.through).days - 1, 0)
    left = max((period.last - max(calendar.through, period.first - DAY)).days, 0)
    return _Now(
        period=period,
        usd=budget.usd * period.share,
        spent=daily.spent(period.first, min(period.last, calendar.through)),
        skipped=skipped,
        left=left,
    )


def _past(budget: Budget, daily: Daily, calendar: Calendar) -> tuple[PastPeriod, ...]:
    found = []
    for period in past_periods(budget, calendar.first, calendar.through):
        spent = daily.spent(period.first, period.last)
        start, end = ((day - calendar.first).days for day in (period.first, period.last))
        calls = calendar.calls[max(start, 0) : end + 1]
        whole = None if not calls.any() else bool(start >= 0)
        usd = budget.usd * period.share
        found.append(
            PastPeriod(
                first=period.first.isoformat(),
                last=period.last.isoformat(),
                budget=usd,
                spent=spent,
                share=spent / usd,
                whole=whole,
            )
        )
    return tuple(found)


def _chance(now: _Now, total: Sum | None) -> float | None:
    if not now.left:
        return float(now.spent > now.usd)
    return None if total is None else total.above(now.usd)


def _state(  # noqa: PLR0911  each state has a reason of its own
    lacking: str, calendar: Calendar, now: _Now, chance: float | None, ahead: Foreseen
) -> tuple[State, str]:
    """The state and its reason; `lacking` says which values of the scope no call has."""
    daily = ahead.daily
    if daily.since == daily.usd.size:
        return "no data", lacking or "no call so far"
    if not now.left and not _any_call(now, calendar):
        first, through = calendar.first, calendar.through
        return "no data", (
            f"the data ({first} to {through}) hold no call from {now.period.first} to "
            f"{now.period.last}"
        )
    if now.spent > now.usd and (not daily.credited or not now.left):
        return "exceeded", lacking
    if not now.left:
        return "on track", "it has ended" if not lacking else f"it has ended; {lacking}"
    if chance is None:
        if now.skipped + now.left > LONGEST:
            return "not begun", f"it begins on {now.period.first}"
        return "not enough data", ahead.refused or ahead.beyond
    begins = f"it begins on {now.period.first}" if now.skipped else lacking
    if chance >= LIKELY:
        return "likely over", begins
    return ("at risk" if chance >= UNLIKELY else "on track"), begins


def _any_call(now: _Now, calendar: Calendar) -> bool:
    start, end = ((day - calendar.first).days for day in (now.period.first, now.period.last))
    return bool(calendar.calls[max(start, 0) : max(end + 1, 0)].any())


def _crossings(budget: Budget, now: _Now, ahead: Foreseen, level: float) -> tuple[Crossing, ...]:
    days = [now.period.first + timedelta(days=k) for k in range(now.period.days)]
    been = [ahead.daily.spent(day, day) for day in days[: len(days) - now.left]]
    so_far = np.cumsum(been) if been else np.zeros(0)
    found = []
    for share in budget.thresholds:
        usd = share * now.usd
        reached = np.flatnonzero(so_far >= usd)
        if reached.size:
            day = days[int(reached[0])].isoformat()
            found.append(
                Crossing(
                    share=share,
                    usd=usd,
                    crossed=True,
                    probability=1.0,
                    day=day,
                    first=day,
                    last=day,
                )
            )
            continue
        chances = _by_day(now, ahead, usd)
        ends = [
            _first(chances, days[len(days) - now.left :], p)
            for p in (0.5, (1 - level) / 2, (1 + level) / 2)
        ]
        found.append(
            Crossing(
                share=share,
                usd=usd,
                crossed=False,
                probability=None if chances is None else float(chances[-1]),
                day=ends[0],
                first=ends[1],
                last=ends[2],
            )
        )
    return tuple(found)


def _by_day(now: _Now, ahead: Foreseen, usd: float) -> np.ndarray | None:
    """Probability that the amount is spent by each day that is left; None where none is told."""
    if not now.left:
        return np.zeros(1)
    if ahead.found is None or now.skipped + now.left > ahead.found.values.size:
        return None
    if now.skipped:
        sums = (ahead.sum_of(now.skipped, k) for k in range(1, now.left + 1))
        chances = np.array([0.0 if one is None else one.above(usd) for one in sums])
    else:
        chances = ahead.found.totals.above(usd - now.spent)[: now.left]
    found: np.ndarray = np.maximum.accumulate(chances)
    return found


def _first(chances: np.ndarray | None, days: Sequence[date], least: float) -> str | None:
    if chances is None:
        return None
    reached = np.flatnonzero(chances >= least - 1e-12)
    return days[int(reached[0])].isoformat() if reached.size else None


def _fan(now: _Now, ahead: Foreseen, level: float) -> tuple[Fan, ...]:
    days = [now.period.first + timedelta(days=k) for k in range(now.period.days)]
    daily, so_far, found = ahead.daily, 0.0, []
    for day in days[: len(days) - now.left]:
        so_far += daily.spent(day, day)
        found.append(_point(day, so_far, known=True))
    if ahead.found is None or now.skipped or not now.left or ahead.found.values.size < now.left:
        return tuple(found)
    totals = ahead.found.totals
    low_80, high_80 = totals.interval(EIGHTY)
    low, high = totals.interval(level)
    least = max(daily.later, 0.0)
    for k, day in enumerate(days[-now.left :]):
        ends = (totals.middle[k], low_80[k], high_80[k], low[k], high[k])
        value, *rest = (now.spent + max(float(end), least or float(end)) for end in ends)
        found.append(_point(day, value, *rest))
    return tuple(found)


def _point(day: date, usd: float, *ends: float, known: bool = False) -> Fan:
    low_80, high_80, low, high = ends or (usd,) * 4
    return Fan(
        day=day.isoformat(),
        known=known,
        usd=usd,
        low_80=low_80,
        high_80=high_80,
        low=low,
        high=high,
    )


def _if(scenario: Scenario, lines: pl.DataFrame, rows: Rows, now: _Now, total: Sum) -> BudgetIf:
    through = rows.calendar.through
    factor = factor_of(lines, scenario, rows.prices, through, every=rows.lines)
    start = max((scenario.first - through).days - 1, 0) if scenario.first else 0
    skipped = max(start - now.skipped, 0)
    if factor.left_out:
        return BudgetIf(scenario=scenario.name, usd=None, probability=None)
    moved = total.times(factor, skipped) if skipped < now.left else total
    return BudgetIf(
        scenario=scenario.name,
        usd=moved.estimate(rows.level),
        probability=moved.above(now.usd),
    )


def _notes(now: _Now, calendar: Calendar, ahead: Foreseen) -> tuple[str, ...]:
    first = now.period.first
    told = []
    if first < calendar.first and now.period.last >= calendar.first:
        told.append(
            f"the data begin on {calendar.first}: what was spent from {first} on is not in them"
        )
    start, end = (first - calendar.first).days, (now.period.last - calendar.first).days + 1
    silent = int((calendar.calls[max(start, 0) : max(end, 0)] == 0).sum())
    if silent:
        told.append(
            f"{silent} {'day' if silent == 1 else 'days'} of the period hold no call of anybody: "
            "either nothing was spent, or the log lacks them"
        )
    if ahead.daily.credited:
        told.append(
            "some days cost less than nothing: what is spent may fall below a threshold again"
        )
    if ahead.found is not None and now.left:
        told += ahead.found.notes
    return tuple(told)
