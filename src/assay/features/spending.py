"""Rows → what was used and spent, per local day, price and group; and what that costs."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import narwhals as nw
import polars as pl

from assay.core.errors import DataError
from assay.features.clock import day_number
from assay.features.daily import TOKENS, as_days, check_by, with_day
from assay.features.faults import check_columns, collect_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.faults import Frame
    from assay.params import Window

Basis = Literal["auto", "logged", "list"]
"""Whose money counts: logged where logged and list price elsewhere, only logged, only list."""

PRICED: Final = ("provider", "model", "service_tier")
"""What a price depends on, beside the day; a column that rows lack is null."""

SPEND_COLUMNS: Final[dict[str, pl.DataType]] = {
    "requests": pl.Int64(),
    "tokens_n": pl.Int64(),
    **{name: pl.Int64() for name in TOKENS},
    "cost_usd": pl.Float64(),
    "known": pl.Int64(),
    "successes": pl.Int64(),
    "failed": pl.Int64(),
    "retries": pl.Int64(),
    "rating_n": pl.Int64(),
    "rating_sum": pl.Float64(),
}
"""What a line holds after its keys; all of it adds up over lines.

- `requests`: rows, each one call of a model; `tokens_n`: those whose tokens are known;
- tokens by kind: the first four are disjoint, reasoning is part of the output;
- `cost_usd`: logged cost, 0 in lines that are not `logged`;
- `known`: requests whose outcome is known, of which `successes` and `failed`;
- `retries`: requests that repeat another;
- `rating_n` requests with a rating, a share, and the sum of these.
"""

KEYS: Final = ("day", *PRICED, "logged", "apart")
"""Columns of every line beside those it is by: `logged` says whether its rows have a cost."""

_RESERVED: Final = "assay_"
_COUNTED: Final = TOKENS[:4]


def spend_lines(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    by: Sequence[str] = (),
    time_zone: str = "UTC",
    window: Window | None = None,
    time: str = "occurred_at",
) -> pl.DataFrame:
    """One line per local `day`, provider, model, tier, `by`, `logged` and `apart`: `SPEND_COLUMNS`.

    The rows are read once, where they are (twice in another zone than UTC, for the moments at
    which its clocks change); only the lines come back, sorted. Cost is linear in tokens within a
    line, so that it may be priced as a whole.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        by: further columns, as text; null is a group of its own.
        time_zone: whose days they are.
        window: local days that count. Rows without a time are in no day, and stay: their line has
            no day, so that nothing goes unseen.
        time: column that dates a row.

    Raises:
        DataError: where a column is missing, a count or cost is negative, or a cost infinite.
        ParameterError: where the zone is unknown, or a name is taken.
    """
    source: Frame = nw.from_native(rows).lazy()
    schema = dict(source.collect_schema())
    groups = [name for name in by if name not in PRICED]
    check_by(groups, {*KEYS, *SPEND_COLUMNS})
    check_columns(source, [time, *by], table="the data")
    source, day = with_day(source, time, time_zone)
    source = _within(source.with_columns(day.alias("assay_day")), window)
    keys = [*PRICED, *groups]
    text = [
        (nw.col(name) if name in schema else nw.lit(None)).cast(nw.String).alias(f"assay_by{i}")
        for i, name in enumerate(keys)
    ]
    columns, wanted = _amounts(schema)
    grouped = [f"assay_by{i}" for i in range(len(keys))]
    lines = (
        source.select("assay_day", *text, *columns)
        .group_by(["assay_day", *grouped, "assay_logged"])
        .agg(*wanted)
    )
    found = collect_table(lines).rename(dict(zip(grouped, keys, strict=True)))
    _check(found)
    return _framed(found, groups)


def merge_spend_lines(*frames: pl.DataFrame) -> pl.DataFrame:
    """The lines of the union of the rows that these lines are of."""
    lines = pl.concat(frames)
    return rolled(lines, [name for name in lines.columns if name not in SPEND_COLUMNS])


def rolled(lines: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Lines by fewer columns: the sums of all numbers that add up, money included."""
    sums = [name for name in lines.columns if name in SPEND_COLUMNS or name.endswith("_usd")]
    numbers = pl.col(sums).sum()
    if not keys:
        return lines.select(numbers)
    return lines.group_by(keys).agg(numbers).sort(keys, nulls_last=True)


def _within(rows: Frame, window: Window | None) -> Frame:
    if window is None or (window.start is None and window.end is None):
        return rows
    day = nw.col("assay_day")
    held = [day >= day_number(window.start)] if window.start else []
    held += [day < day_number(window.end + timedelta(days=1))] if window.end else []
    return rows.filter(nw.all_horizontal(*held, ignore_nulls=False) | day.is_null())


def _amounts(schema: dict[str, Any]) -> tuple[list[nw.Expr], list[nw.Expr]]:
    """Columns of a row, and what is wanted of them for a line."""
    columns: list[nw.Expr] = []
    wanted = [nw.len().alias("requests")]

    def take(name: str, value: nw.Expr) -> nw.Expr:
        columns.append(value.alias(_RESERVED + name))
        return nw.col(_RESERVED + name)

    for name in (name for name in TOKENS if name in schema):
        mine = take(name, nw.col(name).cast(nw.Int64))
        wanted += [mine.sum().alias(name), mine.min().alias(f"least {name}")]
    told = [nw.col(name) for name in ("input_tokens", "output_tokens") if name in schema]
    if told:
        known = ~(told[0] if len(told) == 1 else nw.coalesce(*told)).is_null()
        wanted.append(take("tokens_n", known.cast(nw.Int64)).sum().alias("tokens_n"))
    cost = nw.col("cost_usd").cast(nw.Float64).fill_nan(None) if "cost_usd" in schema else None
    columns.append((nw.lit(False) if cost is None else ~cost.is_null()).alias("assay_logged"))
    if cost is not None:
        mine = take("cost_usd", cost)
        wanted += [mine.sum().alias("cost_usd"), mine.min().alias("least cost_usd")]
    if "succeeded" in schema:
        mine = take("succeeded", nw.col("succeeded").cast(nw.Boolean).cast(nw.Int64))
        wanted += [mine.count().alias("known"), mine.sum().alias("successes")]
    if "retry_of" in schema:
        repeats = (~nw.col("retry_of").is_null()).cast(nw.Int64)
        wanted.append(take("retries", repeats).sum().alias("retries"))
    if "rating" in schema:
        mine = take("rating", nw.col("rating").cast(nw.Float64).fill_nan(None))
        wanted += [mine.count().alias("rating_n"), mine.sum().alias("rating_sum")]
    return columns, wanted


def _check(found: pl.DataFrame) -> None:
    """That no count or cost is below zero, and no cost without end."""
    for name in (*TOKENS, "cost_usd"):
        least: Any = found[f"least {name}"].min() if name in found.columns else None
        if least is not None and least < 0:
            raise DataError(
                f"column {name!r} holds {least:,}, expected 0 or more",
                remedy="correct these rows, or record refunds as expenses with a negative amount",
            )
    if "cost_usd" in found.columns and not isfinite(found["cost_usd"].sum()):
        raise DataError(
            "column 'cost_usd' holds infinite values", remedy="correct or remove these rows"
        )


def _framed(found: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    given = [
        (pl.col(name) if name in found.columns else pl.lit(0)).cast(dtype).fill_null(0).alias(name)
        for name, dtype in SPEND_COLUMNS.items()
        if name != "failed"
    ]
    lines = found.select(
        as_days(found["assay_day"]).alias("day"),
        *(pl.col(name).cast(pl.String) for name in (*PRICED, *groups)),
        pl.col("assay_logged").alias("logged"),
        pl.lit(False).alias("apart"),
        *given,
    ).with_columns(failed=pl.col("known") - pl.col("successes"))
    keys = ["day", *PRICED, *groups, "logged", "apart"]
    return lines.select(*keys, *SPEND_COLUMNS).sort(keys, nulls_last=True)
