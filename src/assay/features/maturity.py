"""What happened to a unit how long after its exposure, and whose time is not over yet."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.features.clock import DAY, seconds_of, with_microseconds
from assay.features.exposure import EXPOSED
from assay.features.faults import check_columns, collect
from assay.features.window import of_experiment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.design import Design
    from assay.features.exposure import Exposure
    from assay.features.faults import Frame
    from assay.features.summary import Sample
    from assay.params import Metric

AGE: Final = "age_us"
"""Our name for microseconds from a unit's exposure to a row of it."""
_AT: Final = "at_us"
_SINCE: Final = "since_us"
_KNOWN: Final = "known_unit"
_MICRO: Final = 1_000_000


def within(days: int) -> nw.Expr:
    """Whether a row lies within so many days of 24 hours since its unit's exposure."""
    age = nw.col(AGE)
    return (age >= 0) & (age < days * DAY * _MICRO)


def over(days: int, through: int) -> nw.Expr:
    """Whether a unit was exposed so long ago that its days are over."""
    return nw.col(EXPOSED) <= through - days * DAY * _MICRO


def with_age(
    rows: Frame, assigned: Frame | None, design: Design, exposure: Exposure | None
) -> tuple[Frame, int | None]:
    """The rows with their age, and until when there are data; None where no metric asks.

    Data reach to the end of the design's window, or else to the time of the last row.

    Args:
        rows: with the exposure, where they tell it.
        assigned: with the exposure, where they tell it.
        design: which column says what.
        exposure: where the exposure is told.

    Raises:
        ParameterError: where a metric has a window, but units or their times are not known.
    """
    asked = [metric for metric in design.metrics if metric.window_days is not None]
    if not asked:
        return rows, None
    if design.unit is None or design.time is None or exposure is None:
        raise ParameterError(
            f"metric {asked[0].name!r} has window_days, expected units and times",
            remedy="name unit and time, so that rows can be told by their days since exposure",
        )
    rows = with_microseconds(rows, design.time, _AT)
    since = nw.col(EXPOSED).min().over(design.unit)
    if exposure.assigned and assigned is not None:
        known = _by_unit(of_experiment(assigned, design), design, EXPOSED, nw.col(EXPOSED).min())
        known = known.rename({EXPOSED: _SINCE, "unit": _KNOWN})
        rows = rows.join(known, how="left", left_on=design.unit, right_on=_KNOWN)
        since = nw.col(_SINCE)
    rows = rows.with_columns((nw.col(_AT) - since).alias(AGE))
    if design.window is not None and design.window.end is not None:
        end = datetime.combine(design.window.end + timedelta(days=1), time(), tzinfo=UTC)
        return rows, seconds_of(end) * _MICRO
    last = collect(rows.select(nw.col(_AT).max()))[0][_AT]
    return rows, int(last or 0)


def check_measured_before(
    rows: Frame, assigned: Frame | None, design: Design, exposure: Exposure | None
) -> None:
    """That no covariate was measured after its unit's exposure, where a metric says when it was.

    Raises:
        DataError: with the units for which it was, or where the column is missing.
        ParameterError: where nobody knows when units were exposed.
    """
    for metric in design.metrics:
        column = metric.covariate_at
        if column is None:
            continue
        if exposure is None:
            raise ParameterError(
                f"metric {metric.name!r} has covariate_at, expected the time of exposure",
                remedy="name it: exposure=…, or time=…",
            )
        theirs = assigned is not None and column in assigned.collect_schema().names()
        source = assigned if assigned is not None and theirs else rows
        check_columns(source, [column], table="the data")
        late, units = _late(source, assigned if exposure.assigned else rows, design, column)
        if late:
            raise DataError(
                f"metric {metric.name!r}: {_told(metric)} was measured after exposure in {late:,}"
                f" of {units:,} units ({column!r})",
                remedy="use what was known before: afterwards the treatment can have changed it",
            )


def _late(source: Frame, exposed: Frame | None, design: Design, column: str) -> tuple[int, int]:
    """Units whose covariate is younger than their exposure, and all that have both."""
    dated = with_microseconds(source, column, _AT)
    if design.unit is None:
        both = dated.select(_AT, EXPOSED)
    else:
        one = _by_unit(dated, design, _AT, nw.col(_AT).max())
        other = _by_unit(exposed or source, design, EXPOSED, nw.col(EXPOSED).min())
        both = one.join(other.rename({"unit": _KNOWN}), left_on="unit", right_on=_KNOWN)
    late = (nw.col(_AT) > nw.col(EXPOSED)).cast(nw.Int64).sum().alias("late")
    found = collect(both.select(late, nw.len().alias("units")))[0]
    return int(found["late"] or 0), int(found["units"])


def _by_unit(frame: Frame, design: Design, name: str, value: nw.Expr) -> Frame:
    names = frame.collect_schema().names()
    unit = design.unit if design.unit in names else "unit_id"
    chosen = frame.select(nw.col(unit or "").alias("unit"), name)
    return chosen.group_by("unit").agg(value.alias(name))


def _told(metric: Metric) -> str:
    return " and ".join(metric.adjusters)


def immature(
    metrics: tuple[Metric, ...], samples: Mapping[str, Mapping[str, Sample]]
) -> tuple[LeftOut, ...]:
    """Of each metric the units whose days are not over, who would look like units of few events."""
    found = []
    for metric in metrics:
        count = sum(sample.immature for sample in samples[metric.name].values())
        if count:
            whole = sum(s.n + s.missing + s.immature for s in samples[metric.name].values())
            reason = f"their {metric.window_days} days since exposure are not over"
            found.append(
                LeftOut(
                    what=f"units in {metric.name}", count=count, reason=reason, share=count / whole
                )
            )
    return tuple(found)
