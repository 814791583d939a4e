"""Where the money went: the whole section, from lines and sums of one scan each."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import polars as pl

from assay.analysis.costs.breakdown.findings import with_findings
from assay.analysis.costs.breakdown.money import (
    caches_of,
    expenses_of,
    tokens_of,
    unpriced_of,
)
from assay.analysis.costs.breakdown.ratios import Table, ratios_of, share_of, table_of
from assay.analysis.costs.breakdown.result import Breakdown, Period, Wasted
from assay.analysis.costs.breakdown.splits import MOST, split_of
from assay.core.errors import DataError

if TYPE_CHECKING:
    from assay.analysis.costs.breakdown.result import WasteKind
    from assay.features.unit_sums import CostSums

MOST_WEEKS = 13
"""Weeks that are told one by one; of longer data, months are."""


def breakdown_of(  # noqa: PLR0913  every source is an argument
    lines: pl.DataFrame,
    sums: CostSums,
    *,
    prices: pl.DataFrame | None = None,
    expenses: pl.DataFrame | None = None,
    cacheable: Wasted | None = None,
    has_sessions: bool = False,
    k: int = 10,
    level: float = 0.95,
    most: int = MOST,
) -> Breakdown:
    """Shares, cost per outcome, waste, caches and other expenses, groups below k persons folded.

    Args:
        lines: of `spent`, implausible records among them.
        sums: of the rows without implausible records.
        prices: in USD.
        expenses: of `read_expenses`.
        cacheable: input that a cache would have had.
        has_sessions: whether sessions were given, so that abandoned ones are known.
        k: persons that a group stands for at least.
        level: of the intervals.
        most: groups of a column that are told.

    Raises:
        DataError: where no row has a time.
    """
    counted = lines.filter(~pl.col("apart"))
    dated = counted.filter(pl.col("day").is_not_null())
    if dated.is_empty():
        raise DataError("no interaction has a time, so that no cost has a day")
    first, last = dated["day"].sort()[0], dated["day"].sort()[-1]
    unknown = counted.filter(pl.col("spent_usd").is_null())
    tokens, apart = tokens_of(counted), lines.filter("apart")
    whole = table_of(sums.whole)
    caches, cached = caches_of(counted, prices)
    entries = expenses_of(expenses, first, last)
    return with_findings(
        Breakdown(
            first=first.isoformat(),
            last=last.isoformat(),
            unit=_unit(whole),
            confidence=level,
            k=k,
            usd=float(counted["spent_usd"].sum()),
            requests=int(counted["requests"].sum()),
            tokens=tokens,
            unknown=int(unknown["requests"].sum()),
            unknown_tokens=tokens_of(unknown) / tokens if tokens else 0.0,
            apart=int(apart["requests"].sum()),
            apart_usd=float(apart["cost_usd"].sum()),
            ratios=ratios_of(whole, level=level)[0],
            splits=tuple(
                split_of(column, table_of(frame), k=k, level=level, most=most)
                for column, frame in sums.by.items()
            ),
            unpriced=unpriced_of(counted),
            wasted=wasted_of(whole, cacheable, has_sessions=has_sessions, level=level),
            every="week" if sums.every == "week" else "month",
            periods=periods_of(sums, first, last, level=level),
            caches=caches,
            cached=cached,
            expenses=entries,
            expenses_usd=sum(one.usd for one in entries),
        )
    )


def period_length(first: date, last: date) -> Literal["week", "month"]:
    """Weeks of a quarter or less, months of more."""
    return "week" if (last - first).days < 7 * MOST_WEEKS else "month"


def wasted_of(
    whole: Table, cacheable: Wasted | None, *, has_sessions: bool, level: float
) -> tuple[Wasted, ...]:
    """Money for what failed, was repeated, or belongs to abandoned sessions; the largest first.

    A request counts once, for the first of these that is so.
    """
    usd = whole.sums["usd"][0]
    kinds: list[WasteKind] = ["failed", "retried"]
    kinds += ["abandoned"] if has_sessions else []
    found = [
        Wasted(
            kind=kind,
            usd=float(whole.total(f"{kind}_usd")[0]),
            share=share_of(whole.sums[f"{kind}_usd"][0], usd, whole.held[0], level),
        )
        for kind in kinds
    ]
    found.sort(key=lambda one: -one.usd)
    return (*found, *([cacheable] if cacheable else []))


def periods_of(sums: CostSums, first: date, last: date, *, level: float) -> tuple[Period, ...]:
    """Unit economics by week or month; one that the data do not cover whole says so."""
    dated = sums.periods.filter(pl.col("period").is_not_null()).sort("period", "bucket")
    if dated.is_empty():
        return ()
    table = table_of(dated.with_columns(pl.col("period").cast(pl.String)), "period")
    usd = table.total("usd")
    requests = table.total("requests") + table.total("unknown")
    told = []
    for i, ratios in enumerate(ratios_of(table, level=level)):
        start = date.fromisoformat(str(table.names[i]))
        days = 7 if sums.every == "week" else monthrange(start.year, start.month)[1]
        told.append(
            Period(
                start=start.isoformat(),
                complete=first <= start and start + timedelta(days=days - 1) <= last,
                usd=float(usd[i]),
                requests=int(requests[i]),
                ratios=ratios,
            )
        )
    return tuple(told)


def _unit(whole: Table) -> Literal["user", "session", "request"]:
    """What a random group is made of, mostly."""
    if whole.total("persons_n")[0] > 0:
        return "user"
    return "session" if whole.total("sessions_usd")[0] > 0 else "request"
