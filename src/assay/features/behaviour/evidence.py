"""Rows → what is known of each entity's true rates: counts, exposure, and how alike days are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.features.behaviour.declared import BEHAVIOURS
from assay.features.behaviour.excess import Kind, excess_of
from assay.features.behaviour.observed import DAYS
from assay.features.behaviour.scan import ENTITY, LOCAL, Span, daily_sums, with_local
from assay.features.clock import day_number, day_of_number
from assay.features.faults import check_columns, collect_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.features.behaviour.feature import Feature

    Array = NDArray[np.float64]

EXPOSURES: Final = {
    "tenure_days": "days since first seen",
    "recency_days": "days since the last use",
    "active_days": "days with use",
    "interactions": "interactions",
}
"""What is known of an entity without error."""

_KINDS: Final[dict[str, Kind]] = {
    "days_per_week": "share",
    "per_day": "count",
    "per_session": "count",
    "tokens": "log mean",
    "output_share": "mean",
    "cached_share": "mean",
    "cost": "log mean",
    "log_latency": "mean",
    "errors": "share",
    "retries": "share",
    "tool_share": "share",
    "interventions": "count",
    "rating": "mean",
    "rated": "share",
    "nights": "share",
    "office_hours": "share",
    "weekends": "share",
    "changes": "count",
}
MEASURES: Final = (*EXPOSURES, *_KINDS)
"""Names that a rule can use: those whose error is known."""

_SECONDS: Final = 86_400
_WEEK: Final = 7
_PARTS: Final = ("y", "n", "yy", "yn", "nn")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One number of each entity, as a part of a whole, with what its error follows from.

    Attributes:
        kind: `exact`: the part itself, without error. `share`: so many of so many. `count`: events
            per exposure. `mean`, `log mean`: a sum over so many values.
        scale: what part / whole is multiplied by to be in its unit.
        part, whole: of each entity.
        excess: of shares and counts, how much more they vary than by chance, 1 or more, since what
            is done on one day (or in one week) is alike; of a mean, the variance of a single value
            (of a log mean: relative to its square), with the same in it.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    scale: float
    part: Array
    whole: Array
    excess: float

    @property
    def values(self) -> Array:
        """As observed, in its unit; NaN without exposure."""
        return np.divide(
            self.part * self.scale,
            self.whole,
            out=np.full_like(self.part, np.nan),
            where=self.whole > 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What is known of entities.

    Attributes:
        entities: their names, sorted: all that were seen up to the last day.
        measured: in the order in which they were asked for.
        entity: columns that name an entity.
        span: local days that count.
    """

    entities: tuple[str, ...]
    measured: tuple[Measured, ...]
    entity: tuple[str, ...]
    span: Span

    def of(self, name: str) -> Measured:
        """The one of this name."""
        return next(one for one in self.measured if one.name == name)


def evidence(  # noqa: PLR0913  whose, when and what is looked at are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    names: Sequence[str],
    entity: str | Sequence[str] = "user_id",
    *,
    as_of: date | None = None,
    days: int = DAYS,
    changes: pl.LazyFrame | None = None,
    time: str = "occurred_at",
    time_zone: str = "UTC",
) -> Evidence:
    """Counts and exposure of each entity up to one day, in one scan.

    Everybody who was ever seen is told of, also who was not seen in the days that count. The first
    day of an entity is by itself one with use; it is no evidence of how often it comes, and left
    out of `days_per_week` and `changes` where it lies in these days.

    Args:
        rows: interactions.
        names: of `MEASURES`.
        entity: column, or columns, that name it.
        as_of: last local day that counts; None takes the last of the data.
        days: how many up to it count.
        changes: the table configurations, for `changes`.
        time: column that dates a row.
        time_zone: whose days and hours these are.

    Raises:
        DataError: where a column is missing, or no row has a time and an entity.
        ParameterError: where a name is unknown, or a number makes no sense.
    """
    keys = (entity,) if isinstance(entity, str) else tuple(entity)
    if not 1 <= days <= 3660:
        raise ParameterError(f"days={days}, expected 1 to 3,660")
    wanted = [_declared(name) for name in dict.fromkeys(names)]
    lazy = _in_polars(rows)
    check_columns(nw.from_native(lazy), [*keys, time], table="the data")
    per_day = _per_day(with_local(lazy, time, time_zone), keys, wanted, as_of)
    if per_day.is_empty():
        raise DataError(
            f"no row names {' and '.join(keys)} and has a time"
            + ("" if as_of is None else f" up to {as_of}"),
            remedy="map these columns, or look at other days",
        )
    last = as_of or day_of_number(int(per_day["day"].max()))  # type: ignore[arg-type]
    begin = max(day_of_number(int(per_day["day"].min())), last - timedelta(days=days - 1))  # type: ignore[arg-type]
    span = Span(first=begin, last=last)
    seen = _seen(per_day, span)
    inside = per_day.filter(pl.col("day") >= day_number(span.first))
    made = changes
    if changes is not None and "changes" in names:
        made = _dated(changes, keys, time_zone)
    found = tuple(
        _exposure(one, seen) if isinstance(one, str) else _measured(one, inside, seen, made, keys)
        for one in wanted
    )
    return Evidence(entities=tuple(seen[ENTITY].to_list()), measured=found, entity=keys, span=span)


def _declared(name: str) -> str | Feature:
    if name in EXPOSURES:
        return name
    known = {one.name: one for one in BEHAVIOURS}
    known["log_latency"] = replace(
        known["latency"],
        name="log_latency",
        label="typical wait (log of seconds)",
        unit="log s",
        geometric=False,
    )
    if name in known and name not in _KINDS:
        raise ParameterError(
            f"{name!r} has no known error, so that nobody can be told to exceed a cut of it",
            remedy=f"expected some of {', '.join(MEASURES)}",
        )
    if name not in known:
        raise ParameterError(f"measure {name!r} is unknown", remedy=nearest(name, MEASURES))
    return known[name]


def _in_polars(rows: Any) -> pl.LazyFrame:  # noqa: ANN401
    source = nw.from_native(rows).lazy()
    native = source.to_native()
    return native if isinstance(native, pl.LazyFrame) else collect_table(source).lazy()


def _key(names: Sequence[str]) -> pl.Expr:
    parts = [pl.col(name).cast(pl.String) for name in names]
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" · ")


def _per_day(
    dated: pl.LazyFrame, keys: Sequence[str], wanted: Sequence[str | Feature], as_of: date | None
) -> pl.DataFrame:
    """Sums per entity and day, of what is wanted."""
    schema = dated.collect_schema()
    needs: set[str] = set()
    for one in wanted:
        needs |= set() if isinstance(one, str) else one.needs
    if "all_input" in needs:
        needs |= {"tokens", "output_tokens"}
    made, sums = daily_sums(schema, needs)
    local = pl.col("assay_local")
    chosen = dated.filter(local.is_not_null())
    if as_of is not None:
        chosen = chosen.filter(local < (day_number(as_of) + 1) * _SECONDS)
    session = [pl.col("session_id")] if "session_id" in schema and "sessions" in needs else []
    picked = chosen.select(
        _key(keys).alias(ENTITY),
        (local // _SECONDS).alias("day"),
        *(value.alias(name) for name, value in made.items()),
        *session,
    ).filter(pl.col(ENTITY).is_not_null())
    counted = [pl.col("session_id").drop_nulls().n_unique().alias("sessions")]
    found = (
        picked.group_by(ENTITY, "day")
        .agg(pl.len().alias("rows"), *sums, *(counted if session else []))
        .collect(engine="streaming")
    )
    if {"tokens", "output_tokens"} <= set(found.columns):
        found = found.with_columns(all_input=pl.col("tokens") - pl.col("output_tokens"))
    return found.with_columns(pl.lit(1).alias("days"))


def _seen(per_day: pl.DataFrame, span: Span) -> pl.DataFrame:
    """First and last day of each entity, and its exposure."""
    begin, end = day_number(span.first), day_number(span.last)
    inside = pl.col("day") >= begin
    return (
        per_day.group_by(ENTITY)
        .agg(
            pl.col("day").min().alias("first"),
            pl.col("day").max().alias("last"),
            pl.col("day").filter(inside).len().alias("active_days"),
            pl.col("rows").filter(inside).sum().alias("interactions"),
        )
        .with_columns(
            known_before=pl.col("first") < begin,
            tenure_days=end - pl.max_horizontal("first", pl.lit(begin)) + 1,
            recency_days=end - pl.col("last"),
        )
        .sort(ENTITY)
    )


def _exposure(name: str, seen: pl.DataFrame) -> Measured:
    part = seen[name].to_numpy().astype(np.float64)
    return Measured(
        name=name,
        label=EXPOSURES[name],
        unit="interactions" if name == "interactions" else "days",
        kind="exact",
        scale=1.0,
        part=part,
        whole=np.ones_like(part),
        excess=0.0,
    )


def _measured(
    one: Feature,
    inside: pl.DataFrame,
    seen: pl.DataFrame,
    changes: pl.LazyFrame | None,
    keys: Sequence[str],
) -> Measured:
    if one.name == "days_per_week":
        sums = _weekly(inside, seen)
    elif one.name == "changes":
        if changes is None:
            raise DataError("a rule uses changes, expected the table configurations")
        sums = _changed(changes, keys, seen)
    else:
        gone = sorted(one.needs - set(inside.columns))
        if gone:
            raise DataError(
                f"{one.label} cannot be told: the data have no column for {' and '.join(gone)}",
                remedy="map it, or leave the rule out",
            )
        part, whole = (pl.col(str(name)).cast(pl.Float64) for name in (one.part, one.whole))
        sums = inside.group_by(ENTITY).agg(
            y=part.sum(),
            n=whole.sum(),
            yy=(part**2).sum(),
            yn=(part * whole).sum(),
            nn=(whole**2).sum(),
        )
    aligned = seen.select(ENTITY).join(sums, on=ENTITY, how="left", maintain_order="left")
    y, n, yy, yn, nn = (
        aligned[name].cast(pl.Float64).fill_null(0.0).to_numpy().copy() for name in _PARTS
    )
    kind = _KINDS[one.name]
    if not np.isfinite(y).all():
        raise DataError(f"{one.label}: infinite values", remedy="correct or remove these rows")
    return Measured(
        name=one.name,
        label=one.label,
        unit=one.unit,
        kind=kind,
        scale=one.scale,
        part=y,
        whole=n,
        excess=excess_of(kind, y, n, yy, yn, nn),
    )


def _weekly(inside: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Days with use out of days that could have been, by weeks counted back from the last day."""
    end = seen.select((pl.col("last") + pl.col("recency_days")).first()).item()
    whose = seen.select(ENTITY, "first", "known_before", "tenure_days")
    trials = pl.col("tenure_days") - (~pl.col("known_before")).cast(pl.Int64)
    late = pl.col("known_before") | (pl.col("day") > pl.col("first"))
    weeks = (
        inside.select(ENTITY, "day")
        .join(whose, on=ENTITY)
        .filter(late)
        .with_columns(week=(end - pl.col("day")) // _WEEK)
        .group_by(ENTITY, "week")
        .agg(y=pl.len().cast(pl.Float64), trials=trials.first())
        .with_columns(n=(pl.col("trials") - _WEEK * pl.col("week")).clip(0, _WEEK))
        .group_by(ENTITY)
        .agg(
            pl.col("y").sum(),
            yy=(pl.col("y") ** 2).sum(),
            yn=(pl.col("y") * pl.col("n")).sum(),
        )
    )
    full, rest = trials // _WEEK, trials % _WEEK
    return (
        whose.select(ENTITY, n=trials, nn=full * _WEEK**2 + rest**2)
        .join(weeks, on=ENTITY, how="left")
        .with_columns(pl.col("y", "yy", "yn").fill_null(0.0))
    )


def _dated(changes: pl.LazyFrame, keys: Sequence[str], time_zone: str) -> pl.LazyFrame:
    check_columns(nw.from_native(changes), [*keys, "changed_at"], table="configurations")
    return with_local(changes, "changed_at", time_zone)


def _changed(changes: pl.LazyFrame, keys: Sequence[str], seen: pl.DataFrame) -> pl.DataFrame:
    """Changes by local day out of days after the one on which an entity was first seen.

    Those up to that day prepared its use, and are left out as they are of behaviours, unless it was
    in use before the days that count.
    """
    end = pl.col("last") + pl.col("recency_days")
    exposed = pl.col("tenure_days") - (~pl.col("known_before")).cast(pl.Int64)
    whose = seen.select(ENTITY, end=end, n=exposed, nn=exposed)
    made = (
        changes.select(_key(keys).alias(ENTITY), (pl.col(LOCAL) // _SECONDS).alias("day"))
        .join(whose.lazy(), on=ENTITY)
        .filter(pl.col("day") > pl.col("end") - pl.col("n"), pl.col("day") <= pl.col("end"))
        .group_by(ENTITY, "day")
        .agg(y=pl.len().cast(pl.Float64))
        .group_by(ENTITY)
        .agg(pl.col("y").sum(), yy=(pl.col("y") ** 2).sum(), yn=pl.col("y").sum())
        .collect()
    )
    return (
        whose.drop("end")
        .join(made, on=ENTITY, how="left")
        .with_columns(pl.col("y", "yy", "yn").fill_null(0.0))
    )
