"""Rows and prices → what could be saved, ranked by money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.analysis.costs.opportunities.caching import prefix_caching, replay
from assay.analysis.costs.opportunities.money import Ledger
from assay.analysis.costs.opportunities.result import OpportunitiesResult, ranked
from assay.features.prefixes import prefixes_of
from assay.features.priced_calls import with_token_prices
from assay.features.sampled_calls import sampled_calls
from assay.stats.level import Level

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from assay.analysis.costs.opportunities.result import Opportunity


def find_opportunities(
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    prices: pl.DataFrame,
    *,
    last: date | None = None,
    alpha: float = 0.05,
    others: tuple[Opportunity, ...] = (),
) -> OpportunitiesResult:
    """What could be saved a month, at the pace of the newest weeks of the data.

    Args:
        rows: of the table interactions.
        prices: of the table prices, in USD.
        last: last day that counts; None takes the last of the data.
        alpha: one minus the level of the intervals.
        others: opportunities that were found elsewhere (other models), ranked among these.
    """
    calls = sampled_calls(rows, last=last)
    ledger = Ledger.of(calls, with_token_prices(calls.frame, prices), level=Level(alpha))
    prefixes = prefixes_of(ledger.frame)
    found = [*others]
    if prefixes is not None:
        found += prefix_caching(ledger, prefixes)
    tokens = float((ledger.frame["prompt_tokens"] + ledger.frame["output_tokens"]).sum())
    priced = ledger.truths("priced")
    of_priced = ledger.frame.filter(priced)
    known = float((of_priced["prompt_tokens"] + of_priced["output_tokens"]).sum())
    spend = ledger.monthly(ledger.numbers("spent_usd")) if ledger.periods > 1 else None
    return OpportunitiesResult(
        first=ledger.first.isoformat(),
        last=ledger.last.isoformat(),
        days=float(ledger.days),
        spend=None if spend is None else ledger.estimate(spend),
        unpriced=1 - known / tokens if tokens else 0.0,
        confidence=1 - alpha,
        unit=ledger.unit,
        found=ranked(tuple(found)),
        together=None,
        caching=None if prefixes is None else replay(ledger, prefixes),
    )
