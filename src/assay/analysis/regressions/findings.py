"""Findings of a comparison with a baseline: what changed, by how much, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.core.finding import Estimate, Finding, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.regressions.result import CaseResult, CreepResult

_TONES: Final[dict[str, Tone]] = {
    "regression": "bad",
    "improvement": "good",
    "no change": "neutral",
    "not enough data": "attention",
}


def findings_of(
    cases: Sequence[CaseResult], creeps: Sequence[CreepResult], alpha: float
) -> tuple[Finding, ...]:
    """One per case, and one per creeping change."""
    crept = [creep for creep in creeps if creep.verdict == "creeping"]
    return (*map(_of_case, cases), *(_of_creep(creep, alpha) for creep in crept))


def _of_case(case: CaseResult) -> Finding:
    decided = case.decided
    size = Estimate(value=decided.change, low=decided.low, high=decided.high)
    return Finding(
        key=f"regression/{case.key}",
        what=f"{case.label}, {case.decided_by}",
        state=case.verdict,
        tone=_TONES[case.verdict],
        needs_decision=case.verdict == "regression",
        evidence="before-after",
        unit=case.change_unit,
        size=size,
        lift=size if case.change_unit == "share" and case.unit != "share" else None,
        n=case.n_baseline + case.n_candidate,
        confidence=decided.confidence,
        action=_action(case),
        reason=case.reason,
    )


def _action(case: CaseResult) -> str:
    if case.verdict == "regression":
        return "Find the change between both revisions, or accept it by a new baseline"
    if case.verdict == "improvement":
        return "Capture a new baseline, so that it is not lost again"
    if case.verdict == "no change":
        return "Nothing to do"
    if case.runs_needed is None:
        return "Measure with less noise: more runs alone would not do"
    return f"Measure {case.runs_needed} runs on each side"


def _of_creep(creep: CreepResult, alpha: float) -> Finding:
    size = Estimate(value=creep.change, low=creep.low, high=creep.high)
    return Finding(
        key=f"creep/{creep.key}",
        what=f"{creep.label} since {creep.versions[0]}",
        state="creeping",
        tone="bad",
        needs_decision=True,
        evidence="before-after",
        unit=creep.change_unit,
        size=size,
        lift=size if creep.change_unit == "share" and creep.unit != "share" else None,
        n=len(creep.versions),
        confidence=1 - alpha,
        action="Look at all versions in between: no single step shows it",
        reason=f"worse in {len(creep.versions) - 1} steps, none of which is seen by itself",
    )
