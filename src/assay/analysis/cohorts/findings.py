"""What a reader takes away from the report on cohorts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assay.core.finding import Estimate, observed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.cohorts.result import CohortReport, Lapses, Parted, Returns
    from assay.core.finding import Finding

GAP: Final = 0.05
"""Mean gap between foretold and real shares who stayed away, up to which chances are kept."""


def with_findings(report: CohortReport) -> CohortReport:
    """With what was found about staying, groups, starts, and expected use."""
    return replace(report, findings=tuple(_findings(report)))


def _findings(report: CohortReport) -> Iterator[Finding]:
    if report.mature or report.ages:
        last = (report.mature or report.ages)[-1]
        yield observed(
            confidence=report.confidence,
            key="retention",
            what=f"active {last.age} {report.every}s after the first",
            state="measured",
            size=last.share,
            n=last.users,
            reason=f"over {last.starts} starts",
        )
    if report.lapses is not None:
        yield from _parted(report, report.lapses)
    yield from _ahead(report, report.returns)
    if report.cycle is not None and report.cycle.steady is False:
        yield observed(
            confidence=report.confidence,
            key="cycle",
            what="chances of coming back",
            state="unsteady",
            tone="attention",
            n=report.users,
            reason=f"they differed between {report.every}s {report.cycle.excess:.1f} times as much "
            "as chance would have it",
            action="find out what differed, before sizes ahead are relied on",
        )


def _parted(report: CohortReport, lapses: Lapses) -> Iterator[Finding]:
    for one in lapses.parted:
        if one.differs:
            yield _one_parted(report, one)


def _one_parted(report: CohortReport, one: Parted) -> Finding:
    sooner = one.seen > one.expected
    return observed(
        confidence=report.confidence,
        key=f"lapses/{one.kind}/{one.name}",
        what=f"users who began in the {report.every} of {one.name}"
        if one.kind == "start"
        else f"users of {_kind(report.by)} {one.name}",
        state="lapse sooner" if sooner else "stay longer",
        tone="bad" if sooner else "good",
        needs_decision=sooner,
        size=one.difference,
        n=one.users,
        reason=f"{one.seen:.0f} lapsed, {one.expected:.0f} had they been like everybody"
        + ("" if one.at is None else f"; farthest apart for sure at age {one.at:.0f}"),
        action="find out what sets them apart" if sooner else "none",
    )


def _kind(by: str) -> str:
    """What users are grouped by, beside the word users: `user_type` → `type`."""
    return (by or "group").removeprefix("user_").replace("_", " ")


def _ahead(report: CohortReport, returns: Returns) -> Iterator[Finding]:
    if returns.expected is None:
        yield observed(
            confidence=report.confidence,
            key="returns",
            what="expected use",
            state="not enough data",
            n=returns.returned,
            reason=returns.reason,
        )
        return
    test = returns.tested
    low, high = (None, None) if test is None else (test.expected.low, test.expected.high)
    off = test is not None and not (low or 0) <= test.seen <= (high or test.seen)
    reason = "no earlier forecast could be tested"
    if test is not None:
        told = test.expected.value or 0.0
        reason = f"of {test.days} days before, {told:.0f} were foretold and {test.seen} came"
    yield observed(
        confidence=report.confidence,
        key="returns",
        what=f"active days in the next {returns.days} days",
        state="untested" if test is None else "off in the past" if off else "as foretold before",
        tone="attention" if off else "neutral",
        unit="count",
        size=returns.expected,
        n=returns.users,
        reason=reason,
    )
    if test is not None:
        kept = test.mean <= GAP
        yield observed(
            confidence=report.confidence,
            key="churn",
            what="chances of staying away",
            state="kept" if kept else "mended",
            tone="neutral" if kept else "attention",
            size=Estimate(value=test.mean, low=None, high=None),
            n=test.users,
            reason=f"of {test.users} users, {test.days} days foretold and then seen",
        )
