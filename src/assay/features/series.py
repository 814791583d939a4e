"""Rows → a regular series of one metric: every period of a calendar, also those without rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan, sqrt
from typing import TYPE_CHECKING, Any, Final, get_args

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.cells import ready, statistics
from assay.features.centring import about_mean
from assay.features.clock import (
    DAY,
    Clock,
    day_number,
    moment_of,
    with_microseconds,
    zone_of,
)
from assay.features.daily import check_by
from assay.features.derived import with_derived
from assay.features.faults import check_columns, check_numbers, collect, collect_table, explain
from assay.features.measure import Stage
from assay.features.measures import measures
from assay.features.periods import Every, Period, midnight, periods, with_key
from assay.features.sketches import bucket_of, has_infinite
from assay.stats.sketch import grouped_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.faults import Frame
    from assay.features.measure import Measure
    from assay.features.summary import Sample
    from assay.params import Metric
    from assay.stats.moments import Moments

SERIES_COLUMNS: Final[dict[str, pl.DataType]] = {
    "start": pl.Datetime("us", "UTC"),
    "label": pl.String(),
    "hours": pl.Float64(),
    "n": pl.Int64(),
    "missing": pl.Int64(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
    "complete": pl.Boolean(),
}
"""What a point of a series holds after the columns that it is by.

- `start`: UTC; `label`: the period in local time, ISO 8601; `hours`: its length, of a local day
  23 or 25 where clocks change;
- `n`: units (rows, trials) that have a value, `missing`: those that have none;
- `value`: in the metric's unit; a count is the total of the period, not per hour. Null in a gap,
  where n is 0: that nothing was logged does not tell whether nothing happened;
- `standard_error`: of the value; null where n is too small to tell;
- `complete`: whether the data cover the period from its start to its end.
"""
_SLOT: Final = "assay_period"
_TIME: Final = "assay_time"


@dataclass(frozen=True, slots=True)
class _Point:
    n: int
    missing: int
    value: float | None
    standard_error: float | None


def series(  # noqa: PLR0913  what is measured, when, by what and of which units are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    metric: Metric,
    *,
    every: Every = "day",
    time: str = "occurred_at",
    by: Sequence[str] = (),
    unit: str | None = None,
    quantile: float | None = None,
    time_zone: str = "UTC",
    start: date | None = None,
    end: date | None = None,
) -> pl.DataFrame:
    """The metric in every period from first to last, per group: by, `SERIES_COLUMNS`, sorted.

    Summarised where the rows are; two small scans (ends, then points), and only points come back.
    Every group has every period. A rate, a mean and a ratio have the standard error of a sample of
    units (of a ratio by the delta method); a count that of a total whose units arrive by chance,
    √Σx² (√n for a count of rows); a quantile that of Woodruff (1952). Where rows of one user
    resemble each other, name the `unit`: errors of rows would be too small.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        metric: rate, mean, count or ratio; a covariate is not used.
        every: length of a period; weeks begin on Monday.
        time: column of times, or of days, which stay the days that they are.
        by: columns that series are by, as text.
        unit: column; a unit's rows within a period become one value, as the metric says.
        quantile: 0–1: this quantile of the metric's value per row instead of its mean, by a sketch
            within 1 %; its standard error covers the sketch's.
        time_zone: whose calendar it is.
        start: first local day; earlier rows do not count, and the data are taken to cover it.
            Without it, the first period is rarely complete.
        end: last local day, likewise.

    Raises:
        DataError: where a column is missing, a row has no time, or a value is wrong.
        ParameterError: where the period or the zone is unknown, a name taken, or the quantile
            does not fit.
    """
    if every not in get_args(Every):
        raise ParameterError(f"every={every!r}, expected {' or '.join(get_args(Every))}")
    source: Frame = nw.from_native(rows).lazy()
    metric = metric.model_copy(update={"covariate": None})
    check_by(by, SERIES_COLUMNS)
    source, (metric,) = with_derived(source, [metric])
    named = [*metric.columns, *by, *([] if unit is None else [unit])]
    check_columns(source, [time, *named], table="the data")
    check_numbers(source, metric, metric.columns)
    _check_quantile(metric, quantile, unit)
    zone_of(time_zone)
    is_day = isinstance(source.collect_schema()[time], nw.Date)
    source = with_microseconds(source, time, _TIME)
    calendar = _Calendar.over(source, "UTC" if is_day else time_zone, start, end, is_day=is_day)
    if calendar is None:
        return pl.DataFrame(schema={**dict.fromkeys(by, pl.String()), **SERIES_COLUMNS})
    source = calendar.within(source)
    source = with_key(source, _TIME, every, calendar.clock, name=_SLOT)
    keys = [nw.col(name).cast(nw.String).alias(f"assay_by{i}") for i, name in enumerate(by)]
    if quantile is None:
        found = _points(source, metric, unit, [nw.col(_SLOT), *keys])
    else:
        found = _quantiles(source, metric, quantile, [nw.col(_SLOT), *keys])
    grid = tuple(periods(calendar.first, calendar.last, every, calendar.clock))
    return _regular(found, grid, by, calendar)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """From when to when a series goes, and what the data are known to cover of it, in seconds."""

    clock: Clock
    first: int
    last: int
    covered: tuple[float, float]
    days: tuple[date | None, date | None]

    @classmethod
    def over(
        cls, rows: Frame, time_zone: str, start: date | None, end: date | None, *, is_day: bool
    ) -> _Calendar | None:
        time = nw.col(_TIME)
        wanted = [time.min().alias("first"), time.max().alias("last")]
        found = collect(rows.select(*wanted, time.null_count().alias("absent")))[0]
        if found["absent"]:
            raise DataError(
                f"{int(found['absent']):,} rows have no time, expected one in every row",
                remedy="fill it, or filter these rows out: no period can count them",
            )
        zone = zone_of(time_zone)
        given: list[int] = []
        if found["first"] is not None:
            given = [found["first"] // 1_000_000, found["last"] // 1_000_000]
        elif start is None or end is None:
            return None
        wide = [day_number(day) * DAY for day in (start, end) if day is not None]
        clock = Clock.of(zone, min(given + wide) - 2 * DAY, max(given + wide) + 32 * DAY)
        first, last = given or (0, 0)
        covered = [float(first), float(last + DAY)]
        if given and not is_day:
            covered = [found["first"] / 1e6, found["last"] / 1e6]
        if start is not None:
            first = midnight(start, clock)
            covered[0] = first
        if end is not None:
            last = midnight(end + timedelta(days=1), clock) - 1
            covered[1] = last + 1
        return cls(clock, first, last, (covered[0], covered[1]), (start, end))

    def within(self, rows: Frame) -> Frame:
        """The rows that the series speaks of."""
        if self.days[0] is not None:
            rows = rows.filter(nw.col(_TIME) >= self.first * 1_000_000)
        if self.days[1] is not None:
            rows = rows.filter(nw.col(_TIME) < (self.last + 1) * 1_000_000)
        return rows

    def covers(self, period: Period) -> bool:
        """Whether the data cover a period from its start to its end."""
        return self.covered[0] <= period.start and period.end <= self.covered[1]


def _check_quantile(metric: Metric, quantile: float | None, unit: str | None) -> None:
    if quantile is None:
        return
    if not 0 <= quantile <= 1:
        raise ParameterError(f"quantile={quantile}, expected a share, 0–1")
    if metric.kind != "mean" or unit is not None:
        raise ParameterError(
            f"quantile of metric {metric.name!r} ({metric.kind}"
            + (")" if unit is None else f", per {unit!r})"),
            remedy="quantiles are of a mean's value per row: kind: mean, without a unit",
        )


def _points(
    rows: Frame, metric: Metric, unit: str | None, keys: list[nw.Expr]
) -> dict[tuple[Any, ...], _Point]:
    if metric.kind == "count" and metric.value is None and unit is None:
        return _row_counts(rows, keys)
    (measure,) = measures((metric,), Stage(grouped=unit is not None))
    found = _samples(rows, measure, unit, keys)
    by_group = {metric.name: {str(i): sample for i, sample in enumerate(found.values())}}
    (centred,) = about_mean((measure,), by_group)
    if centred != measure:
        found = _samples(rows, centred, unit, keys)
    return {key: _point(sample, metric) for key, sample in found.items()}


def _samples(
    rows: Frame, measure: Measure, unit: str | None, keys: list[nw.Expr]
) -> dict[tuple[Any, ...], Sample]:
    schema = dict(rows.collect_schema())
    columns = [*keys, *measure.rows(schema)]
    if unit is not None:
        columns.append(nw.col(unit).alias("unit"))
    names = _names(keys)
    chosen = rows.select(*columns)
    if unit is not None:
        grouped = chosen.group_by([*names, "unit"]).agg(*measure.units())
        chosen = grouped.select(*names, "unit", *measure.settled(nw.lit(value=False)))
    wanted = statistics([measure])
    if unit is not None:
        wanted.append(nw.col("unit").count().alias("named"))
    found = {}
    for row in collect(ready(chosen, [measure]).group_by(names).agg(*wanted)):
        if unit is not None and int(row["named"]) != int(row["units"]):
            raise DataError(
                f"some rows have no unit in column {unit!r}, expected one in each",
                remedy="fill it, or filter these rows out",
            )
        sample = measure.sample(row)
        if sample is None:
            raise explain(rows, measure.metric)
        found[tuple(row[name] for name in names)] = sample
    return found


def _row_counts(rows: Frame, keys: list[nw.Expr]) -> dict[tuple[Any, ...], _Point]:
    names = _names(keys)
    found = collect(rows.select(*keys).group_by(names).agg(nw.len().alias("rows")))
    counts = {tuple(row[name] for name in names): int(row["rows"]) for row in found}
    return {key: _Point(n, 0, float(n), sqrt(n)) for key, n in counts.items()}


def _point(sample: Sample, metric: Metric) -> _Point:
    moments, n = sample.moments, sample.n
    value, error = None, None
    if n and metric.kind == "count":
        mean = moments.mean[0]
        value, error = n * mean, sqrt(moments.scatter[0][0] + n * mean * mean)
    elif n and metric.kind == "ratio":
        top, bottom = moments.mean[:2]
        if bottom:
            value = top / bottom
            error = _error(moments.project([[1.0, -value]], mean=[0.0]))
            error = None if error is None else error / abs(bottom)
    elif n:
        value, error = moments.mean[0], _error(moments)
    return _Point(n, sample.missing, value, error)


def _error(moments: Moments) -> float | None:
    """Standard error of the first column's mean."""
    return sqrt(moments.variance() / moments.n) if moments.n > 1 else None


def _quantiles(
    rows: Frame, metric: Metric, quantile: float, keys: list[nw.Expr]
) -> dict[tuple[Any, ...], _Point]:
    names = _names(keys)
    chosen = rows.select(*keys, bucket_of(nw.col(metric.value or "")).alias("bucket"))
    lines = collect_table(chosen.group_by([*names, "bucket"]).agg(nw.len().alias("count")))
    lines = lines.sort(*names, nulls_last=True).with_columns(group=pl.struct(names).rle_id())
    seen = lines.filter(pl.col("bucket").is_not_null())
    absent = lines.filter(pl.col("bucket").is_null())
    if (absent.height and metric.missing == "refuse") or has_infinite(seen["bucket"]):
        raise explain(rows, metric)
    told = grouped_quantiles(seen["group"], seen["bucket"], seen["count"], quantile)
    missing = dict(absent.select("group", "count").iter_rows())
    columns = (told.group.tolist(), told.n.tolist(), told.value.tolist(), told.error.tolist())
    by_group = {
        place: _Point(n, missing.get(place, 0), value, None if isnan(error) else error)
        for place, n, value, error in zip(*columns, strict=True)
    }
    groups = lines.unique("group", keep="first", maintain_order=True).select("group", *names)
    return {
        tuple(key): by_group.get(place) or _Point(0, missing.get(place, 0), None, None)
        for place, *key in groups.iter_rows()
    }


def _names(keys: Sequence[nw.Expr]) -> list[str]:
    return [_SLOT, *(f"assay_by{i}" for i in range(len(keys) - 1))]


def _regular(
    found: dict[tuple[Any, ...], _Point],
    grid: Sequence[Period],
    by: Sequence[str],
    calendar: _Calendar,
) -> pl.DataFrame:
    gap = _Point(0, 0, None, None)
    unsorted = {key[1:] for key in found} or ({()} if not by else set())
    groups = sorted(unsorted, key=lambda g: tuple((x is None, x or "") for x in g))
    points = [found.get((period.key, *group), gap) for group in groups for period in grid]
    named = {name: [group[i] for group in groups for _ in grid] for i, name in enumerate(by)}
    every_group = range(len(groups))
    columns = {
        **named,
        "start": [moment_of(period.start) for period in grid],
        "label": [period.label for period in grid],
        "hours": [period.hours for period in grid],
        "n": [point.n for point in points],
        "missing": [point.missing for point in points],
        "value": [point.value for point in points],
        "standard_error": [point.standard_error for point in points],
        "complete": [calendar.covers(period) for period in grid],
    }
    for name in ("start", "label", "hours", "complete"):
        columns[name] = [value for _ in every_group for value in columns[name]]
    return pl.DataFrame(columns, schema={**dict.fromkeys(by, pl.String()), **SERIES_COLUMNS})
