"""What a reader takes away of configurations compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.core.finding import Finding

if TYPE_CHECKING:
    from assay.analysis.costs.comparing.result import ComparingResult


def with_findings(result: ComparingResult) -> ComparingResult:
    """The result with its finding: who resolves a task for least, and from how many it is told.

    Told from all others that could be compared: `lowest`; from some: `among the lowest`; from none:
    `no difference seen`.
    """
    mine = [pair for pair in result.pairs if pair.measure == "cost per resolved task"]
    known = [pair for pair in mine if pair.verdict != "not compared"]
    dearer = sum(pair.verdict == "higher" for pair in known)
    reference = next(one for one in result.configurations if one.name == result.reference)
    if not known:
        state, reason = "not enough data", f"fewer than {result.fewest} shared items, or too few"
        reason += " of them resolved"
    else:
        state = "lowest" if dearer == len(known) == len(mine) else "among the lowest"
        state = state if dearer else "no difference seen"
        reason = f"{dearer:,} of {len(mine):,} others cost more per resolved task"
    finding = Finding(
        key="comparing/lowest",
        what=f"cost per resolved task of {result.reference}",
        state=state,
        tone="neutral",
        needs_decision=False,
        evidence="paired",
        unit="USD",
        size=reference.per_resolved,
        lift=None,
        n=reference.attempts,
        confidence=result.confidence,
        action="",
        reason=reason,
    )
    return replace(result, findings=(finding,))
