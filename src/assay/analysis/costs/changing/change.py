"""Lines of spend → why one period cost more or less than an earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import fsum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.analysis.costs.changing.cells import (
    PRICED,
    cells_of,
    check_columns,
    with_parts,
)
from assay.analysis.costs.changing.items import Told, drivers_of, items_of, parts_of
from assay.analysis.costs.changing.result import CostChange, Pace, Period
from assay.analysis.costs.spending import PERSONS, compared_periods
from assay.core.errors import DataError
from assay.core.finding import Estimate, Finding
from assay.core.units import USD
from assay.stats.decomposing import SpendChange, decompose_spend
from assay.stats.rounding import digits_for
from assay.stats.seasons import calendar_weights, period_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ends = tuple[date, date]

SHOWN: Final = 20
"""Items that are listed one by one."""
ROUNDING: Final = 1e-14
"""Share of the spend of both periods below which a part is none."""
CALENDAR: Final = ("days", "calendar")
"""Parts that other days alone would make."""


def last_change(
    lines: pl.DataFrame,
    *,
    recent_days: int = 28,
    before_days: int = 28,
    by: Sequence[str] = ("agent_id",),
    confidence: float = 0.95,
) -> CostChange | None:
    """Why the last days cost more or less than those before; None where nothing came before, or
    one of the two has no call whose cost is known.

    Args:
        lines: as of `cost_change`.
        recent_days: the last days of the data, held against …
        before_days: … the days before them; both fewer where there are not as many.
        by: columns of the lines; those that are no part of a price and no person name who spends.
        confidence: level of the interval of the number of calls.
    """
    dated = lines.filter(pl.col("day").is_not_null() & ~pl.col("apart"))
    if dated.is_empty():
        return None
    ends: Any = dated["day"].min(), dated["day"].max()
    periods = compared_periods(*ends, recent_days=recent_days, before_days=before_days)
    if periods is None:
        return None
    before = periods.before_from, periods.before_to
    after = periods.recent_from, periods.recent_to
    known = dated.filter(pl.col("spent_usd").is_not_null())["day"]
    if not (known.is_between(*before).any() and known.is_between(*after).any()):
        return None
    return cost_change(
        lines,
        before=before,
        after=after,
        owner=tuple(name for name in by if name not in {*PRICED, *PERSONS}),
        confidence=confidence,
    )


def cost_change(
    lines: pl.DataFrame,
    *,
    before: Ends,
    after: Ends,
    owner: Sequence[str] = ("agent_id",),
    confidence: float = 0.95,
) -> CostChange:
    """Why the spend of a period differs from that of an earlier one, to the last digit.

    Args:
        lines: of `spend_lines(rows, by=owner)`, with what they cost (`spent`), of all days that
            are known: what the calendar alone explains is learned from all of them.
        before: first and last day of the earlier period.
        after: of the later one; the two may have different lengths.
        owner: columns that name who spends. An owner's calls may move between models: that is a
            change of models. An owner who is in one period alone is new or gone.
        confidence: level of the interval of the number of calls.

    Raises:
        DataError: for periods that overlap, or in which nothing was spent or called.
    """
    check_columns(lines, owner)
    _check_periods(before, after)
    lines = lines.filter(pl.col("day").is_not_null())
    apart = lines.filter("apart") if "apart" in lines.columns else lines.clear()
    lines = with_parts(lines.filter(~pl.col("apart")) if "apart" in lines.columns else lines)
    periods = tuple(_period(lines, apart, ends) for ends in (before, after))
    for period in periods:
        if not period.calls and not period.spent:
            raise DataError(
                f"nothing was spent from {period.first} to {period.last}",
                remedy="choose periods of which there are data",
            )
    first_day, calls = _daily(lines, before, after, owner)
    weights, seasons = calendar_weights(calls)
    windows = tuple(_steps(first_day, ends) for ends in (before, after))
    cells = cells_of(lines, before, after, owner=owner)
    mean = [float(weights[slice(*window)].mean()) for window in windows]
    pair = cells.periods(
        (periods[0].days, periods[1].days), (_positive(mean[0]), _positive(mean[1]))
    )
    found = decompose_spend(*pair, owners=cells.owners)
    columns = (*owner, *(name for name in PRICED if name not in owner))
    decimals = digits_for([period.spent for period in periods])
    shown = round(periods[1].spent, decimals) - round(periods[0].spent, decimals)
    told = Told(round(shown, decimals), decimals)
    gross = fsum(period.spent for period in periods)
    parts = parts_of(found.totals, told, told.difference, least=ROUNDING * gross)
    change = CostChange(
        before=periods[0],
        after=periods[1],
        difference=found.difference,
        owner=tuple(owner),
        decimals=decimals,
        told=told.difference,
        parts=parts,
        by_calendar=fsum(part.amount for part in parts if part.key in CALENDAR),
        seasons=seasons,
        history=calls.size,
        pace=_pace(found, calls, weights, windows, confidence),
        items=items_of(cells, found, columns, most=SHOWN, told=told),
        drivers=drivers_of(cells, found, columns, owners=owner, most=SHOWN, told=told),
        confidence=confidence,
        findings=(),
    )
    return _with_finding(change)


def _check_periods(before: Ends, after: Ends) -> None:
    if not before[0] <= before[1] < after[0] <= after[1]:
        raise DataError(
            f"periods {before[0]} to {before[1]} and {after[0]} to {after[1]}, "
            "expected one that ends before the other begins"
        )


def _period(lines: pl.DataFrame, apart: pl.DataFrame, ends: Ends) -> Period:
    mine = lines.filter(pl.col("day").is_between(*ends))
    days = (ends[1] - ends[0]).days + 1
    beside = float(mine["beside_usd"].sum())
    aside = apart.filter(pl.col("day").is_between(*ends))
    return Period(
        first=ends[0].isoformat(),
        last=ends[1].isoformat(),
        days=days,
        spent=float(mine["paid_usd"].sum()) + beside,
        beside=beside,
        calls=int(mine["calls"].sum()),
        idle=days - mine.filter(pl.col("requests") > 0)["day"].n_unique(),
        unknown=int(mine.filter(~pl.col("known"))["requests"].sum()),
        apart=float(aside["spent_usd"].sum()),
    )


def _daily(
    lines: pl.DataFrame, before: Ends, after: Ends, owner: Sequence[str]
) -> tuple[date, Floats]:
    """Calls per day of owners who are in both periods, from the first day that is known.

    A day between the first and the last line without a line has no calls.
    """
    keys = list(owner)
    if keys:
        called = pl.col("calls") > 0
        kept = [
            lines.filter(called & pl.col("day").is_between(*ends)).select(keys).unique()
            for ends in (before, after)
        ]
        both = kept[0].join(kept[1], on=keys, how="inner", nulls_equal=True)
        lines = lines.join(both, on=keys, how="semi", nulls_equal=True)
    by_day = lines.group_by("day").agg(pl.col("calls").sum())
    first = min([before[0], *by_day["day"]])
    values = np.zeros((max([after[1], *by_day["day"]]) - first).days + 1)
    at = (by_day["day"].to_numpy() - np.datetime64(first)).astype(np.int64)
    values[at] = by_day["calls"].to_numpy()
    return first, values


def _steps(first: date, ends: Ends) -> tuple[int, int]:
    return (ends[0] - first).days, (ends[1] - first + timedelta(days=1)).days


def _positive(weight: float) -> float:
    """A period of days that weigh nothing is taken as it is: nobody could tell its calendar."""
    return weight if weight > 0 else 1.0


def _pace(
    found: SpendChange,
    calls: Floats,
    weights: Floats,
    windows: tuple[tuple[int, int], ...],
    confidence: float,
) -> Pace:
    """The change of calls per usual day, with what the days' own ups and downs leave open."""
    shift = found.pace_after - found.pace_before

    def told(reason: str, change: Estimate | None = None, worth: Estimate | None = None) -> Pace:
        beyond = worth is not None and not (worth.low or 0.0) <= 0 <= (worth.high or 0.0)
        return Pace(
            before=found.pace_before,
            after=found.pace_after,
            change=change,
            worth=worth,
            beyond_noise=beyond,
            reason=reason,
        )

    if not (found.pace_before > 0 and found.pace_after > 0):
        return told("no owner is in both periods")
    usual = np.divide(calls, weights, out=np.full(calls.size, np.nan), where=weights > 0)
    try:
        noisy = period_change(
            usual,
            before=windows[0],
            after=windows[1],
            period=1,
            counts=weights,
            level=confidence,
        )
    except DataError as error:
        return told(str(error))
    half = noisy.change.high - noisy.change.value
    worth = sorted(found.per_pace * (shift + side * half) for side in (-1, 1))
    ratio = noisy.relative
    relative = shift / found.pace_before
    change = None
    if ratio is not None and ratio.low is not None and ratio.high is not None:
        change = Estimate(
            value=relative, low=min(ratio.low, relative), high=max(ratio.high, relative)
        )
    amount = Estimate(value=found.per_pace * shift, low=worth[0], high=worth[1])
    return told("", change, amount)


def _with_finding(change: CostChange) -> CostChange:
    """The finding: by how much spend moved; what of it, the sentences say."""
    up = change.difference > 0
    base = change.before.spent
    lift = change.difference / base if base > 0 else None
    finding = Finding(
        key="change/spend",
        what="spend",
        state="up" if up else "down" if change.difference < 0 else "unchanged",
        tone="neutral",
        needs_decision=False,
        evidence="before-after",
        unit=USD,
        size=Estimate(value=change.difference, low=change.difference, high=change.difference),
        lift=None if lift is None else Estimate(value=lift, low=lift, high=lift),
        n=change.before.calls + change.after.calls,
        confidence=change.confidence,
        action="",
        reason="",
        since=change.after.first,
        expected=base,
        seen=change.after.spent,
    )
    return replace(change, findings=(finding,))
