"""Rows → the calls of the newest weeks, of a sample of whole users where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import narwhals as nw
import polars as pl

from assay.core.errors import DataError
from assay.features.clock import zone_of
from assay.features.faults import check_columns, collect_table
from assay.features.pricing import HOUR_TOKENS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from zoneinfo import ZoneInfo

    from assay.features.drawn_rows import DrawnRows

GROUPS: Final = 64
"""Random groups of units: enough degrees of freedom, and each large enough to be near normal."""
_BUCKETS: Final = 8192
MOST: Final = 150_000
"""Calls that are looked at one by one; of more, a sample of whole units is."""
WEEKS: Final = 8
_LEAST_WEEKS: Final = 4
_LEAST_DAYS: Final = 7
_SPREAD: Final = 16.0
"""Groups of equal size that would vary as much; below it one unit holds most of the calls."""

MOMENT: Final = pl.Datetime("us", "UTC")
_TEXTS: Final = ("agent_id", "provider", "model", "service_tier", "operation")
_TOKENS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    HOUR_TOKENS,
    "output_tokens",
)
_OTHERS: Final[dict[str, pl.DataType]] = {
    "prefix_hash": pl.String(),
    "item_id": pl.String(),
    "interaction_id": pl.String(),
    "retry_of": pl.String(),
    "error_type": pl.String(),
    "succeeded": pl.Boolean(),
    "cache_hit": pl.Boolean(),
    "rating": pl.Float64(),
    "latency_s": pl.Float64(),
    "cost_usd": pl.Float64(),
}
_UNITS: Final = {"user_id": "has_user", "session_id": "has_session"}
_MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledCalls:
    """Calls one by one, in the order of time.

    Attributes:
        frame: `at`, `day`, `period` (index of its week, or day where there are few), `group`
            (random group of its unit), `unit` (a number for the user, session or call), texts,
            tokens by kind (0 where unknown), `tokens_known`, `has_user`, `has_session`, and the
            columns of `_OTHERS`, null where the rows lack them.
        share: of the units that were read.
        unit: what was thrown into groups: user, session or request.
        columns: those that the rows have.
    """

    frame: pl.DataFrame
    share: float
    first: date
    last: date
    periods: int
    unit: str
    columns: frozenset[str]

    @property
    def days(self) -> int:
        """Days that the calls are of."""
        return (self.last - self.first).days + 1

    @property
    def enough(self) -> bool:
        """Whether there are periods enough to tell how the volume varies."""
        return self.days >= _LEAST_DAYS


def sampled_calls(  # noqa: PLR0913  each option stands for itself
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    first: date | None = None,
    last: date | None = None,
    weeks: int = WEEKS,
    most: int | None = MOST,
    columns: Collection[str] | None = None,
    time_zone: str = "UTC",
    lines: pl.DataFrame | None = None,
    drawn: DrawnRows | None = None,
) -> SampledCalls:
    """The calls of the last whole weeks that the data cover, in one scan.

    Fewer than four weeks count day by day.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        first: first day that counts; None takes the first day of the data.
        last: last day that counts; None takes the last day of the data.
        weeks: how many weeks at most.
        most: how many calls are looked at one by one; where there are more, whole units are left
            out by the hash of their name. None takes all. Other engines than Polars hand over all.
        columns: those that are read beside time and units; None reads all that are looked at.
        time_zone: whose days they are.
        lines: of `spend_lines` for the same rows and zone, with all of their days: tell which days
            there are, and how many calls, which saves two scans.
        drawn: of `drawn_rows` for the same rows: of more calls than are looked at, those of its
            users are taken, which saves a scan.

    Raises:
        DataError: where there is no `occurred_at`, or no call in these weeks.
        ParameterError: for a time zone that nobody knows.
    """
    zone = zone_of(time_zone)
    source = nw.from_native(rows).lazy()
    check_columns(source, ["occurred_at"], table="the data")
    native = source.to_native()
    lazy = native if isinstance(native, pl.LazyFrame) else _fetched(source, last, weeks)
    if columns is not None:
        wanted = {"occurred_at", *_UNITS, *columns}
        lazy = lazy.select(n for n in lazy.collect_schema().names() if n in wanted)
    schema = lazy.collect_schema()
    names = schema.names()
    if schema["occurred_at"] != MOMENT:
        lazy = lazy.with_columns(_in_utc(schema["occurred_at"]))
    at = pl.col("occurred_at")
    if not (isinstance(native, pl.LazyFrame) and _is_zoned(schema["occurred_at"])):
        lines = None  # a part of their days was fetched, or days are taken as they stand
    known, end = _days(lazy, first, last, zone, lines)
    begin = max(known, end - timedelta(days=7 * weeks - 1))
    whole = ((end - begin).days + 1) // 7
    step = 7 if whole >= _LEAST_WEEKS else 1
    if step > 1:
        begin = end - timedelta(days=7 * whole - 1)
    within = (_since(at, begin, zone), ~_since(at, end + timedelta(days=1), zone))
    inside = lazy.filter(within)
    share, drawn_share = 1.0, 1.0
    if most is not None:
        if lines is None:
            calls = int(inside.select(pl.len()).collect().item())
        else:
            calls = int(lines.filter(pl.col("day").is_between(begin, end))["requests"].sum())
        share = min(1.0, most / max(calls, 1))
        if drawn is not None and share < 1 and drawn.holds(most, of=calls):
            inside = drawn.users.with_columns(_in_utc(schema["occurred_at"])).filter(within)
            share, drawn_share = min(1.0, share / drawn.share), drawn.share
    kept = max(GROUPS, GROUPS * round(_BUCKETS / GROUPS * share))
    found, unit = _by_unit(inside, names, _columns(names), kept)
    if drawn_share < 1 and unit != "user":  # what is drawn is of users
        return sampled_calls(
            rows,
            first=first,
            last=last,
            weeks=weeks,
            most=most,
            columns=columns,
            time_zone=time_zone,
            lines=lines,
        )
    if found.is_empty():
        raise DataError(f"no call from {begin} to {end}, expected some")
    day = pl.col("at").dt.convert_time_zone(time_zone).dt.date()
    frame = found.with_columns(
        day=day,
        period=((day - pl.lit(begin)).dt.total_days() // step).cast(pl.Int32),
        group=(pl.col("unit") % _BUCKETS % GROUPS).cast(pl.Int32),
    ).sort("at")
    return SampledCalls(
        frame=frame,
        share=drawn_share * kept / _BUCKETS,
        first=begin,
        last=end,
        periods=((end - begin).days + 1) // step,
        unit=unit,
        columns=frozenset(names),
    )


def _days(
    lazy: pl.LazyFrame,
    first: date | None,
    last: date | None,
    zone: ZoneInfo,
    lines: pl.DataFrame | None,
) -> tuple[date, date]:
    """First and last day that count: those that are given lie within the data's."""
    days = pl.Series() if lines is None else lines["day"].drop_nulls()
    if len(days):
        least, most = cast("tuple[date, date]", (days.min(), days.max()))
        return max(first or least, least), min(last or most, most)
    at = pl.col("occurred_at")
    ends = lazy.select(first=at.min(), last=at.max()).collect().row(0)
    if ends[0] is None:
        raise DataError("no call has a time, expected some", remedy="map `occurred_at`")
    begin, end = (moment.astimezone(zone).date() for moment in ends)
    return max(first or begin, begin), min(last or end, end)


def _is_zoned(have: pl.DataType) -> bool:
    return isinstance(have, pl.Datetime) and have.time_zone is not None


def _in_utc(have: pl.DataType) -> pl.Expr:
    at = pl.col("occurred_at")
    return (at.dt.convert_time_zone("UTC") if _is_zoned(have) else at).cast(MOMENT)


def _since(at: pl.Expr, day: date, zone: ZoneInfo) -> pl.Expr:
    return at >= datetime.combine(day, time(), zone).astimezone(UTC)


def _columns(names: Sequence[str]) -> list[pl.Expr]:
    have = frozenset(names)

    def given(name: str, dtype: pl.DataType) -> pl.Expr:
        return (pl.col(name) if name in have else pl.lit(None)).cast(dtype).alias(name)

    told = [pl.col(name).is_not_null() for name in _TOKENS if name in have]
    return [
        pl.col("occurred_at").alias("at"),
        *(given(name, pl.String()) for name in _TEXTS),
        *(given(name, pl.Int64()).fill_null(0) for name in _TOKENS),
        (pl.any_horizontal(told) if told else pl.lit(value=False)).alias("tokens_known"),
        *(given(name, dtype) for name, dtype in _OTHERS.items()),
        *(given(name, pl.String()).is_not_null().alias(has) for name, has in _UNITS.items()),
    ]


def _by_unit(
    calls: pl.LazyFrame, names: Sequence[str], columns: list[pl.Expr], kept: int
) -> tuple[pl.DataFrame, str]:
    """The calls with a number for their unit: the user, unless one user has most of the calls."""
    usable = [name for name in _UNITS if name in names]
    for place, name in enumerate(usable):
        found = _numbered(calls, usable[place:], columns, kept)
        named = found[_UNITS[name]].mean()
        if isinstance(named, float) and named >= _MOSTLY and _is_spread(found):
            return found, name.removesuffix("_id")
    return _numbered(calls, [], columns, kept), "request"


def _numbered(
    calls: pl.LazyFrame, units: Sequence[str], columns: list[pl.Expr], kept: int
) -> pl.DataFrame:
    """Calls whose unit, the first of these that is known, else the call, falls into the sample."""
    keyed = "interaction_id" in calls.collect_schema().names()
    unit = (pl.col("interaction_id") if keyed else pl.int_range(pl.len())).hash()
    for name in reversed(units):
        unit = pl.when(pl.col(name).is_null()).then(unit).otherwise(pl.col(name).hash())
    if kept < _BUCKETS:
        # by the row alone, so that a file's other columns are read of these rows only
        calls = calls.filter(unit % _BUCKETS < kept)
    return calls.select(*columns, unit.alias("unit")).collect()


def _is_spread(found: pl.DataFrame) -> bool:
    if found.is_empty():
        return False
    sizes = found.group_by(pl.col("unit") % _BUCKETS % GROUPS).len()["len"].cast(pl.Float64)
    return float(sizes.sum()) ** 2 / float((sizes**2).sum()) >= _SPREAD


def _fetched(source: Any, last: date | None, weeks: int) -> pl.LazyFrame:  # noqa: ANN401
    """The columns that are looked at, out of another engine, of the weeks that count."""
    wanted = {"occurred_at", *_TEXTS, *_TOKENS, *_OTHERS, *_UNITS}
    names = [name for name in source.collect_schema().names() if name in wanted]
    at = nw.col("occurred_at")
    newest = last or collect_table(source.select(at.max()))["occurred_at"][0]
    if newest is None:
        return pl.LazyFrame({"occurred_at": []}, schema={"occurred_at": pl.Datetime("us", "UTC")})
    day = newest.date() if isinstance(newest, datetime) else newest
    begin = datetime.combine(day - timedelta(days=7 * weeks + 1), time(), UTC)
    return collect_table(source.select(*names).filter(at >= begin)).lazy()
