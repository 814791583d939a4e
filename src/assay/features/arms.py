"""Rows → one summary per arm, by one scan, on whatever engine holds the rows."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.features.cells import Cell, Found, by_row
from assay.features.centring import about_mean, pooled
from assay.features.clusters import as_clustered, with_clusters
from assay.features.combining import with_combined
from assay.features.derived import with_derived
from assay.features.design import Design
from assay.features.exposure import exposure_of, with_exposure
from assay.features.faults import brings, check_columns, check_numbers, explain
from assay.features.kept import NEED_VALUES, are_few, with_values
from assay.features.labels import check_arms
from assay.features.layout import settled, share_units
from assay.features.limits import within_limits
from assay.features.maturity import check_measured_before, immature, with_age
from assay.features.measure import Measure, Stage
from assay.features.measures import measures
from assay.features.pairing import summarise_pairs
from assay.features.samples import (
    by_arm,
    by_day,
    by_segment,
    by_stratum,
    by_value,
    sampled,
    units_of,
)
from assay.features.sharing import sharing_of
from assay.features.summary import Samples, Summary
from assay.features.units import by_unit
from assay.features.values import Limits, Values
from assay.features.window import assigned_in_scope, in_scope, without_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.features.faults import Frame
    from assay.params import Metric
    from assay.stats.moments import Moments

__all__ = ["Design", "Summary", "summarise_arms"]

_TINY = 1e-150
"""Size whose square double precision hardly holds."""
_CONSTANT = 1e-15
"""Standard deviation in means, below which nothing but rounding varies."""


def summarise_arms(
    frame: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    design: Design,
    *,
    assignments: pl.LazyFrame | Any | None = None,  # noqa: ANN401
) -> Summary:
    """What an A/B test needs to know of each arm: counts, means and centred moments.

    The rows are read once, where they are; only a handful of numbers per arm (and segment) come
    back. Checks are read off those numbers, and only where one fails do the rows get a second
    look, to say what is wrong.

    Args:
        frame: rows; a Polars lazy frame, or any other that Narwhals knows (DuckDB, PySpark …).
        design: which column says what.
        assignments: one row per assigned unit; then arms come from here, and units without rows
            count too: nothing happened to them, so rates, sums and counts are zero.

    Raises:
        DataError: where a column is missing or holds no numbers; where arm, unit or a metric has
            no value; where a metric is infinite or the same for all units; where there are fewer
            than two arms, the control is not among them, or an arm of the split has no rows.
        ParameterError: where assignments are given without a unit.
    """
    rows: Frame = nw.from_native(frame).lazy()
    assigned: Frame | None = None if assignments is None else nw.from_native(assignments).lazy()
    if assigned is not None and (design.unit is None or design.design == "paired"):
        raise ParameterError(
            "assignments are given, expected an independent design with a unit",
            remedy="name the column that they share with the data: unit=…",
        )
    rows = with_combined(rows, design.arm, design.combine) if assigned is None else rows
    if assigned is not None:
        names = assigned.collect_schema().names()
        own = design.arm if design.arm in names else "variant"
        assigned = with_combined(assigned, own, design.combine)
    rows, metrics = with_derived(rows, design.metrics)
    design = replace(design, metrics=metrics)
    _check_input(rows, design, assigned)
    dateless = without_time(rows, design)
    rows = in_scope(rows, design)
    if assigned is not None:
        assigned = assigned_in_scope(assigned, design)
    if design.cluster is not None:
        return _clustered(rows, design, assigned, dateless)
    layout = settled(rows, design, assigned=assigned is not None)
    found = None
    if layout.design == "independent":
        found = _summarise(rows, layout, assigned, may_pair=design.design == "auto")
    if found is None:
        found = summarise_pairs(rows, replace(layout, design="paired"))
    return replace(
        found,
        left_out=(*dateless, *found.left_out),
        chosen=design.design == "auto" and found.design.design == "paired",
        shared=sharing_of(rows, design, assigned),
    )


def _clustered(
    rows: Frame, design: Design, assigned: Frame | None, dateless: tuple[LeftOut, ...]
) -> Summary:
    """The summary of arms that whole clusters were put into."""
    if assigned is not None:
        raise ParameterError(
            "cluster and assignments are given, expected one of them",
            remedy="put arm and cluster into the data, one row per unit",
        )
    layout = replace(design, design="independent")
    units, summed = with_clusters(rows, layout)
    found = _summarise(units, summed, None, may_pair=False)
    if found is None:
        raise DataError("clusters are in several arms, expected each in one")
    whole = as_clustered(found, rows, layout)
    return replace(whole, left_out=(*dateless, *whole.left_out))


def _check_input(rows: Frame, design: Design, assigned: Frame | None) -> None:
    named = [design.unit, design.time]
    elsewhere = set() if assigned is None else set(assigned.collect_schema().names())
    if assigned is None:
        named.append(design.arm)
    if design.design == "paired":
        named.append(design.pairing)
    named += [name for name in design.groups if name not in elsewhere]
    named += [name for metric in design.metrics for name in _columns(metric, assigned)]
    check_columns(rows, [name for name in named if name is not None], table="the data")
    for metric in design.metrics:
        mine = _columns(metric, assigned)
        check_numbers(rows, metric, mine)
        if assigned is not None:
            check_numbers(assigned, metric, [name for name in metric.columns if name not in mine])


def _columns(metric: Metric, assigned: Frame | None) -> list[str]:
    """The metric's columns that the data, and not the assignments, must have."""
    if assigned is None:
        return list(metric.columns)
    return [name for name in metric.columns if not brings(assigned, metric, name)]


def _summarise(
    rows: Frame, design: Design, assigned: Frame | None, *, may_pair: bool
) -> Summary | None:
    """The summary of independent arms; None where they turn out to share their units."""
    exposure = exposure_of(design, rows, assigned)
    events = with_exposure(rows, exposure, assigned=False)
    chosen = None if assigned is None else with_exposure(assigned, exposure, assigned=True)
    check_measured_before(events, chosen, design, exposure)
    events, through = with_age(events, chosen, design, exposure)
    stage = Stage(
        grouped=design.unit is not None,
        assigned=assigned is not None,
        brought=frozenset(() if assigned is None else assigned.collect_schema().names()),
        through=through,
    )
    wanted = measures(design.metrics, stage)

    def scan(using: Sequence[Measure]) -> Found:
        if design.unit is None:
            return by_row(events, design, using, dated=exposure is not None)
        return by_unit(events, design, using, chosen, dated=exposure is not None)

    def fault(metric: Metric) -> DataError:
        return explain(rows, metric, assigned)

    found = scan(wanted)
    cells = found.cells
    kept = [cell for cell in cells if cell.arm is not None]
    crossed = sum(cell.units for cell in cells if cell.fate == "crossed")
    if may_pair and assigned is None and share_units(crossed, sum(cell.units for cell in kept)):
        return None
    _check_some(cells, kept, design)
    arms = check_arms({cell.arm for cell in kept if cell.arm is not None}, design)
    told = sampled(wanted, kept, fault)
    limited = within_limits(wanted, found.units)
    if limited != wanted:
        found = scan(limited)
        told = sampled(limited, _counted(found), fault)
    centred = about_mean(limited, by_arm(told))
    if centred != limited:
        found = scan(centred)
        told = sampled(centred, _counted(found), fault)
    fetched = [m for m in centred if are_few(kept) or m.metric.kind in NEED_VALUES]
    if fetched:
        told = sampled(centred, with_values(found, fetched), fault)
    samples = by_arm(told)
    _check_samples(design, arms, samples)
    _check_covariates(wanted, samples)
    by_size = units_of(told)
    units = {arm: by_size[arm] for arm in arms}
    counted = design.metrics[0]
    if design.unit is None and all(m.kind == "rate" and m.numerator for m in design.metrics):
        units = {arm: samples[counted.name][arm].n for arm in arms}
    days = [day for cell in kept for day in (cell.first, cell.last) if day is not None]
    return Summary(
        design=design,
        arms=arms,
        units=units,
        rows=sum(cell.rows for cell in kept),
        first=min(days, default=None),
        last=max(days, default=None),
        left_out=(*_left_out(cells, units), *immature(design.metrics, samples)),
        samples=samples,
        pairs={},
        segments=by_segment(design, told),
        strata=by_stratum(design, told),
        limits=_limits_of(centred),
        exposed=by_value(design, told),
        days=() if exposure is None else by_day(told),
        undated=0 if exposure is None else sum(cell.units for cell in kept if cell.day is None),
    )


def _counted(found: Found) -> list[Cell]:
    return [cell for cell in found.cells if cell.arm is not None]


def _limits_of(using: Sequence[Measure]) -> dict[str, tuple[Limits, ...]]:
    """Metric → how far its values may reach, of those that are held to limits."""
    return {m.metric.name: m.limits for m in using if isinstance(m, Values) and m.limits}


def _check_some(cells: Sequence[Cell], kept: Sequence[Cell], design: Design) -> None:
    crossed = sum(cell.units for cell in cells if cell.fate == "crossed")
    if crossed and not kept:
        raise DataError(
            f"all {crossed:,} units of {design.unit!r} are in more than one arm",
            remedy="name the experiment, or use design: paired where arms share their units",
        )


def _check_samples(design: Design, arms: tuple[str, ...], samples: Samples) -> None:
    """That every metric can be compared; one that is zero so far may stand beside others."""
    stood = []
    for metric in design.metrics:
        of_metric = samples[metric.name]
        for arm in arms:
            if of_metric[arm].n == 0:
                raise DataError(
                    f"arm {arm!r} is empty: none of its"
                    f" {of_metric[arm].missing + of_metric[arm].immature:,} units has a"
                    f" value of metric {metric.name!r}",
                    remedy="leave this metric out, or the arm",
                )
        moments = pooled(of_metric.values())
        parts = len(moments.mean) - _covariate_columns(metric)
        names = list(metric.columns) if len(moments.mean) > 1 else [metric.name]
        still = [_is_constant(moments, i) for i in range(parts)]
        step = 1 if metric.covariate_missing == "refuse" else 2
        for column, i in zip(metric.adjusters, range(parts, len(moments.mean), step), strict=False):
            if _is_constant(moments, i):
                raise DataError(
                    f"metric {metric.name!r}: covariate {column!r} is constant",
                    remedy="leave it out",
                )
        if all(_is_lost(moments, i) for i in range(len(still))):
            raise DataError(
                f"metric {metric.name!r} is too small to be squared in double precision",
                remedy="use a smaller unit",
            )
        if all(still):
            stood.append(metric.name)
            if moments.mean[0] or len(stood) == len(design.metrics):
                raise DataError(
                    f"metric {metric.name!r} is constant: {names[0]} is {moments.mean[0]:.6g} for"
                    f" all {moments.n:,} units",
                    remedy="there is nothing to compare; is this the right column?",
                )


def _covariate_columns(metric: Metric) -> int:
    """Columns of the moments that hold covariates and their indicators."""
    return len(metric.adjusters) * (1 if metric.covariate_missing == "refuse" else 2)


def _check_covariates(using: Sequence[Measure], samples: Samples) -> None:
    """That no unit drops out for want of a covariate, which those without rows cannot have.

    Leaving them out would compare only units that acted, and whether they did may be an effect.
    """
    for measure in using:
        metric = measure.metric
        imputed = metric.covariate_missing == "impute"
        if not metric.adjusters or metric.missing == "exclude" or imputed:
            continue
        if not (isinstance(measure, Values) and measure.is_zero_without_rows):
            continue
        missing = sum(sample.missing for sample in samples[metric.name].values())
        if missing:
            raise DataError(
                f"metric {metric.name!r}: {missing:,} assigned units have no rows, and so no"
                f" covariate {' and '.join(map(repr, metric.adjusters))}",
                remedy=f"put {' and '.join(metric.adjusters)} into the assignments, or set"
                " covariate_missing: impute (missing: exclude would compare only units that have"
                " rows)",
            )


def _is_lost(moments: Moments, column: int) -> bool:
    """Whether values are not zero, but all so near to it that their squares vanish."""
    spread = sqrt(moments.scatter[column][column] / moments.n)
    return 0 < max(spread, abs(moments.mean[column])) < _TINY


def _is_constant(moments: Moments, column: int) -> bool:
    spread = sqrt(moments.scatter[column][column] / moments.n)
    return spread <= _CONSTANT * abs(moments.mean[column])


def _left_out(cells: Sequence[Cell], units: dict[str, int]) -> tuple[LeftOut, ...]:
    found = []
    for fate, what, reason in _FATES:
        count = sum(cell.units for cell in cells if cell.fate == fate)
        if count:
            share = count / (count + sum(units.values()))
            found.append(LeftOut(what=what, count=count, reason=reason, share=share))
    return tuple(found)


_FATES = (
    ("crossed", "units in more than one arm", "which arm acted on them cannot be told"),
    ("unassigned", "units without an arm", "they have rows but were never assigned"),
)
