"""In how many rows a metric is below zero: looked for where its unit knows no such thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.features.derived import with_derived
from assay.features.faults import collect

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.features.faults import Frame
    from assay.params import Metric


def negatives(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    metrics: Sequence[Metric],
) -> dict[str, tuple[str, int]]:
    """By metric that has some: its first column with numbers below zero, and in how many rows.

    One small scan for all metrics. Columns that hold no numbers have none.

    Args:
        rows: as `series` takes them.
        metrics: that are looked at; their covariates are not.
    """
    bare = [metric.model_copy(update={"covariate": None, "covariates": []}) for metric in metrics]
    source: Frame = nw.from_native(rows).lazy()
    source, named = with_derived(source, bare)
    schema = source.collect_schema()
    columns = list(dict.fromkeys(name for metric in named for name in metric.columns))
    numeric = [name for name in columns if schema[name].is_numeric()]
    if not numeric:
        return {}
    places = {name: f"below{i}" for i, name in enumerate(numeric)}
    wanted = [
        (nw.col(name) < 0).cast(nw.Int64).sum().alias(place) for name, place in places.items()
    ]
    counted = collect(source.select(*wanted))[0]
    found = {}
    for given, metric in zip(metrics, named, strict=True):
        mine = [
            (name, int(counted[places[name]] or 0)) for name in metric.columns if name in places
        ]
        shown = next((pair for pair in mine if pair[1]), None)
        if shown is not None:
            found[given.name] = shown
    return found
