"""What a reader takes away from a report on scores, as findings without sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assay.core.finding import Estimate, Finding

if TYPE_CHECKING:
    from assay.analysis.scoring.result import Drift, GoalState, GoalStatus, Moved, ScoringResult
    from assay.core.finding import Tone

_TONES: Final[dict[GoalState, Tone]] = {
    "on track": "good",
    "met": "good",
    "at risk": "attention",
    "off track": "bad",
    "missed": "bad",
    "not enough data": "neutral",
}


def findings_of(result: ScoringResult) -> ScoringResult:
    """With a finding per name that is told, per judge who drifted, per group, per goal."""
    drifted = [one for one in result.drifts if one.verdict in {"drifted", "one of two"}]
    groups = [one for one in result.groups if one.state in {"fell", "rose"}]
    found = (
        *(_moved(one, result) for one in result.moves),
        *(_drifted(one, result) for one in drifted),
        *(_moved(one, result) for one in groups),
        *(_goal(one, result) for one in result.goals),
    )
    return replace(result, findings=found)


def _moved(one: Moved, result: ScoringResult) -> Finding:
    fell = one.state == "fell"
    anchored = any(drift.verdict != "unknown" for drift in result.drifts)
    return Finding(
        key=f"change/{one.name}" + (f"/{one.column}/{one.group}" if one.column else ""),
        what=f"{one.name} of {one.group}" if one.group else one.name,
        state=one.state,
        tone="bad" if fell else "good" if one.state == "rose" else "neutral",
        needs_decision=fell,
        evidence="association",
        unit=one.unit,
        size=one.change,
        lift=None,
        n=one.n,
        confidence=result.confidence,
        action="find out what changed" if fell else "none",
        reason=f"by {one.judged_by} judges who stayed where they were"
        if anchored
        else "whether a judge drifted cannot be told",
    )


def _drifted(one: Drift, result: ScoringResult) -> Finding:
    return Finding(
        key=f"judge/{one.judge}",
        what=f"judge {one.judge}",
        state=one.verdict,
        tone="attention",
        needs_decision=True,
        evidence="association",
        unit=one.unit,
        size=one.since.size if one.since else one.shift,
        lift=None,
        n=one.items,
        confidence=result.confidence,
        action="calibrate the judge again on items that people judged",
        reason="against the same items judged again" if one.anchored else "against other judges",
        since=one.since.day if one.since else "",
    )


def _goal(one: GoalStatus, result: ScoringResult) -> Finding:
    p = one.probability
    return Finding(
        key=f"goal/{one.name}",
        what=one.name,
        state=one.state,
        tone=_TONES[one.state],
        needs_decision=one.state in {"off track", "at risk"},
        evidence="rule",
        unit="probability",
        size=None if p is None else Estimate(value=p, low=None, high=None),
        lift=None,
        n=sum(point.n for point in one.points),
        confidence=result.confidence,
        action="none" if one.state in {"on track", "met"} else "act, or move the target or its day",
        reason=one.reason,
    )
