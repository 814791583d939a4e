"""Rows → one row per entity: how it behaves, in which unit, and how much stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.behaviour.beside import changes_of, minutes_of, names_them
from assay.features.behaviour.declared import chosen
from assay.features.behaviour.feature import Feature
from assay.features.behaviour.scan import ENTITY, LOCAL, SECONDS, Span, with_local, within
from assay.features.behaviour.settled import settled, usable, with_sessions
from assay.features.behaviour.tallies import tallied
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
_PROFILE: Final = ("user_type", "workspace_id")
_MOST_DAYS: Final = 3660


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Behaviour:
    """How entities behave.

    Attributes:
        frame: one row per entity of which enough is known, sorted: `entity`, then a column per
            feature in its own unit, null where too little stands behind it.
        sums: the same entities with what the features are made of.
        profile: the same entities with one value each of columns that are not used as input: the
            last that is known, of numbers in `ctx_` columns too.
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
    sessions: pl.LazyFrame | Any | None = None,  # noqa: ANN401
    configurations: pl.LazyFrame | Any | None = None,  # noqa: ANN401
    least: int | None = None,
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> Behaviour:
    """How each entity behaved in the days up to one day.

    Rates are per exposure: per day after the one on which an entity was first seen (within the
    days that are looked at), per day with use, per session, per interaction. What is known of too
    few interactions, days or weeks is not told as a rate. Rows count as they are: a row that is
    there twice counts twice.

    Args:
        rows: interactions; of other engines than Polars the table is fetched.
        entity: column, or columns, that name a user, agent, session or configuration.
        as_of: last local day that counts; None takes the last day of the data.
        days: how many days up to it count.
        features: names of `BEHAVIOURS`; None takes all that the rows allow and that do not follow
            from others.
        context: adds numbers in `ctx_` columns, as their mean, to the features.
        sessions: the table sessions, for the minutes that they took; left aside where it does not
            name the entity by the same columns.
        configurations: the table configurations, for customisations per week; likewise.
        least: interactions below which an entity is in `few`; None takes 10, and 1 of entities
            that do not return, such as sessions, which are known in full.
        time: column that dates a row.
        time_zone: whose days and hours these are.

    Raises:
        DataError: where a column is missing or holds something else than it should, or no row has
            a time and an entity.
        ParameterError: where a feature or zone is unknown, or a number makes no sense.
    """
    names = (entity,) if isinstance(entity, str) else tuple(entity)
    passing = not _PASSING.isdisjoint(names)
    enough = (1 if passing else LEAST_ROWS) if least is None else least
    _check(names, days, enough)
    wanted = looked_at(names, None if features is None else tuple(features))
    lazy = _in_polars(rows)
    check_columns(nw.from_native(lazy), [*names, time], table="the data")
    schema = lazy.collect_schema()
    dated = with_local(lazy, time, time_zone)
    key = _key(names)
    first_day, span, whole = _span(dated, as_of, days)
    inside = dated if whole else within(dated, span)
    contexts = [name for name in schema if name.startswith("ctx_") and name not in names]
    numbers = [name for name in contexts if context and _counts(schema[name])]
    profiled = [name for name in _PROFILE if name in schema and name not in names] + contexts
    needs = frozenset().union(*(one.needs for one in wanted)) | _also(wanted)
    found = tallied(
        inside,
        key,
        span,
        needs=needs,
        profile=profiled,
        numbers=numbers,
        mixed=_mixed(wanted, schema, names),
        sessions=_asks(needs, schema),
    )
    unnamed = int(found.filter(pl.col(ENTITY).is_null())["rows"].sum())
    found = found.drop_nulls(ENTITY)
    if found.is_empty():
        raise DataError(
            f"no row from {span.first} to {span.last} names {' and '.join(names)} and has a time",
            remedy="map these columns, or look at other days",
        )
    found = _seen_before(found, dated, key, span, first_day).drop("key")
    found = settled(found, span, passing=passing)
    found = with_sessions(found)
    found = _joined(found, names, span, time_zone, needs, sessions, configurations)
    kept, left_out = usable(
        found, wanted, span, passing=passing, named=features is not None, own=_own(wanted, names)
    )
    kept += [of_context(name) for name in numbers]
    return _told(found, kept, left_out, profiled, names, span, enough, unnamed)


def looked_at(names: Sequence[str], features: tuple[str, ...] | None) -> tuple[Feature, ...]:
    """Features of these entities as they are declared; of entities that pass little is asked.

    Args:
        names: columns that name an entity.
        features: by name; None takes all.

    Raises:
        ParameterError: where one is unknown.
    """
    wanted = chosen(features)
    if _PASSING.isdisjoint(names):
        return wanted
    # Known in full: nothing of it is still to come.
    wanted = tuple(replace(one, least=min(one.least, 2)) for one in wanted)
    return tuple(one if _of_pairs(one) else replace(one, least=1) for one in wanted)


def _check(names: Sequence[str], days: int, least: int) -> None:
    if not names:
        raise ParameterError("no entity, expected a column such as user_id")
    if not 1 <= days <= _MOST_DAYS:
        raise ParameterError(f"days={days}, expected 1 to {_MOST_DAYS:,}")
    if not least >= 1:
        raise ParameterError(f"least={least}, expected 1 or more interactions")


def _of_pairs(one: Feature) -> bool:
    return (one.whole or "").endswith("_pairs_n")


def _in_polars(rows: Any) -> pl.LazyFrame:  # noqa: ANN401
    source = nw.from_native(rows).lazy()
    native = source.to_native()
    return native if isinstance(native, pl.LazyFrame) else collect_table(source).lazy()


def _collected(plan: pl.LazyFrame) -> pl.DataFrame:
    return collect_table(nw.from_native(plan))


def _key(names: Sequence[str]) -> pl.Expr:
    parts = [pl.col(name).cast(pl.String) for name in names]
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" · ")


def _counts(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind == pl.Boolean


def _also(wanted: Sequence[Feature]) -> frozenset[str]:
    """Sums that others are made of."""
    made_of = {
        "session_tokens": {"tokens", "tokens_n", "session_rows"},
        "session_cost": {"cost_usd", "cost_n", "session_rows"},
        "tokens": {"output_tokens"},
        "all_input": {"tokens", "output_tokens"},
    }
    needs = {name for one in wanted for name in one.needs}
    return frozenset().union(*(made_of.get(name, set()) for name in needs))


def _mixed(wanted: Sequence[Feature], schema: pl.Schema, names: Sequence[str]) -> list[str]:
    columns = [one.part.removesuffix("_pairs") for one in wanted if _of_pairs(one)]
    return [name for name in columns if name in schema and name not in names]


def _own(wanted: Sequence[Feature], names: Sequence[str]) -> frozenset[str]:
    """Features of a column that names the entities: of each it is one thing."""
    parts = {f"{name}_pairs" for name in names}
    return frozenset(one.name for one in wanted if one.part in parts)


def _asks(needs: frozenset[str], schema: pl.Schema) -> bool:
    return "sessions" in needs and "session_id" in schema


def _span(dated: pl.LazyFrame, as_of: date | None, days: int) -> tuple[date, Span, bool]:
    """First local day of all rows, the days that count, and whether every row is in them."""
    local = pl.col(LOCAL)
    asked = dated.select(local.min().alias("a"), local.max().alias("b"), local.null_count())
    low, high, undated = _collected(asked).row(0)
    if low is None:
        raise DataError("no row has a time", remedy="map the column that dates a row")
    first, last = day_of_number(low // SECONDS), day_of_number(high // SECONDS)
    end = last if as_of is None else as_of
    if end < first:
        raise DataError(
            f"as of {end} there is no row: the first is of {first}", remedy="name a later day"
        )
    begin = max(first, end - timedelta(days=days - 1))
    return first, Span(first=begin, last=end), begin == first and last <= end and not undated


def _seen_before(
    found: pl.DataFrame, dated: pl.LazyFrame, key: pl.Expr, span: Span, first_day: date
) -> pl.DataFrame:
    """Whether an entity was in use before the days that count."""
    if first_day >= span.first:
        return found.with_columns(before=False)
    begin = day_number(span.first) * SECONDS
    earlier = dated.filter(pl.col(LOCAL) < begin).select(key=key.hash()).unique()
    known = _collected(earlier).with_columns(before=True)
    return found.join(known, on="key", how="left").with_columns(pl.col("before").fill_null(False))


def _joined(  # noqa: PLR0913, PLR0917  private: what was found so far
    found: pl.DataFrame,
    names: Sequence[str],
    span: Span,
    time_zone: str,
    needs: frozenset[str],
    sessions: Any | None,  # noqa: ANN401
    configurations: Any | None,  # noqa: ANN401
) -> pl.DataFrame:
    key = _key(names)
    if sessions is not None and "minutes" in needs:
        table = _in_polars(sessions)
        if names_them(table, names, "started_at"):
            told = minutes_of(table, key, span, time_zone)
            found = found.drop("minutes", "minutes_n", strict=False)
            found = found.join(told, on=ENTITY, how="left")
            found = found.with_columns(pl.col("minutes_n").fill_null(0))
    if configurations is not None and any(name.startswith("changes") for name in needs):
        table = _in_polars(configurations)
        if names_them(table, names, "changed_at"):
            told = changes_of(table, key, span, time_zone, found)
            found = found.join(told, on=ENTITY, how="left")
    return found


def of_context(name: str) -> Feature:
    """The mean of a number that describes the context."""
    return Feature(
        name=name,
        label=name.removeprefix("ctx_").replace("_", " "),
        unit="",
        part=f"{name} sum",
        whole=f"{name} n",
        transform="identity",
    )


def _told(  # noqa: PLR0913, PLR0917  private: the parts of the result
    found: pl.DataFrame,
    kept: Sequence[Feature],
    left_out: Sequence[tuple[str, str]],
    profiled: Sequence[str],
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
    return Behaviour(
        frame=values.filter(enough),
        sums=found.drop(profiled).filter(enough),
        profile=found.filter(enough).select(ENTITY, *profiled),
        features=tuple(kept),
        left_out=tuple(left_out),
        entity=names,
        span=span,
        few=tuple(found.filter(~enough)[ENTITY].to_list()),
        unnamed=unnamed,
    )
