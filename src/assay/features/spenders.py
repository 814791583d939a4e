"""Rows → who spent what in a few places on a few days, beside the days they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw
import polars as pl

from assay.features.daily import with_day
from assay.features.faults import check_columns
from assay.features.plausible import plausible
from assay.features.pricing import HOUR_TOKENS, with_list_prices
from assay.features.spend_scan import DAY, PRICED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.spending import Basis

UNIT: Final = "user_id"
MOST_ROWS: Final = 2_000_000
"""Requests that are read again at most: a place that would bring more is left out, and says so by
having no user."""
SPENDERS: Final[dict[str, pl.DataType]] = {
    "place": pl.Int64(),
    UNIT: pl.String(),
    "usd": pl.Float64(),
    "calls": pl.Int64(),
    "usd_before": pl.Float64(),
    "calls_before": pl.Int64(),
}
"""Of each place (by its number) and unit: what it spent on the days in question and on those they
are compared with, and in how many calls of known cost; calls without a user are the unit null."""

_SPENT: Final = "assay_spent"
_DATE: Final = "assay_date"
_TOKENS: Final = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    HOUR_TOKENS,
    "output_tokens",
)
_FAR: Final = timedelta(days=2)
"""More than clocks of any zone differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when: rows of these labels, on these days and on those they are compared with.

    Attributes:
        labels: pairs of column and value; an empty value stands for what rows do not say.
        days, before: local days.
    """

    labels: tuple[tuple[str, str], ...]
    days: tuple[date, ...]
    before: tuple[date, ...]


def spenders(  # noqa: PLR0913  what is asked, and what it costs
    rows: pl.LazyFrame,
    places: Sequence[Place],
    prices: pl.DataFrame | None,
    *,
    lines: pl.DataFrame,
    basis: Basis = "auto",
    usual: pl.DataFrame | None = None,
    time_zone: str = "UTC",
    moment: str = "occurred_at",
    most_rows: int = MOST_ROWS,
) -> pl.DataFrame:
    """`SPENDERS` of the places, dearest first, in one scan of their rows alone; none without any.

    Sums are exact: they add up to those of the same lines. Records set apart are in no sum, and
    calls of unknown cost neither. Places are read in their order, as long as `most_rows` reach.

    Args:
        rows: interactions.
        places: of which users are told.
        prices: of the table prices; looked up where a cost was not logged, or is not to count.
        lines: of `spend_lines` for the same rows, by the columns of the labels: tell how many rows
            a place has, and whether anything is apart or not logged.
        basis: whose money counts.
        usual: limits of `usual_costs`, as the lines were made with.
        time_zone: whose days they are.
        moment: column that dates a row.
        most_rows: requests that are read at most.

    Raises:
        DataError: where a column is missing.
    """
    columns = rows.collect_schema().names()
    read = _affordable(places, lines, most_rows) if UNIT in columns else {}
    if not read:
        return pl.DataFrame(schema=SPENDERS)
    named = {name for place in read.values() for name, _ in place.labels}
    needed = {moment, UNIT, "cost_usd", *PRICED, *_TOKENS, *named}
    check_columns(nw.from_native(rows), [moment, *(named - {*PRICED})], table="the data")
    near = rows.select(name for name in columns if name in needed)
    near = near.filter(_about(near, tuple(read.values()), moment))
    dated, day = with_day(nw.from_native(plausible(near, lines, usual)), moment, time_zone)
    found: pl.LazyFrame = dated.with_columns(day.alias(DAY)).to_native()
    inside = {i: _labelled(place, columns) for i, place in read.items()}
    spans = {i: (_within(place.days), _within(place.before)) for i, place in read.items()}
    counted = found.filter(pl.any_horizontal(inside[i] & (spans[i][0] | spans[i][1]) for i in read))
    if basis == "list" or (basis == "auto" and not lines["logged"].all()):
        counted = _priced(counted, prices)
    counted = counted.with_columns(_spent(counted, basis))
    sums = []
    for i in read:
        for name, span in zip(("", "_before"), spans[i], strict=True):
            mine = pl.col(_SPENT).filter(inside[i] & span)
            sums += [mine.sum().alias(f"usd{name} {i}"), mine.count().alias(f"calls{name} {i}")]
    wide = counted.group_by(pl.col(UNIT).cast(pl.String)).agg(sums).collect(engine="streaming")
    return _long(wide, list(read))


def _affordable(places: Sequence[Place], lines: pl.DataFrame, most: int) -> dict[int, Place]:
    """Places by number, as many as have no more rows together."""
    read, left = {}, most
    for i, place in enumerate(places):
        here = _labelled(place, lines.columns) & pl.col("day").is_in([*place.days, *place.before])
        rows = int(lines.filter(here)["requests"].sum())
        if rows <= left:
            read[i] = place
            left -= rows
    return read


def _about(rows: pl.LazyFrame, places: Sequence[Place], moment: str) -> pl.Expr:
    """Whether a row is near the days, in whatever zone: files tell where they need not be read."""
    kind = rows.collect_schema()[moment]
    spans = []
    for place in places:
        days = (*place.days, *place.before)
        low, high = pl.lit(min(days) - _FAR), pl.lit(max(days) + _FAR)
        if isinstance(kind, pl.Datetime):
            low, high = low.cast(kind), high.cast(kind)
        spans.append(pl.col(moment).is_between(low, high))
    return pl.any_horizontal(spans)


def _within(days: Sequence[date]) -> pl.Expr:
    numbers = pl.Series(days, dtype=pl.Date).cast(pl.Int32).cast(pl.Int64)
    return pl.col(DAY).is_in(numbers.implode())


def _labelled(place: Place, columns: Sequence[str]) -> pl.Expr:
    """Whether a row has the labels; a column that rows lack says nothing."""
    held = pl.lit(value=True)
    for name, value in place.labels:
        given = pl.col(name) if name in columns else pl.lit(None)
        held &= given.cast(pl.String).fill_null("") == value
    return held


def _priced(rows: pl.LazyFrame, prices: pl.DataFrame | None) -> pl.LazyFrame:
    """With `list_usd`; null where nothing has a price."""
    if prices is None:
        return rows.with_columns(list_usd=pl.lit(None, pl.Float64))
    columns = rows.collect_schema().names()
    text = [name for name in PRICED if name not in columns]
    numbers = [name for name in _TOKENS if name not in columns]
    full = rows.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in text),
        *(pl.lit(None, pl.Int64).alias(name) for name in numbers),
    )
    dated = full.with_columns(pl.col(DAY).cast(pl.Int32).cast(pl.Date).alias(_DATE))
    return with_list_prices(dated, prices, day=_DATE)


def _spent(rows: pl.LazyFrame, basis: Basis) -> pl.Expr:
    """What a row costs, as the basis asks; null where that is not known."""
    columns = rows.collect_schema().names()
    logged = pl.col("cost_usd") if "cost_usd" in columns else pl.lit(None)
    logged = logged.cast(pl.Float64).fill_nan(None)
    listed = pl.col("list_usd") if "list_usd" in columns else pl.lit(None, pl.Float64)
    kinds = {"auto": pl.coalesce(logged, listed), "logged": logged, "list": listed}
    return kinds[basis].alias(_SPENT)


def _long(wide: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    """One row per place and unit that has a call there."""
    names = ("usd", "calls", "usd_before", "calls_before")
    parts = [
        wide.select(
            pl.lit(i, pl.Int64).alias("place"), UNIT, *(pl.col(f"{n} {i}").alias(n) for n in names)
        ).filter((pl.col("calls") > 0) | (pl.col("calls_before") > 0))
        for i in places
    ]
    found = pl.concat(parts).cast(SPENDERS)  # type: ignore[arg-type]
    return found.sort("place", "usd", UNIT, descending=[False, True, False], nulls_last=True)
