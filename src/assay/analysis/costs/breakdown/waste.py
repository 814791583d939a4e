"""Money for what came to nothing: failed, repeated, abandoned; and input a cache would have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.analysis.costs.breakdown.ratios import share_of
from assay.analysis.costs.breakdown.result import Wasted
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from assay.analysis.costs.breakdown.ratios import Table
    from assay.analysis.costs.breakdown.result import WasteKind
    from assay.analysis.costs.opportunities.result import OpportunitiesResult


def wasted_of(
    whole: Table,
    usd: float,
    cacheable: Estimate | None = None,
    *,
    has_sessions: bool,
    level: float,
) -> tuple[Wasted, ...]:
    """Failed, repeated and abandoned requests, the largest first; then what caches would have had.

    A request counts once, for the first of the three that is so. `usd` is all that was spent.
    """
    kinds: list[WasteKind] = ["failed", "retried"]
    kinds += ["abandoned"] if has_sessions else []
    found = []
    for kind in kinds:
        part = whole.sums[f"{kind}_usd"][0]
        share = share_of(part, whole.sums["usd"][0], whole.held[0], level)
        found.append(_wasted(kind, usd, share))
    found.sort(key=lambda one: -one.usd)
    if cacheable is not None:
        found.append(_wasted("cacheable", usd, cacheable))
    return tuple(found)


def cacheable_share(found: OpportunitiesResult | None) -> Estimate | None:
    """What caching would have saved, over all spending of the same weeks; None where none would.

    Ends are sums of ends, as if all agents erred alike.
    """
    if found is None or found.spend is None or not (found.spend.value or 0.0) > 0:
        return None
    sizes = [
        one.saving
        for one in found.found
        if one.kind == "caching" and one.state in {"advised", "try"} and one.saving is not None
    ]
    if not sizes:
        return None
    spend = found.spend.value or 1.0
    value, low, high = (
        sum(ends) / spend
        for ends in zip(
            *((s.value or 0.0, s.low or 0.0, s.high or 0.0) for s in sizes), strict=True
        )
    )
    return Estimate(value=value, low=low, high=high)


def _wasted(kind: WasteKind, usd: float, share: Estimate | None) -> Wasted:
    value = 0.0 if share is None or share.value is None else share.value
    return Wasted(kind=kind, usd=value * usd, share=share)
