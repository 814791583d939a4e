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
from assay.analysis.costs.breakdown.ratios import Table, ratios_of, table_of
from assay.analysis.costs.breakdown.result import Breakdown, Period
from assay.analysis.costs.breakdown.splits import MOST, split_of
from assay.analysis.costs.breakdown.waste import wasted_of
from assay.core.errors import DataError
from assay.features.daily import TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.analysis.costs.breakdown.splits import Totals
    from assay.core.finding import Estimate
    from assay.features.cost_sums import CostSums


def breakdown_of(  # noqa: PLR0913  every source is an argument
    lines: pl.DataFrame,
    sums: CostSums,
    *,
    prices: pl.DataFrame | None = None,
    expenses: pl.DataFrame | None = None,
    cacheable: Estimate | None = None,
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
        cacheable: of `cacheable_share`, what a cache would have saved over all spending.
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
                split_of(
                    column,
                    table_of(frame),
                    totals=_totals(counted, column),
                    k=k,
                    level=level,
                    most=most,
                )
                for column, frame in sums.by.items()
            ),
            unpriced=unpriced_of(counted),
            wasted=wasted_of(
                whole,
                float(counted["spent_usd"].sum()),
                cacheable,
                has_sessions=has_sessions,
                level=level,
            ),
            every="week" if sums.every == "week" else "month",
            periods=periods_of(sums, dated, level=level),
            part=sums.share,
            caches=caches,
            cached=cached,
            expenses=entries,
            expenses_usd=sum(one.usd for one in entries),
            models_share=_part(float(counted["spent_usd"].sum()), sum(one.usd for one in entries)),
        )
    )


def periods_of(sums: CostSums, lines: pl.DataFrame, *, level: float) -> tuple[Period, ...]:
    """Unit economics by week or month; one that the data do not cover whole says so."""
    dated = sums.periods.filter(pl.col("period").is_not_null()).sort("period", "bucket")
    if dated.is_empty():
        return ()
    days = lines["day"].sort()
    length = "1w" if sums.every == "week" else "1mo"
    started = lines.with_columns(pl.col("day").dt.truncate(length).cast(pl.String))
    exact = _totals(started, "day")
    table = table_of(dated.with_columns(pl.col("period").cast(pl.String)), "period")
    told = []
    for name, ratios in zip(table.names, ratios_of(table, level=level), strict=True):
        start = date.fromisoformat(str(name))
        count = 7 if sums.every == "week" else monthrange(start.year, start.month)[1]
        usd, requests, _, _ = exact[name]
        told.append(
            Period(
                start=start.isoformat(),
                complete=days[0] <= start and start + timedelta(days=count - 1) <= days[-1],
                usd=usd,
                requests=requests,
                ratios=ratios,
            )
        )
    return tuple(told)


def _totals(lines: pl.DataFrame, column: str) -> Mapping[str | None, Totals]:
    """Exact totals by a column: USD, requests, those of unknown cost, tokens."""
    known = pl.col("spent_usd").is_not_null()
    tokens = pl.sum_horizontal(pl.col(name).fill_null(0) for name in TOKENS[:4])
    found = lines.group_by(pl.col(column).cast(pl.String)).agg(
        usd=pl.col("spent_usd").sum(),
        requests=pl.col("requests").sum(),
        unknown=pl.col("requests").filter(~known).sum(),
        tokens=tokens.sum(),
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in found.iter_rows()}


def _part(models: float, others: float) -> float | None:
    """Of all costs, what models are; None where there is nothing, or credits outweigh costs."""
    return models / (models + others) if models > 0 and others > 0 else None


def _unit(whole: Table) -> Literal["user", "session", "request"]:
    """What a random group is made of, mostly."""
    if whole.total("persons_n")[0] > 0:
        return "user"
    return "session" if whole.total("sessions_usd")[0] > 0 else "request"
