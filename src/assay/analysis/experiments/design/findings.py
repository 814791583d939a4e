"""What a reader takes away from a plan, as findings without sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.finding import Estimate, Finding, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.experiments.design.result import MetricPlan, Verdict

_TONES: dict[Verdict, Tone] = {
    "run": "good",
    "size": "neutral",
    "long": "attention",
    "unreachable": "bad",
    "unknown": "attention",
}
_ACTIONS: dict[Verdict, str] = {
    "run": "start it",
    "size": "find out how fast units come",
    "long": "aim at a larger effect, or wait",
    "unreachable": "aim at a larger effect, or at another metric",
    "unknown": "gather more history",
}


def findings_of(
    metrics: Sequence[MetricPlan], verdict: Verdict, reason: str, confidence: float
) -> tuple[Finding, ...]:
    """One finding per metric, keyed by its name, those that decide first.

    The size of a finding is the smallest lift that the plan sees; it is a property of the plan and
    has no interval.
    """
    ordered = sorted(metrics, key=lambda one: not one.decides)
    return tuple(_finding(one, verdict, reason, confidence) for one in ordered)


def _finding(one: MetricPlan, verdict: Verdict, reason: str, confidence: float) -> Finding:
    state = verdict if one.decides else ("unknown" if one.reason else "planned")
    lift = one.detectable
    return Finding(
        key=one.metric,
        what=one.metric,
        state=state,
        tone=_TONES[verdict] if one.decides else "neutral",
        needs_decision=one.decides and verdict in {"run", "long"},
        evidence="rule",
        unit=one.unit,
        size=None,
        lift=None if lift is None else Estimate(value=lift, low=None, high=None),
        n=one.n,
        confidence=confidence,
        action=_ACTIONS[verdict] if one.decides else "none",
        reason=one.reason or reason,
    )
