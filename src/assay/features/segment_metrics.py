"""Names of metrics → what they are in the data, which behaviours they are made of, their sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import ParameterError, nearest
from assay.features.behaviour.scan import with_local, within
from assay.features.faults import collect_table
from assay.features.unit_metrics import UnitMetrics, unit_metrics
from assay.params import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.behaviour.scan import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentMetric:
    """One metric that segments are compared by.

    Attributes:
        name: as it was asked for; `label`: what it is called, as in a sentence.
        column: whose mean per interaction it is.
        features: behaviours that are made of it, or nearly so: segments that were formed by one of
            them differ in the metric by construction.
    """

    name: str
    label: str
    unit: str
    column: str
    features: tuple[str, ...]

    @property
    def metric(self) -> Metric:
        """As it is summed per unit."""
        return Metric(name=self.name, kind="mean", value=self.column)


METRICS: Final = (
    SegmentMetric(
        name="rating", label="mean rating", unit="share", column="rating", features=("rating",)
    ),
    SegmentMetric(
        name="success",
        label="share of interactions that succeed",
        unit="share",
        column="succeeded",
        features=("errors", "retries", "retries_per_failure"),
    ),
    SegmentMetric(
        name="cost",
        label="cost per interaction",
        unit="USD",
        column="cost_usd",
        features=("cost", "session_cost", "tokens", "session_tokens"),
    ),
    SegmentMetric(
        name="latency",
        label="mean wait for an answer",
        unit="s",
        column="latency_s",
        features=("latency",),
    ),
    SegmentMetric(
        name="interventions",
        label="interventions per interaction",
        unit="1",
        column="interventions",
        features=("interventions",),
    ),
)
"""Metrics that are known by name; any other name is a column of numbers, told by its mean."""


def segment_metrics(
    rows: pl.LazyFrame, names: Sequence[str]
) -> tuple[tuple[SegmentMetric, ...], tuple[tuple[str, str], ...]]:
    """The metrics of these names that the rows allow, and those left out, each with the reason.

    Raises:
        ParameterError: where a name is neither a known metric nor a column, or stands there twice.
    """
    if len(set(names)) != len(names):
        raise ParameterError(f"metrics {', '.join(names)}, expected each once")
    known = {one.name: one for one in METRICS}
    schema = rows.collect_schema()
    found, left_out = [], []
    for name in names:
        if name not in known and name not in schema:
            raise ParameterError(
                f"metric {name!r} is neither known nor a column",
                remedy=nearest(name, [*known, *schema]),
            )
        one = known.get(name) or SegmentMetric(
            name=name, label=f"mean of {name}", unit="1", column=name, features=(name,)
        )
        kind = schema.get(one.column)
        if kind is None:
            left_out.append((name, f"the data have no column {one.column}"))
        elif not (kind.is_numeric() or kind == pl.Boolean):
            left_out.append((name, f"{one.column} holds no numbers"))
        else:
            found.append(one)
    return tuple(found), tuple(left_out)


def in_days(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    span: Span,
    *,
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> pl.LazyFrame:
    """The rows of these local days; of other engines than Polars the table is fetched."""
    source = nw.from_native(rows).lazy()
    native = source.to_native()
    lazy = native if isinstance(native, pl.LazyFrame) else collect_table(source).lazy()
    return within(with_local(lazy, time, time_zone), span)


def metrics_of(
    rows: pl.LazyFrame, metrics: Sequence[SegmentMetric], *, unit: str = "user_id"
) -> UnitMetrics:
    """Sums of each metric per unit; a value that is no number is a gap.

    Raises:
        DataError: where a column is missing, a value is infinite, or no row names a unit.
    """
    schema = rows.collect_schema()
    floats = {one.column for one in metrics if schema[one.column].is_float()}
    gaps = [pl.col(name).fill_nan(None) for name in sorted(floats)]
    return unit_metrics(rows.with_columns(gaps), [one.metric for one in metrics], unit=unit)
