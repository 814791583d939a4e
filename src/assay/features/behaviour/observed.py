"""Rows → one row per entity: how it behaves, in which unit, and how much stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.behaviour.active_days import counted_days, gap_variation
from assay.features.behaviour.declared import Feature, chosen
from assay.features.behaviour.scan import (
    ENTITY,
    Span,
    mix_of,
    sessions_of,
    sums,
    with_local,
    within,
)
from assay.features.clock import day_number, day_of_number
from assay.features.faults import check_columns, collect_table

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS: Final = 182
"""Days that are looked at unless others are asked for: half a year of whole weeks."""
LEAST_ROWS: Final = 10
"""Interactions below which too little is known of an entity to put it into a segment."""
_PASSING: Final = frozenset({"session_id", "trace_id", "interaction_id"})
"""Entities that do not come back: habits over days are none of theirs."""
_MIXED: Final = ("model", "tool")
_PROFILE: Final = ("user_type", "workspace_id")
_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """How entities behave.

    Attributes:
        frame: one row per entity of which enough is known, sorted: `entity`, then a column per
            feature in its own unit, null where too little stands behind it.
        sums: the same entities with what the features are made of.
        profile: the same entities with one value each of columns that are not used as input.
        features: those of the frame.
        left_out: names of features that these rows do not allow, with the reason.
        entity: columns that name an entity.
        span: local days that were looked at.
        few: entities of which too little is known: fewer interactions, days or weeks than needed.
        unnamed: rows without an entity.
    """

    frame: pl.DataFrame
    sums: pl.DataFrame
    profile: pl.DataFrame
    features: tuple[Feature, ...]
    left_out: tuple[tuple[str, str], ...]
    entity: tuple[str, ...]
    span: Span
    few: tuple[str, ...]
    unnamed: int


def behaviour(  # noqa: PLR0913  whose, when and what is looked at are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    entity: str | Sequence[str] = "user_id",
    *,
    as_of: date | None = None,
    days: int = DAYS,
    features: Sequence[str] | None = None,
    context: bool = False,
    changes: pl.LazyFrame | None = None,
    least: int = LEAST_ROWS,
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> Behaviour:
    """How each entity behaved in the days up to one day, in two scans.

    Rates are per exposure: per day since an entity was first seen (within the days that are looked
    at), per day with use, per session, per interaction. What is known of too few interactions,
    days or weeks is not told as a rate.

    Args:
        rows: interactions; of other engines than Polars the columns that are needed are fetched.
        entity: column, or columns, that name a user, agent, session or configuration.
        as_of: last local day that counts; None takes the last day of the data.
        days: how many days up to it count.
        features: names of `BEHAVIOURS`; None takes all that the rows allow.
        context: adds numbers in `ctx_` columns, as their mean, to the features.
        changes: the table configurations, for customisations per week; where its entity is named
            by the same column.
        least: interactions below which an entity is in `few`.
        time: column that dates a row.
        time_zone: whose days and hours these are.

    Raises:
        DataError: where a column is missing, no row has a time and an entity, or every entity has
            too few interactions.
        ParameterError: where a feature or zone is unknown, or a number makes no sense.
    """
    names = (entity,) if isinstance(entity, str) else tuple(entity)
    _check(names, days, least)
    wanted = chosen(None if features is None else tuple(features))
    lazy = _in_polars(rows)
    check_columns(nw.from_native(lazy), [*names, time], table="the data")
    schema = lazy.collect_schema()
    dated = with_local(lazy, time, time_zone)
    key = _key(names)
    first_day, span = _span(dated, as_of, days)
    inside = within(dated, span)
    contexts = [name for name in schema if name.startswith("ctx_")]
    passing = names[0] in _PASSING
    found = _added(
        inside,
        key,
        span,
        profile=[name for name in (*_PROFILE, *contexts) if name in schema and name not in names],
        session=None if passing or "session_id" not in schema else "session_id",
    )
    unnamed = int(found.filter(pl.col(ENTITY).is_null())["rows"].sum())
    found = found.drop_nulls(ENTITY)
    if found.is_empty():
        raise DataError(
            f"no row from {span.first} to {span.last} names {' and '.join(names)} and has a time",
            remedy="map these columns, or look at other days",
        )
    if first_day < span.first:
        found = _known_before(found, dated, key, span)
    found = _settled(found, span)
    if changes is not None:
        found = found.join(_changes(changes, names, span), on=ENTITY, how="left").with_columns(
            pl.col("changes").fill_null(0)
        )
    kept, left_out = _usable(found, wanted, passing=passing)
    if context:
        kept, found = _with_context(inside, key, contexts, schema, kept, found)
    return _told(found, kept, left_out, names, span, least, unnamed)


def _check(names: Sequence[str], days: int, least: int) -> None:
    if not names:
        raise ParameterError("no entity, expected a column such as user_id")
    if not 1 <= days <= 3660:
        raise ParameterError(f"days={days}, expected 1 to 3,660")
    if not least >= 1:
        raise ParameterError(f"least={least}, expected 1 or more interactions")


def _in_polars(rows: Any) -> pl.LazyFrame:  # noqa: ANN401
    source = nw.from_native(rows).lazy()
    native = source.to_native()
    return native if isinstance(native, pl.LazyFrame) else collect_table(source).lazy()


def _key(names: Sequence[str]) -> pl.Expr:
    parts = [pl.col(name).cast(pl.String) for name in names]
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" · ")


def _span(dated: pl.LazyFrame, as_of: date | None, days: int) -> tuple[date, Span]:
    """First local day of all rows, and the days that count."""
    local = pl.col("assay_local")
    low, high = dated.select(local.min().alias("a"), local.max().alias("b")).collect().row(0)
    if low is None:
        raise DataError("no row has a time", remedy="map the column that dates a row")
    first, last = day_of_number(low // _SECONDS), day_of_number(high // _SECONDS)
    end = last if as_of is None else as_of
    if end < first:
        raise DataError(
            f"as of {end} there is no row: the first is of {first}", remedy="name a later day"
        )
    begin = max(first, end - timedelta(days=days - 1))
    return first, Span(first=begin, last=end)


def _added(
    inside: pl.LazyFrame,
    key: pl.Expr,
    span: Span,
    *,
    profile: Sequence[str],
    session: str | None,
) -> pl.DataFrame:
    schema = inside.collect_schema()
    parts = {name: mix_of(inside, key, name) for name in _MIXED if name in schema}
    if session is not None:
        parts[session] = sessions_of(inside, key, session)
    found = sums(inside, key, span, profile=profile).collect(engine="streaming")
    found = found.with_columns(key=pl.col(ENTITY).hash())
    for part in parts.values():  # one after the other: together they take four times the memory
        found = found.join(part.collect(engine="streaming"), on="key", how="left")
    added = ("sessions", "session_rows", *(f"{n}_pairs" for n in _MIXED))
    counts = [name for name in (*added, *(f"{n}_pairs_n" for n in _MIXED)) if name in found.columns]
    return found.drop("key").with_columns(pl.col(counts).fill_null(0))


def _known_before(
    found: pl.DataFrame, dated: pl.LazyFrame, key: pl.Expr, span: Span
) -> pl.DataFrame:
    """Those who were seen before the days that count have them all as exposure."""
    begin = day_number(span.first) * _SECONDS
    before = (
        dated.filter(pl.col("assay_local") < begin)
        .select(key.alias(ENTITY))
        .unique()
        .collect(engine="streaming")
    )
    known = pl.col(ENTITY).is_in(before[ENTITY].implode())
    return found.with_columns(pl.when(known).then(begin).otherwise("first").alias("first"))


def _settled(found: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Exposure in days, days with use and the gaps between them, hours as a circle."""
    words = found.select(pl.col("^days\\d+$").fill_null(0)).to_numpy().astype(np.uint64)
    last = day_number(span.last)
    rows = pl.col("rows").cast(pl.Float64)
    parts = [pl.col(name).cast(pl.Float64) for name in ("nights", "mornings", "office")]
    parts.append(rows - pl.sum_horizontal(parts))
    alike = pl.sum_horizontal(part * (part - 1) for part in parts)
    added = [
        (last - pl.col("first") // _SECONDS + 1).alias("tenure_days"),
        (last - pl.col("last") // _SECONDS).alias("recency_days"),
        pl.when(rows > 1).then(rows - alike / (rows - 1)).otherwise(0.0).alias("hour_pairs"),
        pl.Series("days", counted_days(words)),
        pl.Series("gap_cv", gap_variation(words)).fill_nan(None),
    ]
    have = set(found.columns)
    if {"input_tokens", "output_tokens"} <= have:
        inputs = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
        read = pl.sum_horizontal(name for name in inputs if name in have)
        added += [read.alias("all_input"), (read + pl.col("output_tokens")).alias("tokens")]
    return found.with_columns(added).drop("^days\\d+$")


def _changes(changes: pl.LazyFrame, names: Sequence[str], span: Span) -> pl.DataFrame:
    check_columns(nw.from_native(changes), [*names, "changed_at"], table="configurations")
    day = pl.col("changed_at").dt.date()
    made = changes.filter(day.is_between(span.first, span.last))
    key = _key(names)
    return made.group_by(key.alias(ENTITY)).agg(pl.len().alias("changes")).collect()


def _usable(
    found: pl.DataFrame, wanted: Sequence[Feature], *, passing: bool
) -> tuple[list[Feature], list[tuple[str, str]]]:
    """The features that these sums allow, and why others are left out."""
    kept: list[Feature] = []
    left_out = []
    for one in wanted:
        gone = sorted(one.needs - set(found.columns))
        if one.visits and passing:
            left_out.append((one.name, "it is about days of use, and these entities do not return"))
        elif gone:
            left_out.append((one.name, "the data have no column that tells it"))
        else:
            kept.append(one)
    return kept, left_out


def _with_context(  # noqa: PLR0913, PLR0917  private: what was found so far
    inside: pl.LazyFrame,
    key: pl.Expr,
    contexts: Sequence[str],
    schema: pl.Schema,
    kept: list[Feature],
    found: pl.DataFrame,
) -> tuple[list[Feature], pl.DataFrame]:
    """Adds the mean of each number that describes the context."""
    numbers = [name for name in contexts if schema[name].is_numeric()]
    if not numbers:
        return kept, found
    means = inside.group_by(key.alias(ENTITY)).agg(
        *(
            pl.col(name).cast(pl.Float64).fill_nan(None).mean().alias(f"{name} mean")
            for name in numbers
        )
    )
    added = [
        Feature(
            name=name,
            label=name.removeprefix("ctx_").replace("_", " "),
            unit="",
            part=f"{name} mean",
            transform="identity",
        )
        for name in numbers
    ]
    joined = found.join(means.collect(engine="streaming"), on=ENTITY, how="left")
    return [*kept, *added], joined


def _told(  # noqa: PLR0913, PLR0917  private: the parts of the result
    found: pl.DataFrame,
    kept: Sequence[Feature],
    left_out: Sequence[tuple[str, str]],
    names: tuple[str, ...],
    span: Span,
    least: int,
    unnamed: int,
) -> Behaviour:
    found = found.sort(ENTITY)
    values = found.select(ENTITY, *(one.value() for one in kept))
    demanded = [pl.col(one.name).is_not_null() for one in kept if one.missing == "apart"]
    enough = pl.Series(found["rows"] >= least)
    if demanded:
        enough &= values.select(pl.all_horizontal(demanded)).to_series()
    few = tuple(found.filter(~enough)[ENTITY].to_list())
    profiled = [name for name in found.columns if name in _PROFILE or name.startswith("ctx_")]
    profiled = [name for name in profiled if not name.endswith(" mean")]
    return Behaviour(
        frame=values.filter(enough),
        sums=found.filter(enough),
        profile=found.filter(enough).select(ENTITY, *profiled),
        features=tuple(kept),
        left_out=tuple(left_out),
        entity=names,
        span=span,
        few=few,
        unnamed=unnamed,
    )
