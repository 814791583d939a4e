"""What was billed per month and provider, beside what the data hold."""

from __future__ import annotations

from calendar import monthrange
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from assay.analysis.costs.reconciling.result import BillHeld
from assay.features.model_names import canonical_provider

if TYPE_CHECKING:
    from collections.abc import Sequence

AGREE: Final = 0.02
"""Share of a bill by which it may differ from the data and still agree: rounding, a day's edge."""
CENT: Final = 0.01
"""USD: bills are rounded to it."""


class Billed(Protocol):
    """A line of a bill."""

    @property
    def month(self) -> str:
        """As 2026-05."""

    @property
    def provider(self) -> str:
        """Who billed."""

    @property
    def amount(self) -> float:
        """In `currency`."""

    @property
    def currency(self) -> str:
        """Three capitals."""

    @property
    def usd(self) -> float | None:
        """The amount in USD."""


def bills_held(lines: pl.DataFrame, bills: Sequence[Billed]) -> tuple[BillHeld, ...]:
    """Each month of each provider with a bill, and those between its bills that have none.

    Args:
        lines: spending per day and provider with `list_usd`; days of UTC, as providers bill.
        bills: lines of bills, of which those of one month and provider add up.
    """
    if not bills:
        return ()
    spent = _by_month(lines)
    known = sorted({one for one, _ in spent})
    found = []
    asked: dict[tuple[str, str], list[Billed]] = {}
    for bill in bills:
        asked.setdefault((canonical_provider(bill.provider), bill.month), []).append(bill)
    for (provider, month), some in asked.items():
        found.append(_held(provider, month, some, spent.get((provider, month)), known))
    for (provider, month), data in spent.items():
        months = [one for who, one in asked if who == provider]
        if months and min(months) < month < max(months) and month not in months:
            found.append(_held(provider, month, [], data, known))
    return tuple(sorted(found, key=lambda one: (one.month, one.provider)))


def _held(
    provider: str,
    month: str,
    bills: Sequence[Billed],
    data: dict[str, Any] | None,
    known: list[str],
) -> BillHeld:
    currencies = {one.currency for one in bills}
    billed = sum(one.usd or 0.0 for one in bills) if bills else None
    spent = data["spent"] if data else 0.0
    gap = None if billed is None or data is None else billed - spent
    share = gap / billed if gap is not None and billed else None
    days = data["days"] if data else 0
    of_days = monthrange(int(month[:4]), int(month[5:]))[1]
    near = get_close_matches(provider, known, n=1, cutoff=0.6) if provider not in known else []
    return BillHeld(
        month=month,
        provider=provider,
        state=_state(provider, known, billed, data, gap),
        billed=billed,
        currency=currencies.pop() if len(currencies) == 1 else "USD",
        amount=sum(one.amount for one in bills)
        if len({b.currency for b in bills}) == 1
        else billed,
        logged=data["logged"] if data else 0.0,
        spent=spent,
        gap=gap,
        share=share,
        without_price=data["without"] if data else 0,
        days=days,
        of_days=of_days,
        nearest=near[0] if near else "",
    )


def _state(
    provider: str,
    known: list[str],
    billed: float | None,
    data: dict[str, Any] | None,
    gap: float | None,
) -> str:
    if billed is None:
        return "no bill"
    if provider not in known:
        return "unknown provider"
    if data is None or gap is None:
        return "no data"
    if abs(gap) <= max(CENT, AGREE * abs(billed)):
        return "agrees"
    return "part of the month" if data["in_part"] else "differs"


def _by_month(lines: pl.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Sums by provider and month; one that begins or ends outside the data is in them in part."""
    names = {one: canonical_provider(one or "") for one in lines["provider"].unique()}
    dated = lines.filter(pl.col("day").is_not_null() & ~pl.col("apart")).with_columns(
        bills=pl.col("provider").replace_strict(names, default="", return_dtype=pl.String),
        month=pl.col("day").dt.strftime("%Y-%m"),
        spent=pl.coalesce(pl.when("logged").then("cost_usd"), "list_usd"),
    )
    first, last = dated["day"].min(), dated["day"].max()
    sums = dated.group_by("bills", "month").agg(
        logged=pl.col("cost_usd").filter("logged").sum(),
        spent=pl.col("spent").sum(),
        without=pl.col("requests").filter(pl.col("spent").is_null()).sum(),
        days=pl.col("day").n_unique(),
        in_part=(pl.col("day").dt.month_start() < first).any()
        | (pl.col("day").dt.month_end() > last).any(),
    )
    return {(row["bills"], row["month"]): row for row in sums.iter_rows(named=True)}
