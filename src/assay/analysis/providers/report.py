"""Cells, judged changes and associations → everything that the page on providers prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from assay.analysis.providers.associations import associations_of
from assay.analysis.providers.result import ProviderAssociation, ProvidersResult
from assay.core.finding import Finding
from assay.core.units import Count

if TYPE_CHECKING:
    from assay.features.provider_mixes import ProviderMixes

Depends = Literal["depends", "goes along", "not shown", "nothing to compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersReport:
    """Everything that the page prints.

    Attributes:
        depends: whether what an agent achieves depends on the provider. `depends`: on the same
            items a measure surely differs. `goes along`: it differs among rows of the same kind
            only, which is an association. `nothing to compare`: no agent has two providers.
        found: cells, and changes judged on items.
        shared_reason: why no change is judged on items; empty where one is.
        associations: of those that are not judged on items.
        mix: what makes rows of one kind, beside the week.
        unnamed: rows without a person, which associations leave out.
    """

    first: date
    last: date
    time_zone: str
    depends: Depends
    agents: Count
    several: Count
    found: ProvidersResult
    shared_reason: str
    associations: tuple[ProviderAssociation, ...]
    mix: tuple[str, ...]
    unnamed: Count | None
    findings: tuple[Finding, ...]


def report_providers(
    found: ProvidersResult,
    mixes: ProviderMixes,
    *,
    days: tuple[date, date],
    shared_reason: str = "",
    time_zone: str = "UTC",
) -> ProvidersReport:
    """The record of the page.

    Args:
        found: cells and changes.
        mixes: sums of rows by kind.
        days: first and last of the data.
        shared_reason: why no items are looked at; empty where they are.
        time_zone: whose days and weeks these are.
    """
    judged = {
        (one.agent, one.base, one.other) for one in found.changes if one.difference is not None
    }
    associations = associations_of(
        mixes, judged, smallest=found.smallest, alpha=1 - found.confidence
    )
    agents = {one.agent: set[str]() for one in found.cells}
    for one in found.cells:
        agents[one.agent].add(one.provider)
    report = ProvidersReport(
        first=days[0],
        last=days[1],
        time_zone=time_zone,
        depends="nothing to compare",
        agents=len(agents),
        several=sum(len(names) > 1 for names in agents.values()),
        found=found,
        shared_reason=shared_reason
        or ("" if judged else "no agent tried enough of the same items with two of them"),
        associations=associations,
        mix=mixes.mix,
        unnamed=None if 0 < mixes.unnamed < found.smallest else mixes.unnamed,
        findings=(),
    )
    return replace(
        report,
        depends=_depends(report),
        findings=(*found.findings, *(_finding(one, found) for one in associations if one.differs)),
    )


def _depends(report: ProvidersReport) -> Depends:
    changes = [one for one in report.found.changes if one.difference is not None]
    if any(one.adjusted is not None and one.adjusted <= _alpha(report) for one in changes):
        return "depends"
    if any(one.differs for one in report.associations):
        return "goes along"
    told = any(one.difference is not None for one in report.associations)
    return "not shown" if changes or told else "nothing to compare"


def _alpha(report: ProvidersReport) -> float:
    return 1 - report.found.confidence


def _finding(one: ProviderAssociation, found: ProvidersResult) -> Finding:
    return Finding(
        key=f"association/{one.agent}/{one.base}/{one.other}/{one.measure}",
        what=f"{one.measure} of {one.agent} with {one.other} beside {one.base}",
        state="goes along",
        tone="neutral",
        needs_decision=False,
        evidence="association",
        unit="share",
        size=one.difference,
        lift=None,
        n=one.rows or 0,
        confidence=found.confidence,
        action="none",
        reason="rows of the same kind and week; who got which was not decided by chance",
    )
