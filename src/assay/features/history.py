"""What past rows say of an experiment that has not begun: units, their values, and how they come.

Everything is measured over windows as long as the experiment might be: a unit that is watched for
three weeks has more rows than one that is watched for one, so its values have another spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.features.accrual import Accrual, accrual_of
from assay.features.cells import ready, statistics
from assay.features.centring import about_mean
from assay.features.clock import with_microseconds
from assay.features.derived import with_derived
from assay.features.faults import check_columns, check_numbers, collect, explain
from assay.features.foreknown import Foreknown, explained
from assay.features.limits import within_limits
from assay.features.measure import Measure, Stage
from assay.features.measures import measures
from assay.features.summary import Sample
from assay.params import Column, Metric, Window
from assay.stats.spreads import quantile_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.features.faults import Frame

WEEK: Final = 7
MOST_UNITS: Final = 40_000
"""Units whose own values are brought back: a regular sample of them, where there are more."""
BEFORE: Final = 28
"""Days before a window that tell what a unit was like."""
LENGTHS: Final = (1, 2, 3, 4, 6, 8, 10, 13, 17, 26, 39, 52)
"""Weeks of the windows that values are measured over."""
_DAY: Final = 86_400_000_000
_TIME: Final = "assay_us"
_EARLIER: Final = "_before"

Columns = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which column of the history says what.

    Attributes:
        metrics: what is to be measured; covariates are left out, since history has its own.
        unit: column of what would be randomised; None where a row is a unit.
        time: column of the time; None where nothing is known of how units come.
        window: days that count as history.
    """

    metrics: tuple[Metric, ...]
    unit: Column | None = None
    time: Column | None = None
    window: Window | None = None

    def __post_init__(self) -> None:
        if not self.metrics:
            raise ParameterError("metrics is empty, expected at least one metric")
        if self.window is not None and self.time is None:
            raise ParameterError(
                "window is given without time", remedy="name the column of the time: time=…"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The last days of the history, as if they were the experiment.

    Attributes:
        days: its length; None where rows have no time.
        samples: metric → its values over the units of these days.
        quantiles: metric → its quantile, and the standard deviation that a unit adds to it.
    """

    days: int | None
    units: int
    samples: Mapping[str, Sample]
    quantiles: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What there is to plan with.

    Attributes:
        days: from the first to the last, both counted; None without a time.
        stretches: of rising length; a single one without a time.
        accrual: how units come; None without a time.
        foreknown: metric → what was known before; empty where that cannot be said.
    """

    layout: Layout
    rows: int
    first: date | None
    last: date | None
    days: int | None
    stretches: tuple[Stretch, ...]
    accrual: Accrual | None
    foreknown: Mapping[str, Foreknown]
    left_out: tuple[LeftOut, ...] = ()


def summarise_history(
    frame: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    layout: Layout,
) -> History:
    """Means and spreads over windows of rising length, how units come, and what was known before.

    Each window is one scan of its own last days, where the rows are; what comes back is a handful
    of numbers, and of at most `MOST_UNITS` units their values in two periods.

    Raises:
        DataError: where a column is missing or holds no numbers, a metric has no value, or no rows
            are left.
    """
    rows, using = _prepared(frame, layout)
    left_out = _nameless(nw.from_native(frame).lazy(), layout)
    if layout.time is None:
        stretch = _stretch(rows, using, layout, None)
        return History(
            layout=layout,
            rows=_count(rows),
            first=None,
            last=None,
            days=None,
            stretches=(stretch,),
            accrual=None,
            foreknown={},
            left_out=left_out,
        )
    first, last, number = _ends(rows)
    days = last - first + 1
    whole = days // WEEK * WEEK or days
    lengths = sorted({*(WEEK * w for w in LENGTHS if WEEK * w < whole), whole})
    return History(
        layout=layout,
        rows=number,
        first=_date(first),
        last=_date(last),
        days=days,
        stretches=tuple(_stretch(_last(rows, last, n), using, layout, n) for n in lengths),
        accrual=accrual_of(rows, layout.unit, first=first, last=last, day=_day_of()),
        foreknown=_foreknown(rows, using, layout, first, last),
        left_out=left_out,
    )


def unit_values(
    frame: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    layout: Layout,
    *,
    days: int | None,
) -> dict[str, Columns]:
    """Metric → the values of units over the last days: one column, or numerator and denominator.

    A regular sample of `MOST_UNITS` units, where there are more.
    """
    rows, using = _prepared(frame, layout)
    if layout.time is not None and days is not None:
        _, last, _ = _ends(rows)
        rows = _last(rows, last, days)
    using = within_limits(using, _units(rows, using, layout))
    table = _sampled(_kept(_units(rows, using, layout), using))
    return {
        measure.metric.name: _complete([table[name].to_numpy() for name in names])
        for measure in using
        if (names := measure.kept())
    }


def _prepared(frame: Any, layout: Layout) -> tuple[Frame, tuple[Measure, ...]]:  # noqa: ANN401
    rows: Frame = nw.from_native(frame).lazy()
    plain = tuple(
        metric.model_copy(update={"covariate": None, "covariates": []}) for metric in layout.metrics
    )
    rows, metrics = with_derived(rows, plain)
    named = [name for name in (layout.unit, layout.time) if name is not None]
    named += [name for metric in metrics for name in metric.columns]
    check_columns(rows, named, table="the history")
    for metric in metrics:
        check_numbers(rows, metric, metric.columns)
        if layout.unit is None and _needs_rows(metric):
            raise ParameterError(
                f"metric {metric.name!r} ({metric.kind}) is taken over the rows of a unit, but a"
                " row is a unit",
                remedy="name the unit",
            )
    if layout.time is not None:
        rows = with_microseconds(rows.filter(~nw.col(layout.time).is_null()), layout.time, _TIME)
        rows = _within(rows, layout.window)
    if layout.unit is not None:
        rows = rows.filter(~nw.col(layout.unit).is_null())
    return rows, measures(metrics, Stage(grouped=layout.unit is not None))


def _needs_rows(metric: Metric) -> bool:
    return metric.kind in {"pass@k", "pass^k"} or (metric.kind == "count" and metric.value is None)


def _nameless(rows: Frame, layout: Layout) -> tuple[LeftOut, ...]:
    """Rows that say nothing of who it was, or when."""
    told = ((layout.unit, "unit", "whose they are"), (layout.time, "time", "when they happened"))
    named = [(name, what, why) for name, what, why in told if name is not None]
    if not named:
        return ()
    wanted = [nw.col(name).null_count().alias(what) for name, what, _ in named]
    found = collect(rows.select(nw.len().alias("rows"), *wanted))[0]
    return tuple(
        LeftOut(
            what=f"rows without a {what}",
            count=int(found[what]),
            reason=f"{why} cannot be told",
            share=int(found[what]) / int(found["rows"]),
        )
        for _, what, why in named
        if found[what]
    )


def _within(rows: Frame, window: Window | None) -> Frame:
    if window is not None and window.start is not None:
        rows = rows.filter(nw.col(_TIME) >= _number(window.start) * _DAY)
    if window is not None and window.end is not None:
        rows = rows.filter(nw.col(_TIME) < (_number(window.end) + 1) * _DAY)
    return rows


def _last(rows: Frame, last: int, days: int, *, skipping: int = 0) -> Frame:
    """The rows of the last days, or of as many before these."""
    end = (last + 1 - skipping) * _DAY
    return rows.filter((nw.col(_TIME) >= end - days * _DAY) & (nw.col(_TIME) < end))


def _day_of() -> nw.Expr:
    return (nw.col(_TIME) / _DAY).floor().cast(nw.Int64)


def _ends(rows: Frame) -> tuple[int, int, int]:
    ends = (nw.col(_TIME).min().alias("first"), nw.col(_TIME).max().alias("last"))
    found = collect(rows.select(*ends, nw.len().alias("rows")))[0]
    if not found["rows"]:
        raise DataError("no rows are left to plan with", remedy="check window and data")
    return int(found["first"]) // _DAY, int(found["last"]) // _DAY, int(found["rows"])


def _count(rows: Frame) -> int:
    found = int(collect(rows.select(nw.len().alias("rows")))[0]["rows"])
    if not found:
        raise DataError("no rows are left to plan with", remedy="check the data")
    return found


def _units(rows: Frame, using: Sequence[Measure], layout: Layout) -> Frame:
    """One row per unit, with the values of all metrics."""
    schema = dict(rows.collect_schema())
    columns = [expr for measure in using for expr in measure.rows(schema)]
    if layout.unit is None:
        return rows.select(*columns)
    units = rows.select(nw.col(layout.unit).alias("unit"), *columns).group_by("unit")
    grouped = units.agg(nw.len().alias("rows"), *(e for m in using for e in m.units()))
    absent = nw.col("rows").is_null()
    return grouped.select("unit", *(expr for m in using for expr in m.settled(absent)))


def _stretch(rows: Frame, using: Sequence[Measure], layout: Layout, days: int | None) -> Stretch:
    using = within_limits(using, _units(rows, using, layout))
    found, units = _samples(rows, using, layout)
    centred = about_mean(using, {name: {"": sample} for name, sample in found.items()})
    if tuple(centred) != tuple(using):
        found, units = _samples(rows, centred, layout)
    return Stretch(days=days, units=units, samples=found, quantiles=_quantiles(rows, using, layout))


def _quantiles(
    rows: Frame, using: Sequence[Measure], layout: Layout
) -> dict[str, tuple[float, float]]:
    """Of metrics that are one, where units enough lie on both sides of it."""
    mine = [m for m in using if m.metric.kind == "quantile"]
    table = _sampled(_kept(_units(rows, mine, layout), mine)) if mine else None
    found = {}
    for measure in mine:
        (values,) = _complete([table[name].to_numpy() for name in measure.kept()])  # type: ignore[index]
        try:
            found[measure.metric.name] = quantile_spread(values, measure.metric.quantile or 0.5)
        except DataError:
            continue
    return found


def _kept(units: Frame, using: Sequence[Measure]) -> Frame:
    """The units' values as they count: held to limits, where a metric has some."""
    unit = ["unit"] if "unit" in units.collect_schema().names() else []
    return units.select(
        *unit, *(e.alias(name) for measure in using for name, e in measure.kept().items())
    )


def _samples(
    rows: Frame, using: Sequence[Measure], layout: Layout
) -> tuple[dict[str, Sample], int]:
    units = ready(_units(rows, using, layout), using)
    row = collect(units.select(*statistics(using)))[0]
    found = {}
    for measure in using:
        sample = measure.sample(row)
        if sample is None:
            raise explain(rows, measure.metric)
        found[measure.metric.name] = sample
    return found, int(row["units"])


def _foreknown(
    rows: Frame, using: Sequence[Measure], layout: Layout, first: int, last: int
) -> dict[str, Foreknown]:
    """From the last weeks and those before them, as many as the history has of each."""
    days = last - first + 1
    length = min(BEFORE, days // 2 // WEEK * WEEK)
    if layout.unit is None or not length:
        return {}
    before = min(BEFORE, days - length)
    using = within_limits(using, _units(_last(rows, last, length), using, layout))
    now = _kept(_units(_last(rows, last, length), using, layout), using)
    then = _units(_last(rows, last, before, skipping=length), using, layout)
    then = _kept(then, using)
    names = [name for measure in using for name in measure.kept()]
    then = then.rename({name: f"{name}{_EARLIER}" for name in names} | {"unit": "earlier"})
    table = _sampled(now.join(then, how="left", left_on="unit", right_on="earlier"))
    found = {}
    for measure in using:
        mine = measure.kept() if measure.metric.kind not in {"quantile", "time_to_event"} else ()
        columns = [
            table[f"{name}{suffix}"].cast(float).fill_null(float("nan")).to_numpy()
            for suffix in ("", _EARLIER)
            for name in mine
        ]
        known = explained(columns[: len(mine)], columns[len(mine) :]) if mine else None
        if known is not None:
            found[measure.metric.name] = Foreknown(
                days=length, before=before, share=known[0], rho_squared=known[1]
            )
    return found


def _sampled(units: Frame) -> pl.DataFrame:
    """The table of units, or every so-manyth of them in the order of their names."""
    names = units.collect_schema().names()
    if "unit" in names:
        number = int(collect(units.select(nw.len().alias("units")))[0]["units"])
        step = -(-number // MOST_UNITS)
        if step > 1:
            numbered = units.with_row_index("place", order_by="unit")
            units = numbered.filter(nw.col("place") % step == 0).drop("place")
        units = units.sort("unit")
    else:
        units = units.head(MOST_UNITS)
    found: pl.DataFrame = units.collect(backend="polars").to_native()
    return found


def _complete(columns: list[NDArray[Any]]) -> Columns:
    table = np.array([column.astype(float) for column in columns])
    return tuple(table[:, ~np.isnan(table).any(axis=0)])


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _date(number: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)
