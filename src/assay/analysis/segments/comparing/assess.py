"""Metrics per unit and probabilities of membership → values and differences of segments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.analysis.segments.comparing.result import (
    How,
    SegmentDifference,
    SegmentsCompared,
    SegmentValue,
)
from assay.core.errors import DataError, ParameterError
from assay.core.finding import Estimate, Finding, observed
from assay.stats.group_means import GroupMeans, ends, group_means, two_sided
from assay.stats.meta_analysis.pooling import pool
from assay.stats.multiplicity.corrections import adjusted_p_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.features.unit_metrics import UnitMetrics

Array = NDArray[np.float64]

OTHER: Final = "(other)"
_SOME: Final = 0.5
"""Of a unit's spread: how far segments may lie apart, as thought of before the data."""


def compare_segments(  # noqa: PLR0913  what, of whom, and what may be told
    metrics: UnitMetrics,
    entities: Sequence[str],
    names: Sequence[str],
    memberships: Array,
    *,
    units: Sequence[str] = (),
    formed_by: Sequence[str] = (),
    placed: Mapping[str, Array] | None = None,
    smallest_cell: int = 10,
    confidence: float = 0.95,
) -> SegmentsCompared:
    """Each metric by segment, all differences of two, and each segment against all others.

    Values are per exposure of a metric (of a rate or mean: per value). Units of a metric without
    exposure bring nothing to it. How sure a membership is is carried by regression on the
    probabilities. All pairs of all metrics are one family, all comparisons with the rest another.

    Args:
        metrics: of each unit.
        entities: whose memberships these are.
        names: of the segments.
        memberships: entities by segments; what is missing to 1 is in no segment, which is a group
            of its own.
        units: of the metrics, for printing.
        formed_by: metrics that formed the segments.
        placed: of such a metric, memberships by segments that were formed of other units, each
            unit placed without a look at the metric; NaN where it was not placed. Differences of
            it are measured by these.
        smallest_cell: expected members that a segment needs to be told by itself.
        confidence: of the intervals.

    Raises:
        DataError: where no entity has a metric, fewer than two segments are left, segments
            cannot be told apart, or too few members of one have a value of a metric.
        ParameterError: where memberships do not fit the entities and names.
    """
    given = np.asarray(memberships, float)
    if given.shape != (len(entities), len(names)) or len(set(names)) != len(names):
        raise ParameterError(
            f"memberships of {given.shape}, expected {len(entities):,} entities by {len(names)} "
            "segments of different names"
        )
    rows, places = _aligned(metrics.units, entities)
    grouping = _told(list(names), given[places], smallest_cell)
    labels, parts = grouping.labels, grouping.of(given[places])
    told = list(units) or [""] * len(metrics.names)
    alpha = 1 - confidence
    found = [
        _One(
            name=name,
            unit=told[i],
            how=_how(name, formed_by, placed or {}),
            means=_means(
                metrics.parts[rows, i], metrics.wholes[rows, i], parts, name, smallest_cell
            ),
        )
        for i, name in enumerate(metrics.names)
    ]
    found = [
        one
        if one.how != "placed by others"
        else _by_others(
            one,
            metrics.parts[rows, i],
            metrics.wholes[rows, i],
            grouping.of((placed or {})[one.name][places]),
            smallest_cell,
        )
        for i, one in enumerate(found)
    ]
    pairs = _differences(found, labels, _pairs(len(labels)), alpha)
    rest = _differences(found, labels, _rests(parts.sum(axis=0)), alpha)
    return SegmentsCompared(
        units=len(rows),
        certainty=float(parts.max(axis=1).mean()),
        values=tuple(value for one in found for value in _values(one, labels, alpha)),
        pairs=pairs,
        against_rest=rest,
        merged=len(grouping.small),
        circular=tuple(one.name for one in found if one.how != "apart"),
        smallest=smallest_cell,
        confidence=confidence,
        findings=tuple(_finding(one, len(rows), confidence) for one in rest if one.differs),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _One:
    name: str
    unit: str
    how: How
    means: GroupMeans
    judged: GroupMeans | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grouping:
    """Which columns of memberships are told by themselves, and which together."""

    labels: list[str]
    kept: tuple[int, ...]
    small: tuple[int, ...]
    rest: bool

    def of(self, parts: Array) -> Array:
        """Memberships as they are told; who is in none is a column of its own, where there is."""
        if self.rest:
            nobody = np.clip(1 - parts.sum(axis=1), 0.0, 1.0)
            parts = np.column_stack((parts, nobody))
        parts = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-12)
        columns = [parts[:, i] for i in self.kept]
        if self.small:
            columns.append(parts[:, list(self.small)].sum(axis=1))
        return np.column_stack(columns)


_Contrast = tuple[int, int | None, Array]


def _aligned(units: Sequence[str], entities: Sequence[str]) -> tuple[list[int], list[int]]:
    where = {name: i for i, name in enumerate(entities)}
    rows = [i for i, name in enumerate(units) if name in where]
    if not rows:
        raise DataError("no entity of a segment has a metric", remedy="are their names alike?")
    return rows, [where[units[i]] for i in rows]


def _told(names: list[str], parts: Array, smallest: int) -> _Grouping:
    """Segments that are told; small ones, and who is in none, together."""
    nobody = np.clip(1 - parts.sum(axis=1), 0.0, 1.0)
    rest = bool(nobody.sum() > 0.5)
    if rest:
        names, parts = [*names, OTHER], np.column_stack((parts, nobody))
    parts = parts / parts.sum(axis=1, keepdims=True)
    order = np.argsort(parts.sum(axis=0), kind="stable")
    sizes = parts.sum(axis=0)
    small = [int(i) for i in order if sizes[i] < smallest]
    while small and len(small) < len(names) and sizes[small].sum() < smallest:
        small.append(int(order[len(small)]))
    if small and OTHER in names and names.index(OTHER) not in small:
        small.append(names.index(OTHER))
    kept = [i for i in range(len(names)) if i not in small]
    labels = [names[i] for i in kept] + ([OTHER] if small else [])
    if len(labels) < 2:
        raise DataError(
            f"{len(labels)} segment of {smallest} members or more, expected two or more",
            remedy="take more days, or fewer segments",
        )
    return _Grouping(labels=labels, kept=tuple(kept), small=tuple(small), rest=rest)


def _how(name: str, formed_by: Sequence[str], placed: Mapping[str, Array]) -> How:
    if name not in formed_by:
        return "apart"
    return "placed by others" if name in placed else "by construction"


def _by_others(one: _One, part: Array, whole: Array, parts: Array, smallest: int) -> _One:
    """With units in the segments that all other behaviours put them into, where that is known."""
    known = np.isfinite(parts).all(axis=1)
    try:
        judged = _means(part[known], whole[known], parts[known], one.name, smallest)
    except DataError:
        return replace(one, how="by construction")
    return replace(one, judged=judged)


def _means(part: Array, whole: Array, parts: Array, name: str, smallest: int) -> GroupMeans:
    some = whole > 0
    if parts[some].sum(axis=0).min() < smallest:
        raise DataError(
            f"metric {name!r}: fewer than {smallest} members of a segment have a value",
            remedy="leave it out, or take more days",
        )
    try:
        return group_means(part[some], whole[some], parts[some])
    except DataError as error:
        raise DataError(f"metric {name!r}: {error.message}", remedy=error.remedy) from error


def _pairs(count: int) -> list[_Contrast]:
    unit = np.eye(count)
    return [(i, j, unit[i] - unit[j]) for i, j in combinations(range(count), 2)]


def _rests(sizes: Array) -> list[_Contrast]:
    found: list[_Contrast] = []
    for i in range(len(sizes)):
        others = np.where(np.arange(len(sizes)) == i, 0.0, sizes)
        found.append((i, None, np.eye(len(sizes))[i] - others / others.sum()))
    return found


def _differences(
    metrics: Sequence[_One], labels: Sequence[str], contrasts: Sequence[_Contrast], alpha: float
) -> tuple[SegmentDifference, ...]:
    family = [(one, *contrast) for one in metrics for contrast in contrasts]
    numbers = [(one.judged or one.means).contrast(weights) for one, _, _, weights in family]
    p_values = [two_sided(*each) for each in numbers]
    adjusted = adjusted_p_values(p_values, "holm")
    found = []
    for (one, i, j, _), each, p, q in zip(family, numbers, p_values, adjusted, strict=True):
        low, high = ends(*each, alpha / len(family))
        found.append(
            SegmentDifference(
                metric=one.name,
                unit=one.unit,
                one=labels[i],
                other="" if j is None else labels[j],
                difference=Estimate(value=each[0], low=low, high=high),
                p=p,
                adjusted=1.0 if q is None else q,
                differs=one.how != "by construction" and q is not None and q <= alpha,
                how=one.how,
            )
        )
    return tuple(found)


def _values(one: _One, labels: Sequence[str], alpha: float) -> list[SegmentValue]:
    means = one.means
    variances = means.variances
    alone = [ends(*means.contrast(row), alpha) for row in np.eye(len(labels))]
    if (variances > 0).all() and means.spread > 0:
        drawn = pool(means.values, variances, scale=_SOME * means.spread)
        pooled, reach = drawn.values, drawn.intervals(alpha)
    else:
        pooled, reach = means.values, np.array(alone)
    return [
        SegmentValue(
            metric=one.name,
            unit=one.unit,
            segment=label,
            expected=float(means.sizes[i]),
            value=Estimate(value=float(means.values[i]), low=alone[i][0], high=alone[i][1]),
            pooled=Estimate(
                value=float(pooled[i]),
                low=min(float(reach[i][0]), float(pooled[i])),
                high=max(float(reach[i][1]), float(pooled[i])),
            ),
        )
        for i, label in enumerate(labels)
    ]


def _finding(one: SegmentDifference, n: int, confidence: float) -> Finding:
    more = (one.difference.value or 0.0) > 0
    return observed(
        key=f"segment/{one.metric}/{one.one}",
        what=f"{one.metric} of {one.one}",
        state="higher" if more else "lower",
        unit=one.unit,
        size=one.difference,
        n=n,
        confidence=confidence,
        reason="against all other segments together",
    )
