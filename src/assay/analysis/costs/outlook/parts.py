"""What the values of a column will cost, each by its own days, made to add up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.outlook.ahead import foreseen
from assay.analysis.costs.outlook.daily import Daily, daily_of
from assay.analysis.costs.outlook.result import Part, Parts
from assay.core.finding import Estimate
from assay.stats.forecasting import Forecast, reconcile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.analysis.costs.outlook.ahead import Foreseen
    from assay.analysis.costs.outlook.daily import Calendar

STEPS: Final = (1, 7, 30)
"""Days ahead that are told together."""
MOST: Final = 12
"""Values that are told each by itself; the others are one part."""
OTHERS: Final = "all others"
UNKNOWN: Final = "(none)"


def parts_of(
    lines: pl.DataFrame,
    by: Sequence[str],
    calendar: Calendar,
    whole: Foreseen,
    level: float,
) -> tuple[Parts, ...]:
    """Each column's values; the total is left as it is forecast, so that all columns share it."""
    given = [whole.sum_of(0, steps) for steps in STEPS]
    if None in given:
        return ()
    totals = [one.estimate(level) for one in given if one is not None]
    fixed = _forecast([Estimate(value=t.value, low=t.value, high=t.value) for t in totals], level)
    low = None if whole.daily.credited else 0.0
    return tuple(_column(lines, column, calendar, fixed, low) for column in by)


def _column(
    lines: pl.DataFrame, column: str, calendar: Calendar, fixed: Forecast, low: float | None
) -> Parts:
    named = lines.with_columns(pl.col(column).fill_null(UNKNOWN).alias("part"))
    recent = _recent(named, calendar.through)
    names = recent["part"].to_list()
    shown = names if len(names) <= MOST else names[: MOST - 1]
    labelled = named.with_columns(
        pl.when(pl.col("part").is_in(shown)).then("part").otherwise(pl.lit(OTHERS)).alias("part")
    )
    alone: dict[str, tuple[Daily, Forecast, bool]] = {}
    for (name,), mine in labelled.group_by("part", maintain_order=True):
        daily = daily_of(mine, calendar)
        if daily.calls.any():
            alone[str(name)] = (daily, *_alone(daily, fixed.level))
    moved = reconcile(fixed, {name: told for name, (_, told, _) in alone.items()}, low=low)[1]
    own = sum(told.values[-1] for _, told, _ in alone.values())
    whole = fixed.values[-1]
    parts = [
        _part(name, daily, moved[name], by_own=by_own) for name, (daily, _, by_own) in alone.items()
    ]
    return Parts(
        column=column,
        values=len(names),
        parts=tuple(sorted(parts, key=lambda one: (one.name == OTHERS, -(one.month.value or 0.0)))),
        apart=abs(own - whole) / whole if whole > 0 else 0.0,
    )


def _recent(named: pl.DataFrame, through: date) -> pl.DataFrame:
    """Values by what they cost in the last thirty days, the dearest first."""
    age = (pl.lit(through) - pl.col("day")).dt.total_days()
    lately = pl.when(age.is_between(0, STEPS[-1] - 1)).then("spent_usd").otherwise(0.0)
    return (
        named.group_by("part")
        .agg(lately.sum().alias("usd"))
        .sort(["usd", "part"], descending=[True, False])
    )


def _alone(daily: Daily, level: float) -> tuple[Forecast, bool]:
    """A part's own forecast; one of too few days stays at its mean, give or take all of it."""
    ahead = foreseen(daily, STEPS[-1])
    sums = [ahead.sum_of(0, steps) for steps in STEPS]
    told = [one.estimate(level) for one in sums if one is not None]
    if len(told) == len(STEPS):
        return _forecast(told, level), True
    mean = float(daily.own.mean())
    reach = abs(mean)
    return _forecast(
        [Estimate(value=mean * k, low=(mean - reach) * k, high=(mean + reach) * k) for k in STEPS],
        level,
    ), False


def _forecast(estimates: Sequence[Estimate], level: float) -> Forecast:
    rows = np.array([[one.value or 0.0, one.low or 0.0, one.high or 0.0] for one in estimates])
    value, low, high = (tuple(float(v) for v in column) for column in rows.T)
    return Forecast(
        values=value,
        low=low,
        high=high,
        level=level,
        weights={},
        coverage=(),
        backtest=(),
        notes=(),
    )


def _part(name: str, daily: Daily, moved: Forecast, *, by_own: bool) -> Part:
    day, week, month = (
        Estimate(value=value, low=min(low, value), high=max(high, value))
        for value, low, high in zip(moved.values, moved.low, moved.high, strict=True)
    )
    return Part(
        name=name,
        recent=float(daily.usd[-STEPS[-1] :].sum()),
        day=day,
        week=week,
        month=month,
        own=by_own,
    )
