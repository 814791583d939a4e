"""What a reader takes away from the page on segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.core.finding import observed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.analysis.segments.profiles import Profile
    from assay.analysis.segments.report.result import SegmentsReport
    from assay.core.finding import Finding


def findings_of(report: SegmentsReport) -> tuple[Finding, ...]:
    """Whether there are segments, what became of them, who moved, segments by rule."""
    return tuple(_findings(report))


def _findings(report: SegmentsReport) -> Iterator[Finding]:
    tested = report.tested
    clouds = len(tested.null)
    above = round(tested.p_value * (clouds + 1)) - 1
    yield observed(
        confidence=1 - report.alpha,
        key="structure",
        what="segments",
        state={"none": "no segments", "weak": "weak", "clear": "clear"}[tested.verdict],
        tone="neutral" if tested.verdict != "weak" else "attention",
        n=tested.rows,
        reason=f"{above} of {clouds} clouds without groups stand out as much",
        action={
            "none": "use segments by rule, and treat everybody as one kind",
            "weak": "look at borders before anything is built on them",
            "clear": "none",
        }[tested.verdict],
    )
    if report.profiles is not None:
        for one in report.profiles.profiles:
            if one.drift is not None and one.drift.change in {
                "beyond chance",
                "new",
                "split",
                "merged",
            }:
                yield _drifted(report, one)
    if report.flows is not None:
        moved = report.flows
        yield observed(
            confidence=1 - report.alpha,
            key="movement",
            what="movement between segments",
            state="movement" if moved.verdict == "movement" else "no movement shown",
            n=moved.entities or 0,
            size=moved.moved,
            reason="errors of assignment are taken off",
        )
    if report.rules is not None:
        yield from report.rules.findings
    if report.metrics.compared is not None:
        yield from report.metrics.compared.findings
    if report.uses.crossed is not None:
        yield from (one for one in report.uses.crossed.findings if one.state == "associated")


def _drifted(report: SegmentsReport, one: Profile) -> Finding:
    drift = one.drift
    size = None if drift is None else drift.size
    return observed(
        confidence=1 - report.alpha,
        key=f"segment/{one.ident}",
        what=one.name,
        state="" if drift is None else drift.change,
        tone="attention",
        n=one.n or 0,
        size=size,
        reason="compared with the earlier version",
        action="see what changed before the segment is used as before",
    )
