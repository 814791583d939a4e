"""Rows → what each unit did before a day and from it on, by group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.features.clock import day_number
from assay.features.daily import with_day
from assay.features.derived import with_derived
from assay.features.faults import check_columns, check_numbers, collect_table
from assay.params import Metric
from assay.stats.differences import Ratios

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from assay.features.faults import Frame

    Floats = NDArray[np.float64]

MONTH: Final = 365.25 / 12
"""Days of a month."""
_DAY: Final = "assay_day"
_UNIT: Final = "assay_unit"
_GROUP: Final = "assay_group"
_KINDS: Final = ("ratio", "count", "mean")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """What the units of one or two groups did around a change.

    Attributes:
        metrics: what was measured, as the measures of each group stand.
        treated: a measure per metric, of units whom the change reached.
        comparison: the same of those whom it did not; None where all were reached.
        before_days, after_days: how many days the two periods have; 0 before where nothing is.
        first, last: first day of the period before, last of the one after.
        earlier: the first metric of each group, the second half of the period before as what came
            after its first half: what a change of that day would have done, where there was none.
        volume: denominators of the first metric a month, of the treated alone since the change.
        whole: the same of both groups together: what the change would reach if all had it.
        left_out: rows and units that do not count, and why.
    """

    metrics: tuple[Metric, ...]
    treated: tuple[Ratios, ...]
    comparison: tuple[Ratios, ...] | None
    before_days: int
    after_days: int
    first: date
    last: date
    earlier: tuple[Ratios, ...]
    volume: float
    whole: float
    left_out: tuple[LeftOut, ...]


def before_after(  # noqa: PLR0913  rows, what is measured, when, and who had it
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    metrics: Sequence[Metric | Mapping[str, Any]],
    *,
    changed_on: date,
    unit: str = "user_id",
    group: str | None = None,
    treated: Sequence[str] = (),
    compared: Sequence[str] = (),
    whom: Mapping[str, str] | None = None,
    time: str = "occurred_at",
    before_days: int = 42,
    last: date | None = None,
    time_zone: str = "UTC",
) -> BeforeAfter:
    """Numerators and denominators of each unit, before and since the change, in one scan.

    A ratio's denominator is its own, or the rows that have a value; that of a count or mean is the
    unit's time in months, so that their ratio is a total per unit and month, and a unit that did
    nothing counts 0.

    Args:
        rows: with a time, a unit and what the metrics read.
        metrics: of kind ratio, count or mean; the first is what the change is to better.
        changed_on: the first day with the change.
        unit: column of who was or was not reached as a whole.
        group: column that tells who was; absent: everybody. A unit belongs to the group of its rows
            since the change, or before it where it has none since.
        treated: values of that column whom the change reached.
        compared: values whom it did not; absent: all others.
        whom: column → value; only these rows count.
        time: column that dates a row.
        before_days: days before the change that count.
        last: last day that counts; absent: that of the last row.
        time_zone: whose days they are.

    Raises:
        DataError: where a column is missing or holds no numbers, nothing is measured, or a unit
            stands in both groups.
        ParameterError: where a metric's kind is none of these, or no group is named.
    """
    asked = tuple(Metric.model_validate(one) for one in metrics)
    _check(asked, group, treated, compared, before_days)
    source: Frame = nw.from_native(rows).lazy()
    named = [unit, time, *([group] if group else []), *(whom or {})]
    check_columns(source, named, table="the data")
    for column, value in (whom or {}).items():
        source = source.filter(nw.col(column).cast(nw.String) == value)
    source, using = with_derived(source, asked)
    for metric in using:
        check_columns(source, metric.columns, table="the data")
        check_numbers(source, metric, metric.columns)
    source, day = with_day(source, time, time_zone)
    change = day_number(changed_on)
    until = None if last is None else day_number(last)
    found = collect_table(_summed(source, day, using, unit, group, change, before_days, until))
    return _arranged(found, asked, group, treated, compared, changed_on, before_days, last)


def _check(
    metrics: Sequence[Metric],
    group: str | None,
    treated: Sequence[str],
    compared: Sequence[str],
    before_days: int,
) -> None:
    if not metrics:
        raise ParameterError("no metric says what the change is to better")
    for metric in metrics:
        if metric.kind not in _KINDS:
            raise ParameterError(
                f"metric {metric.name!r} is a {metric.kind}, expected {', '.join(_KINDS)}"
            )
    if group is not None and not treated:
        raise ParameterError(
            f"group {group!r} tells who had the change, but no value of it is named",
            remedy="treated: [the values whom it reached]",
        )
    if twice := sorted(set(treated) & set(compared)):
        raise ParameterError(f"{', '.join(twice)}: both treated and compared, expected one of them")
    if before_days < 1:
        raise ParameterError(f"before_days={before_days}, expected 1 or more")


def _summed(  # noqa: PLR0913, PLR0917  what is summed, of whom, and when
    source: Frame,
    day: nw.Expr,
    metrics: Sequence[Metric],
    unit: str,
    group: str | None,
    change: int,
    before_days: int,
    until: int | None,
) -> Frame:
    """One row per unit and value of the group column: sums before and since the change."""
    rows = source.with_columns(day.alias(_DAY)).filter(nw.col(_DAY) >= change - before_days)
    if until is not None:
        rows = rows.filter(nw.col(_DAY) <= until)
    since, middle = nw.col(_DAY) >= change, change - _halves(before_days)[0]
    early = nw.col(_DAY) < middle
    late = ~since & ~early
    columns = [
        nw.col(_DAY),
        nw.col(unit).cast(nw.String).alias(_UNIT),
        (nw.lit("") if group is None else nw.col(group).cast(nw.String)).alias(_GROUP),
        since.cast(nw.Int64).alias("assay_since"),
    ]
    wanted = [
        nw.len().alias("rows"),
        nw.col("assay_since").sum().alias("since"),
        nw.col(_DAY).min().alias("first"),
        nw.col(_DAY).max().alias("last"),
    ]
    for i, metric in enumerate(metrics):
        over, below = _parts(metric)
        for name, value in (("over", over), ("below", below)):
            for period, inside in (("after", since), ("late", late), ("early", early)):
                key = f"{name}_{period}_{i}"
                columns.append(nw.when(inside).then(value).otherwise(nw.lit(0.0)).alias(key))
                wanted.append(nw.col(key).sum().alias(key))
    return rows.select(*columns).group_by(_UNIT, _GROUP).agg(*wanted)


def _parts(metric: Metric) -> tuple[nw.Expr, nw.Expr]:
    """Numerator and denominator of a row, both 0 where the metric has no value there."""
    zero = nw.lit(0.0)
    if metric.kind != "ratio":
        value = nw.lit(1.0) if metric.value is None else nw.col(metric.value).cast(nw.Float64)
        return (value if metric.value is None else value.fill_null(0.0)), zero
    over = nw.col(metric.numerator or "").cast(nw.Float64)
    if metric.denominator is None:
        known = ~over.is_null()
        return over.fill_null(0.0), known.cast(nw.Float64)
    below = nw.col(metric.denominator).cast(nw.Float64)
    known = ~over.is_null() & ~below.is_null()
    return (
        nw.when(known).then(over).otherwise(zero),
        nw.when(known).then(below).otherwise(zero),
    )


def _arranged(  # noqa: PLR0913, PLR0917  what was summed, and who is who
    found: pl.DataFrame,
    metrics: Sequence[Metric],
    group: str | None,
    treated: Sequence[str],
    compared: Sequence[str],
    changed_on: date,
    before_days: int,
    last: date | None,
) -> BeforeAfter:
    import polars as pl  # noqa: PLC0415  frames from here on are Polars'

    left_out = []
    if (nameless := int(found.filter(pl.col(_UNIT).is_null())["rows"].sum())) > 0:
        left_out.append(LeftOut(what="rows", count=nameless, reason="belong to no unit"))
    found = found.filter(pl.col(_UNIT).is_not_null())
    if found.is_empty() or not found["since"].sum():
        raise DataError(f"no rows from {changed_on} on, expected those since the change")
    change = day_number(changed_on)
    end = int(found["last"].max()) if last is None else day_number(last)  # type: ignore[arg-type]
    after_days = end - change + 1
    began = change - before_days if (found["first"] < change).any() else change
    sides = _sides(found, group, treated, compared)
    if group is not None:
        nowhere = sides.filter(pl.col("side").is_null())
        if not nowhere.is_empty():
            left_out.append(
                LeftOut(
                    what="units",
                    count=nowhere.height,
                    reason=f"are in neither group by {group}",
                )
            )
    units = (
        found.group_by(_UNIT)
        .agg(pl.col(name).sum() for name in found.columns if name.startswith(("over", "below")))
        .join(sides, on=_UNIT)
        .sort(_UNIT)
    )
    mine, theirs = (units.filter(pl.col("side") == side) for side in ("treated", "compared"))
    if mine.is_empty():
        raise DataError(f"nobody was reached: {group} is {', '.join(treated)} in no row")
    months = (after_days / MONTH, (change - began) / MONTH)
    groups = [
        tuple(_ratios(part, i, metric, months) for i, metric in enumerate(metrics))
        for part in (mine, theirs)
        if not part.is_empty()
    ]
    later, sooner = _halves(before_days)
    halves = (later / MONTH, sooner / MONTH)
    earlier = [
        _ratios(part, 0, metrics[0], halves, (("late",), ("early",)))
        for part in (mine, theirs)
        if not part.is_empty()
    ]
    volumes = [float(one[0].after_of.sum()) / months[0] for one in groups]
    return BeforeAfter(
        metrics=tuple(metrics),
        treated=groups[0],
        comparison=groups[1] if len(groups) > 1 else None,
        before_days=change - began,
        after_days=after_days,
        first=changed_on - timedelta(days=change - began),
        last=changed_on + timedelta(days=after_days - 1),
        earlier=tuple(earlier),
        volume=volumes[0],
        whole=sum(volumes),
        left_out=tuple(left_out),
    )


def _sides(
    found: pl.DataFrame, group: str | None, treated: Sequence[str], compared: Sequence[str]
) -> pl.DataFrame:
    """Each unit's side; null where it is on neither."""
    import polars as pl  # noqa: PLC0415

    if group is None:
        return found.select(_UNIT, side=pl.lit("treated")).unique()
    had = pl.col(_GROUP).is_in(list(treated))
    others = (
        pl.col(_GROUP).is_in(list(compared)) if compared else pl.col(_GROUP).is_not_null() & ~had
    )
    told = found.with_columns(
        side=pl.when(had).then(pl.lit("treated")).when(others).then(pl.lit("compared"))
    ).filter(pl.col("side").is_not_null())
    late = told.group_by(_UNIT).agg(
        since=pl.col("side").filter(pl.col("since") > 0).unique().sort(),
        ever=pl.col("side").unique().sort(),
    )
    late = late.with_columns(
        sides=pl.when(pl.col("since").list.len() > 0).then("since").otherwise("ever")
    )
    both = late.filter(pl.col("sides").list.len() > 1).height
    if both:
        raise DataError(
            f"{both:,} {'unit stands' if both == 1 else 'units stand'} in both groups",
            remedy=f"name another unit than the one given, or correct {group}",
        )
    sides = late.select(_UNIT, side=pl.col("sides").list.first())
    return found.select(_UNIT).unique().join(sides, on=_UNIT, how="left")


def _ratios(
    units: pl.DataFrame,
    i: int,
    metric: Metric,
    months: tuple[float, float],
    periods: tuple[tuple[str, ...], tuple[str, ...]] = (("after",), ("late", "early")),
) -> Ratios:
    def summed(part: str) -> list[Floats]:
        return [
            np.sum([units[f"{part}_{one}_{i}"].to_numpy() for one in period], axis=0)
            for period in periods
        ]

    over, below = summed("over"), summed("below")
    if metric.kind != "ratio":
        below = [np.full(units.height, of) for of in months]
    return Ratios(over[0], below[0], over[1], below[1])


def _halves(days: int) -> tuple[int, int]:
    """Days of the later and of the earlier half."""
    return (days + 1) // 2, days // 2
