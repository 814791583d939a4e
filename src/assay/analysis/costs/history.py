"""What was spent period by period, in all or by the values of columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.core.units import Count, Usd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

Every = Literal["day", "week", "month"]
_STEPS: Final[dict[str, str]] = {"day": "1d", "week": "1w", "month": "1mo"}
TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One period, of all or of one group.

    Attributes:
        first, last: days of the data that the period has; a week or month at an end of the data
            may be cut short.
        names: values of the columns that it is by; empty where rows say nothing.
        unknown: requests without logged cost and without price, which are not in `usd`.
    """

    first: str
    last: str
    names: tuple[str, ...]
    requests: Count
    tokens: Count
    unknown: Count
    usd: Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Spending over time; rows in order of time, the dearest of each period first.

    Attributes:
        undated: requests without a time, which are in no period.
        apart, apart_usd: records of an implausible cost, which are in none either.
    """

    every: Every
    by: tuple[str, ...]
    first: str
    last: str
    requests: Count
    tokens: Count
    unknown: Count
    undated: Count
    apart: Count
    apart_usd: Usd
    usd: Usd
    rows: tuple[HistoryRow, ...]


def history_of(lines: pl.DataFrame, *, every: Every = "day", by: Sequence[str] = ()) -> History:
    """What was spent in each period; one in which nothing was spent by nobody has a row of noughts.

    Args:
        lines: of `features.spending.spent`, by the columns of `by`.
        every: length of a period; weeks begin on Monday.
        by: columns whose values have rows of their own.

    Raises:
        DataError: where no row has a time.
        ParameterError: for another length of a period.
    """
    if every not in _STEPS:
        raise ParameterError(f"every={every!r}, expected one of {', '.join(_STEPS)}")
    apart = lines.filter("apart")
    lines = lines.filter(~pl.col("apart"))
    dated = lines.filter(pl.col("day").is_not_null())
    if dated.is_empty():
        raise DataError("no interaction has a time, so that no cost has a day")
    first, last = _ends(dated)
    period = pl.col("day").dt.truncate(_STEPS[every]).alias("period")
    sums = dated.group_by(period, *by).agg(*_sums())
    if not by:
        days = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
        sums = days.select(period).unique().join(sums, on="period", how="left").fill_null(0)
    names = [pl.col(name).fill_null("") for name in by]
    ordered = sums.with_columns(names).sort(
        "period", "usd", *by, descending=[False, True, *(False for _ in by)]
    )
    whole = dated.select(*_sums()).row(0, named=True)
    return History(
        every=every,
        by=tuple(by),
        first=first.isoformat(),
        last=last.isoformat(),
        **whole,
        undated=int(lines.filter(pl.col("day").is_null())["requests"].sum()),
        apart=int(apart["requests"].sum()),
        apart_usd=float(apart["cost_usd"].sum()),
        rows=tuple(
            HistoryRow(
                first=max(row["period"], first).isoformat(),
                last=min(_end(row["period"], every), last).isoformat(),
                names=tuple(str(row[name]) for name in by),
                requests=row["requests"],
                tokens=row["tokens"],
                unknown=row["unknown"],
                usd=row["usd"],
            )
            for row in ordered.iter_rows(named=True)
        ),
    )


def _sums() -> tuple[pl.Expr, ...]:
    unknown = pl.when(pl.col("spent_usd").is_null()).then("requests").otherwise(0)
    return (
        pl.col("requests").sum().cast(pl.Int64),
        pl.sum_horizontal(TOKENS).sum().cast(pl.Int64).alias("tokens"),
        unknown.sum().cast(pl.Int64).alias("unknown"),
        pl.col("spent_usd").sum().alias("usd"),
    )


def _ends(lines: pl.DataFrame) -> tuple[date, date]:
    first, last = lines["day"].min(), lines["day"].max()
    return first, last  # type: ignore[return-value]


def _end(start: date, every: Every) -> date:
    if every == "day":
        return start
    if every == "week":
        return start + timedelta(days=6)
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
