"""Rows → what became of each item under each configuration, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.faults import check_columns
from assay.features.pricing import with_list_prices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.drawn_rows import DrawnRows
    from assay.params import Window

_TOKENS: Final = ("input_tokens", "output_tokens")
ATTEMPT_COLUMNS: Final = (
    "attempts",
    "known",
    "resolved",
    "costed",
    "cost_usd",
    "complete",
    "complete_resolved",
    "complete_usd",
)
"""What a line holds after the configuration's columns, `item` and `cluster`.

- `attempts`: tries at the item;
- `known`: those whose outcome is known, `resolved`: the successes among them;
- `costed`: those whose cost is known, `cost_usd`: its sum;
- `complete`: those with both, their successes and their cost.
"""


def attempt_lines(  # noqa: PLR0913  what an attempt is, and which columns tell of it
    rows: pl.LazyFrame,
    *,
    by: Sequence[str],
    item: str = "item_id",
    attempt: Sequence[str] = (),
    cluster: str | None = None,
    cost: str = "cost_usd",
    success: str = "succeeded",
    time: str | None = None,
) -> pl.DataFrame:
    """One line per configuration and item, in their order; repeated attempts are added up.

    Args:
        rows: a row per attempt, or per call where `attempt` says which calls are one.
        by: columns that make a configuration, such as agent and model.
        item: the task; rows without one are not counted.
        attempt: columns that name one attempt within an item and a configuration. Its cost is the
            sum of its rows' (unknown where one of them is), its outcome the last known one.
        cluster: what items belong to (a repository, a user), else each stands for itself.
        cost: of a row, in USD.
        success: of a row; a share (0–1) counts in part.
        time: orders the rows of an attempt; else they are taken in their order.

    Raises:
        DataError: where a column is missing, a cost is negative or no number, a success lies
            outside 0–1, or an item belongs to several clusters.
        ParameterError: where no column makes a configuration.
    """
    if not by:
        raise ParameterError("no column makes a configuration", remedy="name some: agent_id, model")
    named = [*by, item, *attempt, cost, success, *([cluster] if cluster else [])]
    check_columns(nw.from_native(rows), [*named, *([time] if time else [])], table="the data")
    own = {f"by_{i}": name for i, name in enumerate(by)}
    tried = rows.filter(pl.col(item).is_not_null()).select(
        *(pl.col(name).cast(pl.String).alias(key) for key, name in own.items()),
        pl.col(item).cast(pl.String).alias("item"),
        pl.col(cluster or item).cast(pl.String).alias("cluster"),
        pl.col(cost).cast(pl.Float64).alias("usd"),
        pl.col(success).cast(pl.Float64).fill_nan(None).alias("won"),
        *(pl.col(name).alias(f"attempt_{i}") for i, name in enumerate(attempt)),
        *([pl.col(time).alias("time")] if time else []),
    )
    if attempt:
        keys = [*own, "item", *(f"attempt_{i}" for i in range(len(attempt)))]
        won = pl.col("won").sort_by("time") if time else pl.col("won")
        tried = tried.group_by(keys, maintain_order=time is None).agg(
            pl.col("cluster").drop_nulls().first(),
            pl.when(pl.col("usd").null_count() == 0).then(pl.col("usd").sum()).alias("usd"),
            won.drop_nulls().last(),
        )
    usd, won = pl.col("usd"), pl.col("won")
    both = usd.is_not_null() & won.is_not_null()
    lines = (
        tried.group_by(*own, "item")
        .agg(
            pl.col("cluster").drop_nulls().first(),
            pl.col("cluster").drop_nulls().n_unique().alias("clusters"),
            pl.len().cast(pl.Int64).alias("attempts"),
            won.count().cast(pl.Int64).alias("known"),
            won.sum().alias("resolved"),
            usd.count().cast(pl.Int64).alias("costed"),
            usd.sum().alias("cost_usd"),
            both.sum().cast(pl.Int64).alias("complete"),
            won.filter(both).sum().alias("complete_resolved"),
            usd.filter(both).sum().alias("complete_usd"),
            ((usd < 0) | ~usd.is_finite()).sum().alias("odd_costs"),
            ((won < 0) | (won > 1)).sum().alias("odd_outcomes"),
        )
        .sort(*own, "item", nulls_last=True)
        .collect(engine="streaming")
    )
    _check(lines, cost=cost, success=success, cluster=cluster)
    named_lines = lines.rename(own).with_columns(pl.col("cluster").fill_null(pl.col("item")))
    return named_lines.select(*by, "item", "cluster", *ATTEMPT_COLUMNS)


def tried_items(  # noqa: PLR0913  which columns, whose money, which days
    rows: pl.LazyFrame,
    prices: pl.DataFrame | None,
    *,
    by: Sequence[str],
    basis: str = "auto",
    time_zone: str = "UTC",
    window: Window | None = None,
    drawn: DrawnRows | None = None,
) -> pl.DataFrame:
    """The lines of interactions at named items, with what they cost by that basis.

    Calls of one trace are one attempt; rows without a trace stand for themselves. Without items,
    or columns that tell of outcomes, there are no lines.

    Args:
        rows: interactions.
        prices: of the table prices, in USD; None where only logged costs count.
        by: columns that make a configuration.
        basis: `auto` takes the logged cost, and the list price of its day elsewhere; `logged` and
            `list` only one of them.
        time_zone: whose days they are.
        window: local days that count.
        drawn: of `drawn_rows` for the same rows: items are taken from them, which saves a scan.

    Raises:
        DataError: as `attempt_lines` does.
    """
    rows = rows if drawn is None or drawn.items is None else drawn.items
    schema = rows.collect_schema()
    columns = [name for name in by if name in schema]
    if not columns or not {"item_id", "succeeded"} <= set(schema):
        return pl.DataFrame(schema=[*columns, "item", "cluster", *ATTEMPT_COLUMNS])
    dated = "occurred_at" in schema
    tried = rows.filter(pl.col("item_id").is_not_null()).with_columns(
        assay_day=local_day(schema, "occurred_at", time_zone) if dated else pl.lit(None, pl.Date)
    )
    if window is not None:
        tried = tried.filter(days_within("assay_day", window))
    keys = [
        pl.col(name).cast(pl.String) for name in ("trace_id", "interaction_id") if name in schema
    ]
    if not keys:
        tried, keys = tried.with_row_index("assay_row"), [pl.col("assay_row").cast(pl.String)]
    logged = pl.lit(None, pl.Float64)
    if "cost_usd" in schema:
        logged = pl.col("cost_usd").cast(pl.Float64).fill_nan(None)
    listed = pl.lit(None, pl.Float64)
    if prices is not None and basis != "logged" and {"provider", *_TOKENS} <= set(schema):
        tried = with_list_prices(tried, prices, day="assay_day")
        listed = pl.col("list_usd")
    money = {"auto": pl.coalesce(logged, listed), "logged": logged, "list": listed}[basis]
    return attempt_lines(
        tried.with_columns(assay_usd=money, assay_try=pl.coalesce(keys)),
        by=columns,
        attempt=("assay_try",),
        cost="assay_usd",
    )


def local_day(schema: pl.Schema, time: str, time_zone: str) -> pl.Expr:
    """The day of a time in that zone; a time without a zone is taken as it stands."""
    moment = pl.col(time)
    if getattr(schema[time], "time_zone", None) is not None:
        moment = moment.dt.convert_time_zone(time_zone)
    return moment.dt.date()


def days_within(column: str, window: Window) -> pl.Expr:
    """Whether a day is one of the window's."""
    held = pl.lit(value=True)
    if window.start is not None:
        held &= pl.col(column) >= window.start
    if window.end is not None:
        held &= pl.col(column) <= window.end
    return held


def _check(lines: pl.DataFrame, *, cost: str, success: str, cluster: str | None) -> None:
    odd = int(lines["odd_costs"].sum())
    if odd:
        raise DataError(
            f"{odd:,} costs in column {cost!r} are negative or no finite number",
            remedy="correct or remove these rows: a cost is at least 0, and null where unknown",
        )
    odd = int(lines["odd_outcomes"].sum())
    if odd:
        raise DataError(
            f"{odd:,} outcomes in column {success!r} lie outside 0 to 1",
            remedy="give true and false, or a share from 0 to 1",
        )
    if cluster:
        homes = lines.group_by("item").agg(
            pl.col("cluster").n_unique().alias("homes"), pl.col("clusters").max()
        )
        torn = homes.filter((pl.col("homes") > 1) | (pl.col("clusters") > 1)).height
        if torn:
            raise DataError(
                f"{torn:,} items belong to several values of {cluster!r}, expected one each",
                remedy="leave the cluster out: items then stand for themselves",
            )
