"""Rows → what was used and spent, per local day, price and group; and what that costs."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.daily import TOKENS, as_days, check_by
from assay.features.pricing import HOUR_TOKENS, with_list_prices
from assay.features.spend_scan import APART, COUNTED, DAY, LOGGED, PRICED, Scan, with_apart_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.params import Window

Basis = Literal["auto", "logged", "list"]
"""Whose money counts: logged where logged and list price elsewhere, only logged, only list."""

SPEND_COLUMNS: Final[dict[str, pl.DataType]] = {
    "requests": pl.Int64(),
    "tokens_n": pl.Int64(),
    **{name: pl.Int64() for name in (*TOKENS, HOUR_TOKENS)},
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
- tokens by kind: the first four are disjoint, reasoning is part of the output, an hour's cache part
  of what is written to the cache; input and output are null in lines of unknown tokens;
- `cost_usd`: logged cost, 0 in lines that are not `logged`;
- `known`: requests whose outcome is known, of which `successes` and `failed`;
- `retries`: requests that repeat another;
- `rating_n` requests with a rating, a share, and the sum of these.
"""

FLAGS: Final = ("logged", "apart")
KEYS: Final = ("day", *PRICED, *FLAGS)
"""Columns of every line beside those it is by: `logged` says whether its rows have a cost, `apart`
whether they are implausible records, which no analysis counts."""
_AMOUNTS: Final = ("input_usd", "cache_read_usd", "cache_write_usd", "output_usd", "request_usd")
MONEY: Final = (*_AMOUNTS, "list_usd", "spent_usd")
"""What `spent` adds to lines, in USD; null where it is not known."""


def spend_lines(  # noqa: PLR0913  what, by what and when are asked apart
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    *,
    by: Sequence[str] = (),
    time_zone: str = "UTC",
    window: Window | None = None,
    time: str = "occurred_at",
    usual: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One line per local `day`, provider, model, tier, `by`, `logged` and `apart`: `SPEND_COLUMNS`.

    Rows whose tokens are unknown are lines of their own, since no price can be put on them. The
    rows are read once, where they are (twice in another zone than UTC, for the moments at which
    its clocks change); only the lines come back, sorted. Cost is linear in tokens within a line,
    so that it may be priced as a whole.

    Args:
        rows: a Polars lazy frame, a DuckDB relation, a PySpark DataFrame.
        by: further columns, as text; null is a group of its own.
        time_zone: whose days they are.
        window: local days that count. Rows without a time are in no day, and stay: their line has
            no day, so that nothing goes unseen.
        time: column that dates a row.
        usual: limits of `usual_costs`; without them no record is `apart`.

    Raises:
        DataError: where a column is missing, a count or cost is negative, or a cost infinite.
        ParameterError: where the zone is unknown, or a name is taken.
    """
    groups = [name for name in by if name not in PRICED]
    check_by(groups, {*KEYS, *SPEND_COLUMNS, *MONEY})
    scan = Scan(by=groups, time=time, time_zone=time_zone, window=window)
    return _framed(with_apart_lines(rows, scan, usual), groups)


def merge_spend_lines(*frames: pl.DataFrame) -> pl.DataFrame:
    """The lines of the union of the rows that these lines are of."""
    lines = pl.concat(frames).with_columns(assay_counted=pl.col("input_tokens").is_not_null())
    keys = [name for name in frames[0].columns if name not in SPEND_COLUMNS]
    merged = rolled(lines, [*keys, "assay_counted"])
    unknown = [_known_only(name) for name in ("input_tokens", "output_tokens")]
    return (
        merged.with_columns(unknown)
        .sort(*keys, "assay_counted", nulls_last=True)
        .select(frames[0].columns)
    )


def rolled(lines: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Lines by fewer columns: the sums of all numbers that add up, money included."""
    numbers = pl.col([name for name in lines.columns if name in {*SPEND_COLUMNS, *MONEY}]).sum()
    if not keys:
        return lines.select(numbers)
    return lines.group_by(keys).agg(numbers).sort(keys, nulls_last=True)


def spent(lines: pl.DataFrame, prices: pl.DataFrame | None, basis: Basis = "auto") -> pl.DataFrame:
    """Lines with what they cost: `MONEY`, and `priced` with the rest of `with_list_prices`.

    `spent_usd` is null, never 0, where a line has neither a logged cost nor a price, as the basis
    asks. Without prices only logged costs are known.

    Raises:
        ParameterError: where list prices are asked for and there are none, or for another basis.
    """
    if basis not in get_args(Basis):
        raise ParameterError(
            f"basis={basis!r}, expected one of {', '.join(get_args(Basis))}",
            remedy="auto: the logged cost, else by prices; logged: only that; list: only prices",
        )
    if prices is None:
        if basis == "list":
            raise ParameterError(
                "spending at list prices needs a price list",
                remedy="name one (prices: params/prices/*.yaml), or take basis: logged",
            )
        nothing = pl.lit(None, pl.Float64)
        found = lines.with_columns(nothing.alias(name) for name in (*_AMOUNTS, "list_usd"))
        found = found.with_columns(priced=pl.lit(None, pl.String))
    else:
        found = with_list_prices(lines, prices)
    logged = pl.when("logged").then("cost_usd")
    how = {"auto": pl.coalesce(logged, "list_usd"), "logged": logged, "list": pl.col("list_usd")}
    return found.with_columns(spent_usd=how[basis])


def _framed(found: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """What a scan found as lines.

    Raises:
        DataError: where a count or cost is negative, or a cost infinite.
    """
    _check(found)
    given = [
        (pl.col(name) if name in found.columns else pl.lit(0)).cast(dtype).fill_null(0).alias(name)
        for name, dtype in SPEND_COLUMNS.items()
        if name not in {"failed", "tokens_n"}
    ]
    lines = found.select(
        as_days(found[DAY]).alias("day"),
        *(pl.col(name).cast(pl.String) for name in (*PRICED, *groups)),
        pl.col(LOGGED).alias("logged"),
        pl.col(APART).alias("apart"),
        COUNTED,
        *given,
    ).with_columns(
        failed=pl.col("known") - pl.col("successes"),
        tokens_n=pl.when(COUNTED).then("requests").otherwise(0),
    )
    unknown = [_known_only(name) for name in ("input_tokens", "output_tokens")]
    keys = ["day", *PRICED, *groups, *FLAGS]
    ordered = lines.with_columns(unknown).sort(*keys, COUNTED, nulls_last=True)
    return ordered.select(*keys, *SPEND_COLUMNS)


def _known_only(name: str) -> pl.Expr:
    return pl.when(COUNTED).then(name).alias(name)


def _check(found: pl.DataFrame) -> None:
    """That no cost is without end."""
    if "cost_usd" in found.columns and not isfinite(found["cost_usd"].sum()):
        raise DataError(
            "column 'cost_usd' holds infinite values", remedy="correct or remove these rows"
        )
