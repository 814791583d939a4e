"""What somebody has to act on: tokens counted twice, bills that differ, records set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.costs.reconciling.readings import AS_IS, BESIDE, INSIDE
from assay.core.finding import Estimate, Finding, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from assay.analysis.costs.reconciling.result import BillHeld, ReasonHeld, RuleHeld

MOST_NAMES: Final = 3
WORTH: Final = 0.01
"""Share of what was logged from which a rule is worth a decision."""


def findings_of(  # noqa: PLR0913  everything that may be found
    rules: Sequence[RuleHeld],
    reasons: Sequence[ReasonHeld],
    bills: Sequence[BillHeld],
    apart: pl.DataFrame,
    *,
    n: int,
    confidence: float,
) -> tuple[Finding, ...]:
    """Findings in the order of what they ask for; each sum is exact and has no interval."""
    found = []
    by_kind: dict[tuple[str, str], list[RuleHeld]] = {}
    for rule in rules:
        by_kind.setdefault((rule.provider or "", kind_of(rule)), []).append(rule)
    for (provider, kind), some in by_kind.items():
        off = sum(one.by_rule - one.listed for one in some)
        requests = sum(one.requests for one in some)
        wrong = kind in {"twice", "taken off", "reasoning left out", "reasoning twice"}
        logged = sum(one.logged for one in some)
        asks = wrong and abs(off) > WORTH * abs(logged)
        found.append(
            _finding(
                f"reconciling/{kind.replace(' ', '-')}/{provider or 'any'}",
                provider or _models(some),
                kind,
                off,
                requests,
                confidence,
                tone="bad" if asks else "neutral",
                asks=asks,
                action="declare where cached and reasoning tokens are counted" if asks else "none",
            )
        )
    for bill in bills:
        differs = bill.state == "differs"
        if bill.state not in {"differs", "unknown provider", "no data"}:
            continue
        found.append(
            _finding(
                f"reconciling/bill/{bill.provider}/{bill.month}",
                f"{bill.provider} {bill.month}",
                f"bill: {bill.state}",
                bill.gap,
                n,
                confidence,
                tone="attention",
                asks=differs,
                action="find what the bill has and the log has not" if differs else "none",
            )
        )
    if len(apart):
        found.append(
            _finding(
                "reconciling/apart",
                "records set apart",
                "set apart",
                float(apart["cost_usd"].sum()),
                len(apart),
                confidence,
                tone="attention",
                asks=False,
                action="correct these records where they were logged",
            )
        )
    open_ = [one for one in reasons if one.certainty == "none"]
    if open_:
        off = sum(one.logged - (one.listed or 0.0) for one in open_)
        found.append(
            _finding(
                "reconciling/open",
                "costs that no rule explains",
                "unexplained",
                off,
                sum(one.requests for one in open_),
                confidence,
                tone="neutral",
                asks=False,
                action="none",
            )
        )
    return tuple(found)


def _models(rules: Sequence[RuleHeld]) -> str:
    """The models of rules of which no provider was logged; the first ones."""
    names = sorted({one.model or "no model" for one in rules})
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def kind_of(rule: RuleHeld) -> str:
    """What a rule comes down to, in a word or two."""
    wrong = "reasoning left out" if rule.reasoning == "beside" else "reasoning twice"
    prices = {"date": "price of another day", "tier": "another tier"}
    ways = (
        (rule.cache in INSIDE, "twice"),
        (rule.cache in BESIDE, "taken off"),
        (rule.cache != AS_IS, "cached otherwise"),
        (rule.reasoning != AS_IS, wrong),
        (rule.fee != 0, "fee"),
        (rule.factor != 1, "factor"),
        (bool(rule.prices), "other prices"),
        (True, prices.get(rule.price, "long context")),
    )
    return next(kind for holds, kind in ways if holds)


def _finding(  # noqa: PLR0913, PLR0917  a finding has many parts
    key: str,
    what: str,
    state: str,
    amount: float | None,
    n: int,
    confidence: float,
    *,
    tone: Tone,
    asks: bool,
    action: str,
) -> Finding:
    size = None if amount is None else Estimate(value=amount, low=amount, high=amount)
    return Finding(
        key=key,
        what=what,
        state=state,
        tone=tone,
        needs_decision=asks,
        evidence="rule",
        unit="USD",
        size=size,
        lift=None,
        n=n,
        confidence=confidence,
        action=action,
        reason="",
    )
