"""What a reader takes away from an A/B test, as findings without sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.finding import Estimate, Finding, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.experiments.conclusions.verdicts import Cause, Overall
    from assay.analysis.experiments.result import Comparison
    from assay.analysis.experiments.validity.checks import Check

_TONES: dict[Cause, Tone] = {
    "better": "good",
    "within": "good",
    "worse": "bad",
    "small": "neutral",
    "no gain": "neutral",
    "open": "neutral",
    "silent": "attention",
}


def findings_of(
    comparisons: Sequence[Comparison],
    causes: Sequence[Cause],
    overall: Overall,
    stop: Check | None,
    alpha: float,
) -> tuple[Finding, ...]:
    """One finding per comparison, keyed `metric/arm`, the arm that is decided on first.

    Where a check forbids a verdict, a finding of that check leads (`sample-ratio`, say), and
    nothing else is to be acted on.
    """
    pairs = sorted(zip(comparisons, causes, strict=True), key=lambda p: p[0].arm != overall.arm)
    found = tuple(_finding(one, cause, overall, alpha) for one, cause in pairs)
    if stop is None:
        return found
    told = _mismatch(stop, alpha) if stop.kind == "sample ratio" else _stopped(stop, alpha)
    return (told, *found)


def _finding(one: Comparison, cause: Cause, overall: Overall, alpha: float) -> Finding:
    blocked = one.verdict == "blocked"
    size, lift = one.difference_adjusted or one.difference, one.lift_adjusted or one.lift
    decides = one.arm == overall.arm and one.verdict == overall.verdict and one.role == "primary"
    return Finding(
        key=f"{one.metric}/{one.arm}",
        what=one.metric,
        state=one.verdict,
        tone="attention" if blocked else _TONES[cause],
        needs_decision=decides and one.verdict in {"ship", "keep"},
        evidence="randomised",
        unit=one.unit,
        size=size if size.value is not None else None,
        lift=Estimate(value=lift.value, low=lift.low, high=lift.high)
        if lift.value is not None
        else None,
        n=one.units,
        confidence=1 - alpha,
        action=_action(one, cause),
        reason=one.reason,
    )


def _action(one: Comparison, cause: Cause) -> str:
    if one.verdict == "blocked":
        return "find out why the check failed"
    if one.role != "primary":
        return {
            "worse": f"stay with {one.control}" if one.role == "guardrail" else "weigh the harm",
            "open": "keep watching",
            "silent": "gather more data",
        }.get(cause, "none")
    return {
        "ship": f"ship {one.arm}",
        "keep": f"stay with {one.control}",
        "undecided": "gather more data",
    }[one.verdict]


def _mismatch(stop: Check, alpha: float) -> Finding:
    seen = " : ".join(f"{part.count:,}" for part in stop.parts)
    return Finding(
        key="sample-ratio",
        what="sizes of the arms",
        state="blocked",
        tone="bad",
        needs_decision=True,
        evidence="rule",
        unit="count",
        size=None,
        lift=None,
        n=sum(part.count for part in stop.parts),
        confidence=1 - alpha,
        action="find out why the arms' sizes differ",
        reason=f"the arms have {seen} units; the planned split gives sizes like these by chance in"
        f" fewer than one of {1 / (stop.threshold or 1):,.0f} tests",
    )


def _stopped(stop: Check, alpha: float) -> Finding:
    return Finding(
        key=stop.key.replace(" ", "-"),
        what=stop.reason,
        state="blocked",
        tone="bad",
        needs_decision=True,
        evidence="rule",
        unit="count",
        size=None,
        lift=None,
        n=sum(part.whole for part in stop.parts),
        confidence=1 - alpha,
        action=stop.remedy,
        reason=stop.reason,
    )
