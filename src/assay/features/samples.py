"""Cells of one scan → samples: of each arm, of each value of a group, of each day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from assay.features.cells import Cell
from assay.features.labels import in_order
from assay.features.summary import DaySamples, Exposed, Sample, Samples, Segment, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from assay.core.errors import DataError
    from assay.features.design import Design
    from assay.features.measure import Measure
    from assay.params import Metric


@dataclass(frozen=True, slots=True)
class CellSamples:
    """A cell that counts, with a sample of each metric."""

    cell: Cell
    samples: Mapping[str, Sample]


def sampled(
    using: Sequence[Measure], cells: Iterable[Cell], fault: Callable[[Metric], DataError]
) -> list[CellSamples]:
    """Each cell's samples, cells in an order that no engine's threads decide.

    Raises:
        DataError: by `fault`, where a metric's values are not what they should be.
    """
    ordered = sorted(cells, key=lambda cell: (cell.arm or "", cell.groups, cell.day or date.min))
    return [CellSamples(cell, _of_cell(using, cell, fault)) for cell in ordered]


def _of_cell(
    using: Sequence[Measure], cell: Cell, fault: Callable[[Metric], DataError]
) -> dict[str, Sample]:
    samples = {}
    for measure in using:
        found = measure.sample(cell.statistics)
        if found is None:
            raise fault(measure.metric)
        names = list(measure.kept())
        if cell.kept is not None and names and names[0] in cell.kept:
            found = replace(found, values=_complete([cell.kept[name] for name in names]))
        samples[measure.metric.name] = found
    return samples


def _complete(columns: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], ...]:
    """Units that have all columns, sorted: engines hand them over in any order."""
    table = np.array(columns)
    table = table[:, ~np.isnan(table).any(axis=0)]
    return tuple(table[:, np.lexsort(table[::-1])])


def by_arm(cells: Iterable[CellSamples]) -> Samples:
    """The samples of each arm's units together."""
    parts: dict[str, dict[str, list[Sample]]] = {}
    for one in cells:
        for metric, sample in one.samples.items():
            parts.setdefault(metric, {}).setdefault(one.cell.arm or "", []).append(sample)
    return {
        metric: {arm: merged(samples) for arm, samples in arms.items()}
        for metric, arms in parts.items()
    }


def by_segment(design: Design, cells: Sequence[CellSamples]) -> tuple[Segment, ...]:
    """The samples within each value of each of the design's segments."""
    found = []
    for column in design.segments:
        place = design.groups.index(column)
        parts: dict[str, list[CellSamples]] = {}
        for one in cells:
            parts.setdefault(one.cell.groups[place], []).append(one)
        found += [
            Segment(column=column, segment=value, samples=by_arm(parts[value]))
            for value in in_order(parts)
        ]
    return tuple(found)


def by_stratum(design: Design, cells: Sequence[CellSamples]) -> tuple[Samples, ...]:
    """The samples within each combination of the design's strata."""
    places = [design.groups.index(column) for column in design.strata]
    parts: dict[tuple[str, ...], list[CellSamples]] = {}
    for one in cells if places else ():
        parts.setdefault(tuple(one.cell.groups[i] for i in places), []).append(one)
    return tuple(by_arm(parts[key]) for key in sorted(parts))


def by_value(design: Design, cells: Sequence[CellSamples]) -> tuple[Exposed, ...]:
    """Units per arm of each value of each of the design's segments, by day of exposure."""
    parts: dict[tuple[str, str, date | None], list[CellSamples]] = {}
    for column in design.segments:
        place = design.groups.index(column)
        for one in cells:
            key = (column, one.cell.groups[place], one.cell.day)
            parts.setdefault(key, []).append(one)
    return tuple(
        Exposed(column=column, value=value, day=day, units=units_of(found))
        for (column, value, day), found in parts.items()
    )


def by_day(cells: Sequence[CellSamples]) -> tuple[DaySamples, ...]:
    """The samples of each day of exposure; none where a unit's day is not known."""
    parts: dict[date, list[CellSamples]] = {}
    for one in cells:
        if one.cell.day is None:
            return ()
        parts.setdefault(one.cell.day, []).append(one)
    return tuple(
        DaySamples(day=day, units=units_of(parts[day]), samples=by_arm(parts[day]))
        for day in sorted(parts)
    )


def units_of(cells: Iterable[CellSamples]) -> dict[str, int]:
    """Arm → units, also those without a value."""
    units: dict[str, int] = {}
    for one in cells:
        units[one.cell.arm or ""] = units.get(one.cell.arm or "", 0) + one.cell.units
    return units
