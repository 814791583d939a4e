"""What a reader takes away from where the money went, as findings without sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.core.finding import Estimate, Finding
from assay.core.units import SHARE, USD

if TYPE_CHECKING:
    from assay.analysis.costs.breakdown.result import Breakdown, Split


def with_findings(result: Breakdown) -> Breakdown:
    """With a finding on each column, on waste, on caches, and on tokens without a price."""
    found = [_split(one, result) for one in result.splits if one.groups]
    found += [_waste(result)] if result.wasted and result.usd > 0 else []
    found += [_cached(result)] if result.cached and result.cached.sent_tokens else []
    found += [_unknown(result)] if result.unknown else []
    return replace(result, findings=tuple(found))


def _split(one: Split, result: Breakdown) -> Finding:
    first = one.groups[0]
    return Finding(
        key=f"breakdown/{one.column}",
        what=one.column,
        state="told",
        tone="neutral",
        needs_decision=False,
        evidence="rule",
        unit=SHARE,
        size=Estimate(value=first.share, low=None, high=None),
        lift=None,
        n=result.requests,
        confidence=result.confidence,
        action="none",
        reason=f"{one.vital} of {one.values} make {one.vital_share:.0%}",
    )


def _waste(result: Breakdown) -> Finding:
    """The largest of the kinds."""
    first = result.wasted[0]
    return Finding(
        key=f"breakdown/wasted/{first.kind}",
        what=f"spending on what was {first.kind}",
        state="told",
        tone="attention" if first.usd > 0 else "neutral",
        needs_decision=False,
        evidence="rule",
        unit=SHARE,
        size=first.share,
        lift=None,
        n=result.requests,
        confidence=result.confidence,
        action="none",
        reason="a request counts once",
    )


def _cached(result: Breakdown) -> Finding:
    cached = result.cached
    net = 0.0 if cached is None else cached.net
    return Finding(
        key="breakdown/cached",
        what="prompt caches",
        state="saved" if net > 0 else "cost more" if net < 0 else "unused",
        tone="good" if net > 0 else "attention" if net < 0 else "neutral",
        needs_decision=False,
        evidence="rule",
        unit=USD,
        size=Estimate(value=net, low=None, high=None),
        lift=None,
        n=result.requests,
        confidence=result.confidence,
        action="none",
        reason="at list prices, writes’ surcharge subtracted",
    )


def _unknown(result: Breakdown) -> Finding:
    return Finding(
        key="breakdown/unknown",
        what="requests without a known cost",
        state="incomplete",
        tone="attention",
        needs_decision=True,
        evidence="rule",
        unit=SHARE,
        size=Estimate(value=result.unknown_tokens, low=None, high=None),
        lift=None,
        n=result.unknown,
        confidence=result.confidence,
        action="add their prices (assay prices missing lists them)",
        reason="neither a logged cost nor a price",
    )
