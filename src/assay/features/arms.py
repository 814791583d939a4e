"""Rows → one summary per arm, by one scan, on whatever engine holds the rows."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.features.cells import Cell, by_row
from assay.features.design import Design
from assay.features.faults import check_columns, check_numbers, explain
from assay.features.labels import check_arms, in_order
from assay.features.measure import Measure, Stage
from assay.features.measures import measures
from assay.features.pairing import summarise_pairs
from assay.features.summary import Sample, Samples, Segment, Summary
from assay.features.units import by_unit
from assay.features.values import Values
from assay.features.window import in_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

    from assay.features.faults import Frame
    from assay.stats.moments import Moments

__all__ = ["Design", "Summary", "summarise_arms"]

_FAR = 1e5
"""Mean in standard deviations, from which on a second scan takes moments about the mean."""
_CONSTANT = 1e-12
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
    _check_input(rows, design, assigned)
    rows = in_scope(rows, design)
    if design.design == "paired":
        return summarise_pairs(rows, design)
    return _summarise(rows, design, assigned)


def _check_input(rows: Frame, design: Design, assigned: Frame | None) -> None:
    named = [design.unit, design.time]
    elsewhere = set() if assigned is None else set(assigned.collect_schema().names())
    if assigned is None:
        named.append(design.arm)
    if design.design == "paired":
        named.append(design.pairing)
    named += [name for name in design.segments if name not in elsewhere]
    named += [name for metric in design.metrics for name in metric.columns]
    check_columns(rows, [name for name in named if name is not None], table="the data")
    for metric in design.metrics:
        check_numbers(rows, metric)


def _summarise(rows: Frame, design: Design, assigned: Frame | None) -> Summary:
    stage = Stage(grouped=design.unit is not None, assigned=assigned is not None)
    wanted = measures(design.metrics, stage)

    def scan(using: Sequence[Measure]) -> list[Cell]:
        if design.unit is None:
            return by_row(rows, design, using)
        return by_unit(rows, design, using, assigned)

    cells = scan(wanted)
    kept = [cell for cell in cells if cell.arm is not None]
    arms = check_arms({cell.arm for cell in kept if cell.arm is not None}, design)
    samples = _samples(rows, wanted, kept)
    centred = _centred(wanted, samples)
    if centred != wanted:
        kept = [cell for cell in scan(centred) if cell.arm is not None]
        samples = _samples(rows, centred, kept)
    _check_samples(design, arms, samples)
    units = {arm: sum(cell.units for cell in kept if cell.arm == arm) for arm in arms}
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
        left_out=_left_out(cells, units),
        samples=samples,
        pairs={},
        segments=_segments(design, centred, kept),
    )


def _samples(rows: Frame, using: Sequence[Measure], cells: Iterable[Cell]) -> Samples:
    samples: Samples = {measure.metric.name: {} for measure in using}
    for cell in cells:
        for measure in using:
            found = measure.sample(cell.statistics)
            if found is None:
                raise explain(rows, measure.metric)
            _add(samples[measure.metric.name], cell.arm or "", found)
    return samples


def _add(into: dict[str, Sample], arm: str, sample: Sample) -> None:
    into[arm] = into[arm] + sample if arm in into else sample


def _centred(using: Sequence[Measure], samples: Samples) -> tuple[Measure, ...]:
    """The same measures, taken about the mean where values lie far from zero."""
    return tuple(
        replace(measure, centre=_pooled(samples[measure.metric.name]).moments.mean)
        if isinstance(measure, Values) and _is_far(_pooled(samples[measure.metric.name]))
        else measure
        for measure in using
    )


def _pooled(samples: dict[str, Sample]) -> Sample:
    first, *others = samples.values()
    for other in others:
        first += other
    return first


def _is_far(sample: Sample) -> bool:
    moments = sample.moments
    return any(
        mean * mean * moments.n > _FAR * _FAR * moments.scatter[i][i] > 0
        for i, mean in enumerate(moments.mean)
    )


def _check_samples(design: Design, arms: tuple[str, ...], samples: Samples) -> None:
    for metric in design.metrics:
        of_metric = samples[metric.name]
        for arm in arms:
            if of_metric[arm].n == 0:
                raise DataError(
                    f"arm {arm!r} is empty: none of its {of_metric[arm].missing:,} units has a"
                    f" value of metric {metric.name!r}",
                    remedy="leave this metric out, or the arm",
                )
        moments = _pooled(of_metric).moments
        names = list(metric.columns) if len(moments.mean) > 1 else [metric.name]
        still = [_is_constant(moments, i) for i in range(len(moments.mean))]
        if metric.covariate is not None and still.pop():
            raise DataError(
                f"metric {metric.name!r}: covariate {metric.covariate!r} is constant",
                remedy="leave it out",
            )
        if all(still):
            raise DataError(
                f"metric {metric.name!r} is constant: {names[0]} is {moments.mean[0]:.6g} for all"
                f" {moments.n:,} units",
                remedy="there is nothing to compare; is this the right column?",
            )


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


def _segments(
    design: Design, using: Sequence[Measure], cells: Sequence[Cell]
) -> tuple[Segment, ...]:
    found = []
    for i, column in enumerate(design.segments):
        for value in in_order({cell.segments[i] for cell in cells}):
            samples: Samples = {measure.metric.name: {} for measure in using}
            for cell in cells:
                if cell.segments[i] != value or cell.arm is None:
                    continue
                for measure in using:
                    sample = measure.sample(cell.statistics)
                    if sample is not None:
                        _add(samples[measure.metric.name], cell.arm, sample)
            found.append(Segment(column=column, segment=value, samples=samples))
    return tuple(found)
