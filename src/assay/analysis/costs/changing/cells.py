"""Lines of spend → the two periods of the same items, as the decomposition takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.decomposing import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    Floats = NDArray[np.float64]

PRICED: Final = ("provider", "model", "service_tier")
"""What a price depends on: the columns of an item beside its owner's."""
TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
AMOUNTS: Final = ("input_usd", "cache_read_usd", "cache_write_usd", "output_usd", "request_usd")


@dataclass(frozen=True, slots=True)
class Cells:
    """Both periods of the same items.

    Attributes:
        names: of each item, by column; None where rows say nothing.
        owners: number of each item's owner.
        sums: of each period, one row per item in the same order.
    """

    names: tuple[tuple[str | None, ...], ...]
    owners: NDArray[np.int64]
    before: pl.DataFrame
    after: pl.DataFrame

    def periods(self, days: tuple[int, int], weights: tuple[float, float]) -> tuple[Period, Period]:
        """The numbers of both periods; what was not charged for is paid as in the other period."""
        paid = [_paid(which) for which in (self.before, self.after)]
        first, second = (
            Period(
                days=days[i],
                weight=weights[i],
                calls=which["calls"].to_numpy().astype(np.float64),
                tokens=which.select(TOKENS).to_numpy().astype(np.float64),
                amounts=which.select(AMOUNTS).to_numpy().astype(np.float64),
                paid=np.nan_to_num(np.where(np.isnan(paid[i]), paid[1 - i], paid[i]), nan=1.0),
                beside=which["beside_usd"].to_numpy(),
            )
            for i, which in enumerate((self.before, self.after))
        )
        return first, second


def _paid(which: pl.DataFrame) -> Floats:
    """USD paid per USD at list prices; NaN where nothing was listed."""
    listed = which.select(AMOUNTS).to_numpy().astype(np.float64).sum(axis=1)
    unknown = np.full(listed.size, np.nan)
    found: Floats = np.divide(which["paid_usd"].to_numpy(), listed, out=unknown, where=listed > 0)
    return found


def with_parts(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with what tokens and prices explain apart from what they do not.

    `explained` lines have a list price, and `paid_usd` for it; all other spend is `beside_usd`.
    Lines whose spend is not known count for neither.
    """
    known = pl.col("spent_usd").is_not_null()
    explained = known & pl.col("list_usd").is_not_null() & (pl.col("requests") > 0)
    listed = explained & (pl.col("list_usd") > 0)
    spent = pl.col("spent_usd").fill_null(0.0)
    lines = lines.with_columns(known=known, explained=explained, listed=listed)
    zero = pl.lit(0.0)
    return lines.with_columns(
        paid_usd=pl.when("listed").then(spent).otherwise(zero),
        beside_usd=pl.when("listed").then(zero).otherwise(spent),
        **{
            name: pl.when(pl.col("listed")).then(pl.col(name).fill_null(0.0)).otherwise(zero)
            for name in AMOUNTS
        },
        **{
            name: pl.when(pl.col("explained")).then(pl.col(name).fill_null(0)).otherwise(0)
            for name in TOKENS
        },
        calls=pl.when(pl.col("explained")).then(pl.col("requests")).otherwise(0),
    )


def cells_of(
    lines: pl.DataFrame,
    before: tuple[date, date],
    after: tuple[date, date],
    *,
    owner: Sequence[str],
) -> Cells:
    """The items of two periods, both days of each counted.

    Args:
        lines: of `with_parts`.
        before: first and last day of the earlier period.
        after: of the later one.
        owner: columns that name who spends.

    Raises:
        DataError: where an amount was charged for tokens that the line does not have.
    """
    keys = [*owner, *(name for name in PRICED if name not in owner)]
    values = ["calls", *TOKENS, *AMOUNTS, "paid_usd", "beside_usd"]
    inside = {name: pl.col("day").is_between(*ends) for name, ends in _named(before, after)}
    sums = lines.group_by(keys).agg(
        pl.col(value).filter(held).sum().alias(f"{name} {value}")
        for name, held in inside.items()
        for value in values
    )
    present = pl.sum_horizontal(
        pl.col(f"{name} {value}").abs().cast(pl.Float64)
        for name in inside
        for value in ("calls", "beside_usd")
    )
    sums = sums.filter(present > 0).sort(keys, nulls_last=True)
    whose = np.zeros(sums.height, dtype=np.int64)
    if owner and sums.height:
        ranks = sums.select(pl.struct(owner).rank("dense").cast(pl.Int64))
        whose = ranks.to_series().to_numpy()
    first, second = (
        sums.select(pl.col(f"{name} {value}").alias(value) for value in values) for name in inside
    )
    return Cells(
        names=tuple(sums.select(keys).iter_rows()),
        owners=whose,
        before=first,
        after=second,
    )


def _named(
    before: tuple[date, date], after: tuple[date, date]
) -> tuple[tuple[str, tuple[date, date]], ...]:
    return ("before", before), ("after", after)


def check_columns(lines: pl.DataFrame, owner: Sequence[str]) -> None:
    """That lines carry what is needed.

    Raises:
        DataError: naming what is not there.
    """
    wanted = ["day", *owner, *PRICED, "requests", *TOKENS, *AMOUNTS, "list_usd", "spent_usd"]
    missing = [name for name in wanted if name not in lines.columns]
    if missing:
        raise DataError(
            f"lines without {', '.join(missing)}",
            remedy="make them by spend_lines(rows, by=…) and give them prices: spent(lines, …)",
        )
