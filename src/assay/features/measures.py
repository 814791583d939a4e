"""Which measure takes a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.features.counts import Binary, Trials
from assay.features.repeats import Repeats
from assay.features.values import Values

if TYPE_CHECKING:
    from assay.features.measure import Measure, Stage
    from assay.params import Metric


def measures(metrics: tuple[Metric, ...], stage: Stage) -> tuple[Measure, ...]:
    """One measure per metric, in the order of the metrics."""
    return tuple(_measure(metric, f"m{i}", stage) for i, metric in enumerate(metrics))


def _measure(metric: Metric, prefix: str, stage: Stage) -> Measure:
    if metric.kind in {"pass@k", "pass^k"}:
        return Repeats(metric=metric, prefix=prefix, stage=stage)
    if metric.kind == "rate" and metric.numerator is not None and not stage.grouped:
        return Trials(metric=metric, prefix=prefix)
    counted = metric.kind == "rate" and metric.value is not None and not metric.adjusters
    if counted and stage.reduce is None and metric.per_unit in {None, "any", "max"}:
        return Binary(metric=metric, prefix=prefix, stage=stage)
    return Values(metric=metric, prefix=prefix, stage=stage)
