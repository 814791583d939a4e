"""Units that were randomised together: what is compared are sums over clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import narwhals as nw

from assay.features.cells import day_of
from assay.features.faults import check_columns, collect, explain
from assay.features.measure import Stage
from assay.features.values import Values

if TYPE_CHECKING:
    from assay.features.design import Design
    from assay.features.faults import Frame
    from assay.features.summary import Summary
    from assay.params import Metric


def with_clusters(rows: Frame, design: Design) -> tuple[Frame, Design]:
    """The rows as units, and a design under which the cluster is what was randomised.

    A mean, rate or count per unit becomes the ratio of the clusters' sums to their numbers of
    units: its delta-method variance is that between clusters, whatever their sizes. Where units
    have several rows, these become one number per unit first, as the metric says.

    Raises:
        DataError: where a cluster or unit column is missing, or a metric's values are not what they
            should be.
    """
    named = [name for name in (design.cluster, design.unit) if name is not None]
    check_columns(rows, named, table="the data")
    _check_values(rows, design)
    metrics = tuple(
        _per_row(metric) if design.unit is None else _per_unit(metric, f"c{i}")
        for i, metric in enumerate(design.metrics)
    )
    if design.unit is not None:
        rows = _units(rows, design)
    return rows, replace(design, unit=design.cluster, cluster=None, metrics=metrics)


def as_clustered(found: Summary, rows: Frame, design: Design) -> Summary:
    """The summary as that of the design that was asked for, with its own rows and days."""
    wanted = [nw.len().alias("rows")]
    if design.time is not None:
        wanted += [
            nw.col(design.time).min().alias("first"),
            nw.col(design.time).max().alias("last"),
        ]
    whole = collect(rows.select(*wanted))[0]
    return replace(
        found,
        design=design,
        rows=int(whole["rows"]),
        first=day_of(whole.get("first")),
        last=day_of(whole.get("last")),
    )


def _per_row(metric: Metric) -> Metric:
    if metric.kind == "ratio":
        return metric
    return _ratio(metric, metric.value, None)


def _per_unit(metric: Metric, prefix: str) -> Metric:
    return _ratio(metric, f"{prefix}_y", f"{prefix}_d" if metric.numerator else None)


def _ratio(metric: Metric, top: str | None, bottom: str | None) -> Metric:
    changes = {"kind": "ratio", "value": None, "numerator": top, "denominator": bottom}
    return metric.model_copy(update=changes | {"per_unit": None})


def _units(rows: Frame, design: Design) -> Frame:
    """One row per unit of a cluster, with the columns that clusters are summed from."""
    stage = Stage(grouped=True)
    using = [
        Values(metric=metric, prefix=f"c{i}", stage=stage)
        for i, metric in enumerate(design.metrics)
    ]
    schema = dict(rows.collect_schema())
    others = [name for name in (design.time, design.exposure) if name is not None]
    keys = [design.cluster or "", design.unit or "", design.arm, *design.groups]
    keys = list(dict.fromkeys(keys))
    covariates = sorted({name for metric in design.metrics for name in metric.adjusters})
    chosen = rows.select(
        *keys,
        *dict.fromkeys(others),
        *(nw.col(name) for name in covariates if name not in {*keys, *others}),
        *(value for one in using for value in _bare(one).rows(schema)),
    )
    grouped = chosen.group_by(keys).agg(
        *(nw.col(name).min() for name in dict.fromkeys(others)),
        *(nw.col(name).mean() for name in covariates if name not in {*keys, *others}),
        *(value for one in using for value in _bare(one).units()),
    )
    settled = {
        name: value
        for one in using
        for name, value in zip(
            _bare(one).names, _bare(one).settled(nw.lit(value=False)), strict=True
        )
    }
    return grouped.with_columns(*settled.values())


def _bare(measure: Values) -> Values:
    """The measure without covariates, which clusters average over their units."""
    plain: dict[str, object] = {"covariate": None, "covariates": [], "covariate_missing": "refuse"}
    return replace(measure, metric=measure.metric.model_copy(update=plain))


def _check_values(rows: Frame, design: Design) -> None:
    """That values are there and sound: sums over clusters would hide that they are not."""
    for metric in design.metrics:
        for name in (metric.value, metric.numerator, metric.denominator):
            if name is None:
                continue
            column = nw.col(name).cast(nw.Float64)
            absent = (column.is_null() | column.is_nan()).cast(nw.Int64).sum().alias("absent")
            odd = (~((column == 0) | (column == 1))).cast(nw.Int64).sum().alias("odd")
            found = collect(rows.select(absent, odd))[0]
            wrong = metric.missing == "refuse" and int(found["absent"] or 0)
            if wrong or (metric.kind == "rate" and metric.value and int(found["odd"] or 0)):
                raise explain(rows, metric)
