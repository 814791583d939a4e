"""All spending to come: days, weeks, months, by the values of columns, and in scenarios."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.analysis.costs.outlook.ahead import EIGHTY, Foreseen, foreseen
from assay.analysis.costs.outlook.budgets import Rows, budget_outlook, days_needed
from assay.analysis.costs.outlook.daily import calendar_of, counted, daily_of
from assay.analysis.costs.outlook.parts import parts_of
from assay.analysis.costs.outlook.periods import DAY, bounds
from assay.analysis.costs.outlook.result import (
    Accuracy,
    DayAhead,
    ScenarioOutlook,
    SpendOutlook,
    Total,
)
from assay.analysis.costs.outlook.scenarios import factor_of
from assay.core.budgets import Plans
from assay.core.finding import Estimate
from assay.stats.forecasting import Forecast, reconcile

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.analysis.costs.outlook.ahead import Sum
    from assay.analysis.costs.outlook.daily import Calendar
    from assay.core.budgets import Scenario
    from assay.stats.forecasting import Totals

MONTH: Final = 30
WEEK: Final = 7


def spend_outlook(  # noqa: PLR0913  lines, plans, and how they are read
    lines: pl.DataFrame,
    *,
    plans: Plans | None = None,
    by: Sequence[str] = (),
    prices: pl.DataFrame | None = None,
    through: date | None = None,
    level: float = 0.95,
) -> SpendOutlook:
    """What spending comes to, and where each budget stands.

    Args:
        lines: `day`, `requests`, `spent_usd` (null where not known), `apart`, the columns of a
            price, those in `by`, and those that budgets and scenarios name.
        plans: budgets and scenarios.
        by: columns whose values are forecast each by itself, so that they add up.
        prices: of the table prices, in USD, for scenarios with another model.
        through: the last complete day; by default the last of the data, unless that holds fewer
            than half the calls of any of the last weeks' same day.
        level: of intervals.

    Raises:
        DataError: where no line has a day.
        ParameterError: where a budget or scenario names a column that the data lack.
    """
    plans = plans or Plans()
    kept = counted(lines)
    calendar = calendar_of(kept, through)
    daily = daily_of(kept, calendar)
    day = calendar.through + DAY
    month_end = bounds(day, "month")[1]
    next_end = bounds(month_end + DAY, "month")[1]
    needed = [days_needed(one, calendar.through) for one in plans.budgets]
    horizon = max((next_end - calendar.through).days, MONTH, *needed)
    rows = Rows(lines=kept, calendar=calendar, prices=prices, level=level, horizon=horizon)
    ahead = foreseen(daily, horizon)
    budgets = tuple(budget_outlook(one, rows, plans.scenarios) for one in plans.budgets)
    base = ahead.sum_of(0, MONTH)
    found = ahead.found
    notes = [] if found is None else list(found.notes)
    if daily.later:
        notes.append(f"{calendar.last} is not complete, and is forecast as a whole day")
    return SpendOutlook(
        through=calendar.through.isoformat(),
        history=calendar.size,
        calls=int(daily.calls.sum()),
        incomplete_usd=daily.later,
        level=level,
        days=() if found is None else _days(found, day, level),
        weeks=() if found is None else _weeks(ahead, day, level),
        totals=_totals(ahead, calendar, level),
        accuracy=None if found is None else _accuracy(found),
        parts=() if found is None else parts_of(kept, by, calendar, ahead, level),
        budgets=budgets,
        scenarios=()
        if base is None
        else tuple(_scenario(one, base, rows) for one in plans.scenarios),
        notes=tuple(notes),
        refused=ahead.refused,
    )


def _around(value: float, reach: float) -> Estimate:
    """The value with its interval; without one where it is known exactly."""
    known = reach <= 1e-9
    return Estimate(
        value=value,
        low=None if known else value - reach,
        high=None if known else value + reach,
    )


def _days(found: Totals, day: date, level: float) -> tuple[DayAhead, ...]:
    low_80, high_80 = found.days.interval(EIGHTY)
    low, high = found.days.interval(level)
    return tuple(
        DayAhead(
            day=(day + timedelta(days=k)).isoformat(),
            usd=float(found.days.middle[k]),
            low_80=float(low_80[k]),
            high_80=float(high_80[k]),
            low=float(low[k]),
            high=float(high[k]),
        )
        for k in range(min(MONTH, found.values.size))
    )


def _weeks(ahead: Foreseen, day: date, level: float) -> tuple[Total, ...]:
    """Four weeks, moved so that they add up to the median of all their days."""
    if ahead.found is None:
        return ()
    each = [ahead.sum_of(k * WEEK, WEEK) for k in range(4)]
    whole = ahead.sum_of(0, 4 * WEEK)
    known = [one for one in each if one is not None]
    if whole is None or len(known) < len(each):
        return ()
    fixed = whole.quantile(0.5)
    moved = reconcile(
        _as_forecast([Estimate(value=fixed, low=fixed, high=fixed)], level),
        {str(k): _as_forecast([one.estimate(level)], level) for k, one in enumerate(known)},
        low=None if ahead.daily.credited else 0.0,
    )[1]
    return tuple(
        _week(k, known[k], moved[str(k)], day + timedelta(days=k * WEEK)) for k in range(len(known))
    )


def _week(k: int, one: Sum, moved: Forecast, first: date) -> Total:
    away = moved.values[0] - one.quantile(0.5)
    low, high = (one.quantile((1 + side * EIGHTY) / 2) + away for side in (-1, 1))
    return Total(
        label=f"week {k + 1}",
        first=first.isoformat(),
        last=(first + timedelta(days=WEEK - 1)).isoformat(),
        spent=0.0,
        usd=Estimate(value=moved.values[0], low=moved.low[0], high=moved.high[0]),
        low_80=max(low, moved.low[0]),
        high_80=min(high, moved.high[0]),
        held=one.held,
    )


def _as_forecast(estimates: Sequence[Estimate], level: float) -> Forecast:
    return Forecast(
        values=tuple(one.value or 0.0 for one in estimates),
        low=tuple(one.low or 0.0 for one in estimates),
        high=tuple(one.high or 0.0 for one in estimates),
        level=level,
        weights={},
        coverage=(),
        backtest=(),
        notes=(),
    )


def _totals(ahead: Foreseen, calendar: Calendar, level: float) -> tuple[Total, ...]:
    """Seven and thirty days, the month that the next day is in, and the one after it."""
    through, day = calendar.through, calendar.through + DAY
    first, last = bounds(day, "month")
    after, end = bounds(last + DAY, "month")
    spans = [
        (f"{WEEK} days", day, through + timedelta(days=WEEK), 0.0),
        (f"{MONTH} days", day, through + timedelta(days=MONTH), 0.0),
        ("this month", first, last, ahead.daily.spent(first, through)),
        ("next month", after, end, 0.0),
    ]
    told = []
    for label, start, stop, spent in spans:
        skipped = max((start - day).days, 0)
        one = ahead.sum_of(skipped, (stop - through).days - skipped, spent=spent)
        if one is not None:
            told.append(one.total(label, start, stop, level))
    return tuple(told)


def _accuracy(found: Totals) -> Accuracy:
    month = slice(0, MONTH)
    held = []
    for level in (EIGHTY, 0.95):
        shares, tested = found.days.coverage(level)[month], found.days.tested[month]
        count = int(tested.sum())
        held.append(float(np.nansum(shares * tested)) / count if count else None)
    return Accuracy(
        mase=found.mase,
        naive=found.naive,
        day_80=held[0],
        day_95=held[1],
        methods=tuple(name for name, _ in sorted(found.weights.items(), key=lambda pair: -pair[1]))[
            :3
        ],
    )


def _scenario(scenario: Scenario, base: Sum, rows: Rows) -> ScenarioOutlook:
    through = rows.calendar.through
    factor = factor_of(rows.lines, scenario, rows.prices, through)
    first = max(scenario.first or through + DAY, through + DAY)
    skipped = (first - through).days - 1
    left_out = factor.left_out
    if not left_out and skipped >= MONTH:
        left_out = f"it begins on {first}, after the {MONTH} days that are told"
    told = base.estimate(rows.level)
    if left_out:
        return ScenarioOutlook(
            name=scenario.name,
            first=first.isoformat(),
            factor=None,
            change=None,
            usd=None,
            base=told,
            difference=None,
            concerned=factor.concerned,
            assumed=factor.assumed,
            left_out=left_out,
            place=scenario.place,
        )
    moved = base.times(factor, skipped)
    reach = float(ndtri((1 + rows.level) / 2)) * factor.error
    usd = moved.estimate(rows.level)
    return ScenarioOutlook(
        name=scenario.name,
        first=first.isoformat(),
        factor=_around(factor.value, reach),
        change=_around(factor.value - 1, reach),
        usd=usd,
        base=told,
        difference=_difference(factor.value - 1, reach, base, skipped, told),
        concerned=factor.concerned,
        assumed=factor.assumed,
        left_out="",
        place=scenario.place,
    )


def _difference(more: float, reach: float, base: Sum, skipped: int, told: Estimate) -> Estimate:
    """Of the total with and without: the share more of the days concerned, and what it leaves."""
    path = np.abs(np.array(base.path))
    part = float(path[skipped:].sum() / path.sum()) if path.any() else 1.0
    middle, low, high = (float(v or 0.0) for v in (told.value, told.low, told.high))
    value = part * more * middle
    below, above = (
        ((middle - low), (high - middle)) if more >= 0 else ((high - middle), (middle - low))
    )
    return Estimate(
        value=value,
        low=value - float(np.hypot(part * more * below, part * reach * middle)),
        high=value + float(np.hypot(part * more * above, part * reach * middle)),
    )
