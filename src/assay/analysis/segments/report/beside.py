"""What stands beside the segments: metrics by segment, and who uses it for what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.segments.comparing import SegmentsCompared, compare_segments
from assay.analysis.segments.crosstab import CrosstabResult, cross_tabulate
from assay.core.errors import DataError, ParameterError, nearest
from assay.features.main_values import main_values
from assay.features.segment_metrics import in_days, metrics_of, segment_metrics
from assay.stats.segmenting.placing import placed_without

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from assay.analysis.segments.report.forming import Formed
    from assay.features.segment_metrics import SegmentMetric
    from assay.features.unit_metrics import UnitMetrics

KINDS: Final = ("user_type",)
USES: Final = ("ctx_use_case", "use_case", "workflow_id", "agent_id", "operation")
"""Columns that tell what somebody uses it for; the first that there is."""
_CONTEXT: Final = "ctx_"
_MOST: Final = 50
"""Values of a context from which on it is a key rather than a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLabel:
    """What one metric is called, as in a sentence."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """A metric that was asked for and is not told, with the reason."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsBySegment:
    """Metrics by segment.

    Attributes:
        compared: numbers of units and of expected members are rounded down to whole multiples of
            the smallest cell, the mean certainty to two digits; None with a reason.
    """

    compared: SegmentsCompared | None
    reason: str
    metrics: tuple[MetricLabel, ...]
    left_out: tuple[NotCompared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoDoesWhat:
    """Persons by what they are, do, and where.

    Attributes:
        crossed: None with a reason, which is empty where nothing was asked for.
    """

    crossed: CrosstabResult | None
    reason: str


NO_METRICS: Final = MetricsBySegment(compared=None, reason="", metrics=(), left_out=())
NO_CROSS: Final = WhoDoesWhat(crossed=None, reason="")


def metrics_by_segment(  # noqa: PLR0913  of whom, of what, when, and what may be told
    formed: Formed,
    rows: pl.LazyFrame,
    names: Sequence[str],
    *,
    time: str = "occurred_at",
    time_zone: str = "UTC",
    smallest_cell: int = 10,
    alpha: float = 0.05,
    seed: int = 1,
) -> MetricsBySegment:
    """Each metric by segment, in the days that the segments were formed of.

    A metric that had a say in who is in which segment differs between them by construction.
    Differences of it are measured on entities that did not form the segments, placed by all other
    behaviours; nothing is claimed of it where that cannot be done.

    Args:
        formed: the segments, or that there are none.
        rows: interactions.
        names: of `METRICS`, or columns of numbers.
        time: column that dates a row.
        time_zone: whose days these are.
        smallest_cell: of fewer entities nothing is told.
        alpha: chance of any wrong claim, of each kind of comparison.
        seed: of folds.

    Raises:
        ParameterError: where a name is neither a metric nor a column.
    """
    metrics, missing = segment_metrics(rows, names)
    left_out = [NotCompared(name=name, reason=reason) for name, reason in missing]

    def untold(reason: str) -> MetricsBySegment:
        return MetricsBySegment(compared=None, reason=reason, metrics=(), left_out=tuple(left_out))

    if formed.profiles is None:
        return untold("there are no segments to be compared")
    if not metrics:
        return untold("the data have none of the metrics" if names else "")
    entity = formed.behaviour.entity
    if len(entity) != 1:
        return untold(f"entities are named by {len(entity)} columns, expected one")
    sums = metrics_of(
        in_days(rows, formed.behaviour.span, time=time, time_zone=time_zone),
        metrics,
        unit=entity[0],
    )
    kept, found = [], None
    for at, one in enumerate(metrics):
        try:
            _compared(formed, _of(sums, [at]), [one], {}, smallest_cell, alpha)
        except DataError as error:
            left_out.append(NotCompared(name=one.name, reason=_plain(error, one)))
        else:
            kept.append(at)
    told = [metrics[at] for at in kept]
    if kept:
        placed = _placed(formed, told, seed)
        found = _compared(formed, _of(sums, kept), told, placed, smallest_cell, alpha)
    if found is None:
        return untold("no metric is known of enough members")
    return MetricsBySegment(
        compared=_coarse(found),
        reason="",
        metrics=tuple(MetricLabel(name=one.name, label=one.label, unit=one.unit) for one in told),
        left_out=tuple(left_out),
    )


def _plain(error: DataError, one: SegmentMetric) -> str:
    return error.message.removeprefix(f"metric {one.name!r}: ")


def _of(sums: UnitMetrics, places: list[int]) -> UnitMetrics:
    return replace(
        sums,
        names=tuple(sums.names[at] for at in places),
        parts=sums.parts[:, places],
        wholes=sums.wholes[:, places],
    )


def _forming(formed: Formed, one: SegmentMetric) -> list[int]:
    return [at for at, feature in enumerate(formed.inputs.features) if feature.name in one.features]


def _placed(
    formed: Formed, metrics: Sequence[SegmentMetric], seed: int
) -> dict[str, NDArray[np.float64]]:
    placed = {}
    for one in metrics:
        columns = _forming(formed, one)
        if columns:
            found = placed_without(formed.inputs.matrix, formed.found, columns, seed)
            if found is not None:
                placed[one.name] = found
    return placed


def _compared(  # noqa: PLR0913, PLR0917  private: what is compared, and what may be told
    formed: Formed,
    sums: UnitMetrics,
    metrics: Sequence[SegmentMetric],
    placed: Mapping[str, NDArray[np.float64]],
    smallest_cell: int,
    alpha: float,
) -> SegmentsCompared:
    profiles = () if formed.profiles is None else formed.profiles.profiles
    return compare_segments(
        sums,
        [str(one) for one in formed.behaviour.frame["entity"]],
        [one.name for one in profiles],
        formed.found.membership.astype(np.float64),
        units=[one.unit for one in metrics],
        formed_by=[one.name for one in metrics if _forming(formed, one)],
        placed=placed,
        smallest_cell=smallest_cell,
        confidence=1 - alpha,
    )


def _coarse(found: SegmentsCompared) -> SegmentsCompared:
    """Numbers of units in multiples of the smallest cell: how many lack a value is not told."""
    cell = found.smallest
    return replace(
        found,
        units=found.units // cell * cell,
        certainty=round(found.certainty, 2),
        values=tuple(
            replace(one, expected=float(one.expected // cell * cell)) for one in found.values
        ),
        findings=tuple(
            replace(one, key=f"metric/{one.key.partition('/')[2]}", n=one.n // cell * cell)
            for one in found.findings
        ),
    )


def who_does_what(  # noqa: PLR0913  of whom, by what, when, and what may be told
    formed: Formed,
    rows: pl.LazyFrame,
    columns: Sequence[str] | None = None,
    *,
    time: str = "occurred_at",
    time_zone: str = "UTC",
    person: str = "user_id",
    smallest_cell: int = 10,
    alpha: float = 0.05,
) -> WhoDoesWhat:
    """Persons by two or three columns, in the days that the segments were formed of.

    Args:
        formed: whose days count.
        rows: interactions.
        columns: two or three; None takes what somebody is, does, and a context, where there are
            such columns; empty takes none.
        time: column that dates a row.
        time_zone: whose days these are.
        person: column that names a person.
        smallest_cell: of fewer persons nothing is told.
        alpha: chance of any wrong claim.

    Raises:
        ParameterError: where a column is missing, or not two or three are named.
    """
    schema = rows.collect_schema()
    names = list(columns) if columns is not None else _usual(rows)
    if columns is not None and not names:
        return NO_CROSS
    if columns is None and len(names) < 2:
        return WhoDoesWhat(
            crossed=None,
            reason=f"the data do not say what {'somebody does' if names else 'somebody is'}",
        )
    for name in names:
        if name not in schema:
            raise ParameterError(
                f"cross: there is no column {name!r}", remedy=nearest(name, schema)
            )
    if person not in schema:
        return WhoDoesWhat(crossed=None, reason=f"the data have no column {person}")
    inside = in_days(rows, formed.behaviour.span, time=time, time_zone=time_zone)
    try:
        found = cross_tabulate(
            main_values(inside, names, person=person),
            names,
            person=person,
            smallest_cell=smallest_cell,
            confidence=1 - alpha,
        )
    except DataError:
        return WhoDoesWhat(crossed=None, reason="too few persons are known")
    return WhoDoesWhat(crossed=found, reason="")


def _usual(rows: pl.LazyFrame) -> list[str]:
    """What somebody is, what for, and the first context that is no key."""
    import polars as pl  # noqa: PLC0415  types of columns only

    schema = rows.collect_schema()
    found = [name for name in KINDS if name in schema]
    found += [name for name in USES if name in schema][:1]
    contexts = [
        name
        for name, kind in schema.items()
        if name.startswith(_CONTEXT)
        and name not in found
        and (kind in {pl.String, pl.Boolean} or isinstance(kind, (pl.Categorical, pl.Enum)))
    ]
    if contexts:
        known = rows.select(pl.col(contexts).n_unique()).collect().row(0, named=True)
        found += [name for name in contexts if 2 <= known[name] <= _MOST][:1]
    return found
