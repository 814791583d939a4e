"""Cost lines of a declared programme that were already booked: expenses, by category and days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

import polars as pl

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.guesses import Booked, BookedAmount

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_DAY: Final = timedelta(days=1)


def booked_costs(
    expenses: pl.DataFrame | None, lines: Sequence[object]
) -> tuple[BookedAmount, ...]:
    """Each line with what its categories came to on its days.

    A line that is paid once is the sum of its entries, without doubt. One of every month is the
    mean of the calendar months that lie within its days as a whole, a month without an entry being
    one of 0; its range is the cheapest and the dearest of them.

    Args:
        expenses: `day`, `category`, `amount`, `currency`, `usd` (null without a rate of the day);
            None where the report has none.
        lines: as parameters declare them.

    Raises:
        ParameterError: where there are no expenses, a category is in no entry, or the days hold
            no whole month.
        DataError: where the days hold no entry, one in a currency without a rate, or more credits
            than costs.
    """
    asked = [Booked.model_validate(one) for one in lines]
    if not asked:
        return ()
    if expenses is None:
        raise ParameterError(
            f"cost {asked[0].name!r} is to be taken from expenses, and the report names none",
            remedy="expenses: the table of costs that are no calls of a model",
        )
    return tuple(_booked(expenses, one) for one in asked)


def _booked(expenses: pl.DataFrame, line: Booked) -> BookedAmount:
    known = expenses["category"].unique().to_list()
    for category in line.expenses:
        if category not in known:
            raise ParameterError(
                f"cost {line.name!r} is booked as {category!r}, and expenses have no such category",
                remedy=nearest(category, known),
            )
    mine = expenses.filter(pl.col("category").is_in(list(line.expenses)))
    first = line.first or cast("date", mine["day"].min())
    last = line.last or cast("date", mine["day"].max())
    mine = mine.filter(pl.col("day").is_between(first, last))
    named = f"{' and '.join(line.expenses)}, {first} to {last}"
    if mine.is_empty():
        raise DataError(f"cost {line.name!r}: expenses have no entry of {named}")
    if lost := mine["usd"].null_count():
        held = ", ".join(mine.filter(pl.col("usd").is_null())["currency"].unique().sort())
        raise DataError(
            f"cost {line.name!r}: {lost} of {mine.height} entries are in {held}, without a rate "
            "on their day",
            remedy="add the rate to rates.yaml of the price book",
        )
    told = f"{mine.height} {'entry' if mine.height == 1 else 'entries'} of {named}"
    sums = _by_month(mine, first, last) if line.every == "month" else [float(mine["usd"].sum())]
    if not sums:
        raise ParameterError(
            f"cost {line.name!r} is of every month, and {first} to {last} hold no whole month",
            remedy="give from and to of whole calendar months, or every: once",
        )
    if min(sums) < 0:
        raise DataError(
            f"cost {line.name!r}: expenses of {named} come to {min(sums):,.2f} USD, expected 0 or "
            "more: credits are larger than costs"
        )
    if line.every == "month":
        told += f"; {len(sums)} whole {'month' if len(sums) == 1 else 'months'}"
    return BookedAmount(
        name=line.name,
        every=line.every,
        likely=sum(sums) / len(sums),
        low=min(sums),
        high=max(sums),
        source=told,
    )


def _by_month(entries: pl.DataFrame, first: date, last: date) -> list[float]:
    """The sum of each calendar month that lies within the days as a whole."""
    start = first if first.day == 1 else _next_month(first)
    found = []
    while (after := _next_month(start)) - _DAY <= last:
        inside = pl.col("day").is_between(start, after - _DAY)
        found.append(float(entries.filter(inside)["usd"].sum()))
        start = after
    return found


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
