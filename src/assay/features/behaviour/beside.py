"""What other tables tell of the same entities: how long sessions took, what was customised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from assay.core.errors import DataError
from assay.features.behaviour.declared import KINDS
from assay.features.behaviour.scan import ENTITY, LOCAL, SECONDS, Span, with_local, within
from assay.features.clock import day_number

if TYPE_CHECKING:
    from collections.abc import Sequence


def names_them(table: pl.LazyFrame, names: Sequence[str], time: str) -> bool:
    """Whether a table can tell of these entities: it has their columns and a time."""
    return {*names, time} <= set(table.collect_schema())


def minutes_of(sessions: pl.LazyFrame, entity: pl.Expr, span: Span, time_zone: str) -> pl.DataFrame:
    """Per entity: `minutes` of the sessions that began in a span, and how many have an end.

    A session that ends before it starts has no known length.

    Raises:
        DataError: where starts or ends are no times.
    """
    schema = sessions.collect_schema()
    end = schema.get("ended_at")
    if end is None or end.is_nested() or not end.is_temporal():
        raise DataError(
            f"the sessions' column 'ended_at' holds {end or 'nothing'}, expected times",
            remedy="map the time at which a session ended, or do not give this table",
        )
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds() / 6e7
    dated = within(with_local(sessions, "started_at", time_zone), span)
    picked = dated.select(entity.alias(ENTITY), minutes=pl.when(lasted >= 0).then(lasted))
    return (
        picked.group_by(ENTITY)
        .agg(pl.col("minutes").sum(), pl.col("minutes").count().alias("minutes_n"))
        .drop_nulls(ENTITY)
        .collect(engine="streaming")
    )


def changes_of(
    configurations: pl.LazyFrame,
    entity: pl.Expr,
    span: Span,
    time_zone: str,
    found: pl.DataFrame,
) -> pl.DataFrame:
    """Per entity that was found: customisations, and those of each kind, while it was exposed.

    Those on or before the day it was first seen prepared its use, and are not counted, unless it
    was in use before the span.

    Args:
        configurations: one row per changed parameter.
        entity: names the entity.
        span: days that count.
        time_zone: whose days they are.
        found: the entities, with `exposed_days`.
    """
    have = configurations.collect_schema()
    kinds = KINDS if "kind" in have else ()
    kind = pl.col("kind").cast(pl.String)
    made = within(with_local(configurations, "changed_at", time_zone), span).select(
        entity.alias(ENTITY), LOCAL, *([kind] if kinds else [])
    )
    begin = pl.lit(day_number(span.last) + 1) - pl.col("exposed_days")
    exposed = found.lazy().select(ENTITY, begin.alias("begin"))
    counted = made.join(exposed, on=ENTITY).filter(pl.col(LOCAL) // SECONDS >= pl.col("begin"))
    told = counted.group_by(ENTITY).agg(
        pl.len().alias("changes"), *((pl.col("kind") == one).sum().alias(_of(one)) for one in kinds)
    )
    counts = ["changes", *(_of(one) for one in kinds)]
    every = found.lazy().select(ENTITY).join(told, on=ENTITY, how="left")
    return every.with_columns(pl.col(counts).fill_null(0)).collect(engine="streaming")


def _of(kind: str) -> str:
    return f"changes_{kind}"
