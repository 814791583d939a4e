"""Metrics by dimension as plain series: values, errors and counts of every period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from assay.core.errors import ParameterError
from assay.core.units import COUNT, NONE, SECONDS, SHARE, USD
from assay.features.negatives import negatives
from assay.features.series import series
from assay.params import Metric, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.features.periods import Every

Json = dict[str, Any]

KINDS: Final = frozenset({"rate", "mean", "count", "ratio", "quantile"})
_POSITIVE: Final = frozenset({SHARE, USD, SECONDS, COUNT, "tokens"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One metric of one group over all periods, from the first to the last that is complete.

    Attributes:
        at: when each period begins, by the clocks of the zone.
        values: NaN in a gap; errors: NaN where unknown; n: units behind each.
        unfinished: the period after them that has begun and is not over: label, n and value.
        thin: periods that are gaps since too few units are in them for such a quantile: where not
            one would lie beyond it, what is seen is the most extreme unit, and less than it.
        notes: what is odd in the data behind it.
        low, high: bounds that the metric cannot cross; None where there is none.
        total: whether values are totals of a period, so that parts add up to the whole.
    """

    metric: str
    unit: str
    better: str
    group: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    at: tuple[datetime, ...]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    n: NDArray[np.int64]
    missing: int
    unfinished: tuple[str, int, float | None] | None
    low: float | None
    high: float | None
    total: bool = False
    quantile: float | None = None
    thin: int = 0
    notes: tuple[str, ...] = ()


def watched(  # noqa: PLR0913  what is measured, when, by what and of which units are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    metrics: Sequence[Metric | Json],
    *,
    every: Every,
    time: str,
    by: Sequence[str] = (),
    unit: str | None = None,
    time_zone: str = "UTC",
    window: Window | Json | None = None,
    as_of: date | str | None = None,
) -> tuple[Watched, ...]:
    """Each metric by each group, in the order of the metrics, then of the groups.

    A period that the data do not cover from its start to its end is none of the series: the last
    is kept apart as `unfinished`, so that it is never read as a drop. Metrics and window may be
    plain values, as a notebook's parameters cell holds them.

    Args:
        rows: as `series` takes them, with what follows.
        metrics: rate, mean, count, ratio or quantile.
        every: length of a period.
        time: column of times or days.
        by: columns whose values' combinations are groups.
        unit: column of what resembles itself; not of quantiles, whose errors are of rows.
        time_zone: whose calendar it is.
        window: days that count, which the data are taken to cover.
        as_of: last day that the data cover; what comes later does not count.

    Raises:
        ParameterError: for a parameter that is not as it should be, or a metric that
            has no value per period.
        DataError: where a column is missing, a row has no time, or a value is wrong.
    """
    span = _checked("window", Window | None, window) or Window.model_validate({})
    ends = [day for day in (span.end, _checked("as_of", date | None, as_of)) if day is not None]
    found: list[Watched] = []
    asked_for = _checked("metrics", list[Metric], list(metrics))
    if not asked_for:
        raise ParameterError(
            "metrics is empty, expected one or more",
            remedy="name metrics of metrics.yaml, or write them out",
        )
    for metric in asked_for:
        if metric.kind not in KINDS:
            raise ParameterError(
                f"metric {metric.name!r} is of kind {metric.kind}, which has no value per period",
                remedy=f"kinds of a trend: {', '.join(sorted(KINDS))}",
            )
        quantile = metric.quantile if metric.kind == "quantile" else None
        asked = metric
        if quantile is not None:
            asked = metric.model_copy(update={"kind": "mean", "quantile": None})
        frame = series(
            rows,
            asked,
            every=every,
            time=time,
            by=by,
            unit=None if quantile is not None else unit,
            quantile=quantile,
            time_zone=time_zone,
            start=span.start,
            end=min(ends) if ends else None,
        )
        if not frame.height:
            continue
        groups = frame.partition_by(list(by), maintain_order=True) if by else [frame]
        held = _Held.of(groups[0], every)
        found += [_watched(part, metric, by, held) for part in groups]
    return _noted(found, rows, asked_for)


def _noted(found: Sequence[Watched], rows: Any, metrics: Sequence[Metric]) -> tuple[Watched, ...]:  # noqa: ANN401
    """The series, those that rest on impossible numbers with a note."""
    amounts = [m for m in metrics if m.kind != "rate" and unit_of(m) in _POSITIVE]
    odd = negatives(rows, amounts) if found and amounts else {}
    notes = {
        name: f"{column!r} is below zero in {count:,} row{'s'[: count != 1]} of the data, expected "
        "in none: correct or remove them, unless they are meant"
        for name, (column, count) in odd.items()
    }
    return tuple(
        replace(one, notes=(*one.notes, notes[one.metric])) if one.metric in notes else one
        for one in found
    )


def _checked(name: str, kind: Any, given: object) -> Any:  # noqa: ANN401  any of the parameters
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part!r}]" for part in first["loc"])
        raise ParameterError(
            f"{name}{place}: {first['msg'].removeprefix('Value error, ')}"
        ) from None


def unit_of(metric: Metric) -> str:
    """The metric's own unit, or that of its kind."""
    if metric.unit is not None:
        return metric.unit
    return {"rate": SHARE, "count": COUNT}.get(metric.kind, NONE)


@dataclass(frozen=True, slots=True)
class _Held:
    """The periods from `first` to before `last` that a series holds, in every group the same."""

    first: int
    last: int
    labels: tuple[str, ...]
    at: tuple[datetime, ...]

    @classmethod
    def of(cls, part: pl.DataFrame, every: Every) -> _Held:
        inside = np.flatnonzero(part["complete"].to_numpy())
        first, last = (int(inside[0]), int(inside[-1]) + 1) if inside.size else (0, 0)
        labels = tuple(part["label"][first:last].to_list())
        return cls(first, last, labels, tuple(_local(label, every) for label in labels))


def _watched(part: pl.DataFrame, metric: Metric, by: Sequence[str], held: _Held) -> Watched:
    kept = part.slice(held.first, held.last - held.first)
    values = kept["value"].cast(float).fill_null(float("nan")).to_numpy()
    n = kept["n"].to_numpy()
    thin = (n > 0) & (n * _beyond(metric) < 1)
    values = np.where(thin, np.nan, values)
    unit = unit_of(metric)
    low, high = _bounds(values, metric, unit)
    rest = part.slice(held.last)
    unfinished = None
    if rest.height:
        row = rest.row(0, named=True)
        unfinished = (str(row["label"]), int(row["n"]), row["value"])
    return Watched(
        metric=metric.name,
        unit=unit,
        better=metric.better,
        group=tuple((name, _shown(part[name][0])) for name in by),
        labels=held.labels,
        at=held.at,
        values=np.array(values, dtype=np.float64),
        errors=np.where(
            thin, np.nan, kept["standard_error"].cast(float).fill_null(float("nan")).to_numpy()
        ),
        n=n.copy(),
        missing=int(kept["missing"].sum()),
        unfinished=unfinished,
        low=low,
        high=high,
        total=metric.kind == "count",
        quantile=metric.quantile if metric.kind == "quantile" else None,
        thin=int(thin.sum()),
    )


def _beyond(metric: Metric) -> float:
    """Share of units beyond the metric's quantile, on its nearer side; one where it is none."""
    if metric.kind != "quantile" or metric.quantile is None:
        return 1.0
    return min(metric.quantile, 1 - metric.quantile)


def _bounds(
    values: NDArray[np.float64], metric: Metric, unit: str
) -> tuple[float | None, float | None]:
    """What the metric cannot be below or above; no bound that the data themselves cross."""
    here = values[np.isfinite(values)]
    low = 0.0 if metric.kind in {"rate", "count"} or unit in _POSITIVE else None
    high = 1.0 if metric.kind == "rate" or unit == SHARE else None
    if low is not None and here.size and here.min() < low:
        low = None
    if high is not None and here.size and here.max() > high:
        high = None
    return low, high


def _local(label: str, every: Every) -> datetime:
    if every == "hour":
        return datetime.fromisoformat(label).replace(tzinfo=None)
    if every == "week":
        year, week = label.split("-W")
        day = date.fromisocalendar(int(year), int(week), 1)
    elif every == "month":
        day = date.fromisoformat(f"{label}-01")
    else:
        day = date.fromisoformat(label)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  a local calendar's day


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)
