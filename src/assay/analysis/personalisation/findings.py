"""What a reader takes away from the report on personalisation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.core.finding import observed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.personalisation.result import Adapting, PersonalisationResult, Trend
    from assay.core.finding import Evidence, Finding, Tone


def with_findings(report: PersonalisationResult) -> PersonalisationResult:
    """With what was found about trends, choices, changes and tries."""
    return replace(report, findings=tuple(_findings(report)))


def _findings(report: PersonalisationResult) -> Iterator[Finding]:
    if report.trend is None:
        yield observed(
            key="trend", what=report.measure, state="not enough data", n=0, unit="1",
            confidence=report.confidence, reason=report.trend_reason,
        )  # fmt: skip
    else:
        yield from _trends(report, report.trend)
    for one in report.stability:
        if one.beyond is not None:
            yield observed(
                key=f"choice/{one.column}", what=one.column, state="measured",
                size=one.beyond, n=one.users, confidence=report.confidence,
                reason="agreement of a user’s weeks beyond that of two users of a kind",
            )  # fmt: skip
    if report.adapting is not None:
        yield _adapted(report, report.adapting)
    if report.trying is not None:
        whole = report.trying.groups[0]
        yield observed(
            key="tries", what="new configurations", state="measured", unit="1",
            size=whole.rate, n=whole.users, confidence=report.confidence,
            reason="per week with a use, after a user’s first",
        )  # fmt: skip


def _trends(report: PersonalisationResult, trend: Trend) -> Iterator[Finding]:
    tones: dict[str, Tone] = {"improving": "good", "rising": "good", "declining": "bad"}
    tones["falling"] = "attention"
    act = trend.verdict in {"declining", "falling"}
    yield observed(
        confidence=report.confidence,
        unit="1",
        key="trend",
        what=report.measure,
        state=trend.verdict,
        tone=tones.get(trend.verdict, "neutral"),
        size=trend.slope,
        n=trend.users,
        reason="mean change within users per four weeks",
        action="find out what makes it fall" if act else "none",
        needs_decision=act,
    )
    leaving = trend.leaving
    if leaving is not None and (leaving.gap.high or 0.0) < 0:
        yield observed(
            confidence=report.confidence,
            unit="1",
            key="leaving",
            what="users who left",
            state="had been falling",
            tone="attention",
            size=leaving.gap,
            n=leaving.users,
            reason="their trend less that of users who stayed, per four weeks",
            action="ask users whose satisfaction falls before they leave",
        )


def _adapted(report: PersonalisationResult, found: Adapting) -> Finding:
    tones: dict[str, Tone] = {"better": "good", "worse": "bad"}
    evidence: Evidence = "randomised" if found.randomised else "association"
    return observed(
        confidence=report.confidence,
        unit="1",
        key="adapting",
        what="changed configurations",
        state=found.verdict,
        tone=tones.get(found.verdict, "neutral"),
        size=found.matched,
        n=found.users,
        reason="after a change less before it, against users like them without one"
        if found.matched is not None
        else "too few users resemble others without a change",
        evidence=evidence,
        action="look at what was changed" if found.verdict == "worse" else "none",
        needs_decision=found.verdict == "worse",
    )
