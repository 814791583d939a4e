"""Everything that the report on costs prints, one field per section, in the page's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.analysis.costs.anomalies.result import SpendAnomalies
from assay.analysis.costs.breakdown.result import Breakdown
from assay.analysis.costs.changing.result import CostChange
from assay.analysis.costs.comparing.result import ComparingResult
from assay.analysis.costs.opportunities.result import OpportunitiesResult
from assay.analysis.costs.opportunities.switching.result import SwitchingResult
from assay.analysis.costs.outlook import outlook_findings
from assay.analysis.costs.outlook.result import SpendOutlook
from assay.analysis.costs.reconciling.result import Reconciliation
from assay.analysis.costs.spending import Spending
from assay.analysis.costs.trust import Trust
from assay.core.finding import Finding
from assay.core.units import Count, Share

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """The record of kind `cost`.

    A section that was not asked for, or that the data do not allow, is None. Sections stand in the
    order of the page: spending, why it changed, breakdown, forecast and budgets, anomalies,
    opportunities, cheaper models, cost per resolved task, reconciliation, trust.

    Attributes:
        basis: which costs count: `auto` takes the logged ones and recomputes the others.
        findings: of all sections, each with a key that begins with its section: `spending/…`.
    """

    time_zone: str
    basis: str
    confidence: Share
    k: Count
    spending: Spending
    change: CostChange | None
    breakdown: Breakdown | None
    anomalies: SpendAnomalies | None
    outlook: SpendOutlook | None
    opportunities: OpportunitiesResult | None
    switching: SwitchingResult | None
    comparing: ComparingResult | None
    reconciliation: Reconciliation | None
    trust: Trust
    findings: tuple[Finding, ...]


def cost_report(  # noqa: PLR0913  a section is an argument
    spending: Spending,
    trust: Trust,
    *,
    change: CostChange | None = None,
    breakdown: Breakdown | None = None,
    anomalies: SpendAnomalies | None = None,
    outlook: SpendOutlook | None = None,
    opportunities: OpportunitiesResult | None = None,
    switching: SwitchingResult | None = None,
    comparing: ComparingResult | None = None,
    reconciliation: Reconciliation | None = None,
    time_zone: str = "UTC",
    basis: str = "auto",
    smallest_cell: int = 10,
    alpha: float = 0.05,
    findings: Iterable[Finding] = (),
) -> CostReport:
    """The sections as one record; `findings` are those of the sections, in the page's order."""
    return CostReport(
        time_zone=time_zone,
        basis=basis,
        confidence=1 - alpha,
        k=smallest_cell,
        spending=spending,
        change=change,
        breakdown=breakdown,
        anomalies=anomalies,
        outlook=outlook,
        opportunities=opportunities,
        switching=switching,
        comparing=comparing,
        reconciliation=reconciliation,
        trust=trust,
        findings=(
            _spending(spending, 1 - alpha),
            *(change.findings if change else ()),
            *(breakdown.findings if breakdown else ()),
            *(anomalies.findings if anomalies else ()),
            *(outlook_findings(outlook) if outlook else ()),
            *(opportunities.findings if opportunities else ()),
            *(comparing.findings if comparing else ()),
            *(reconciliation.findings if reconciliation else ()),
            *findings,
        ),
    )


def _spending(spending: Spending, confidence: float) -> Finding:
    """Whether what a day costs went up or down."""
    size, lift = spending.change, spending.relative
    state = "not enough data"
    if size is not None:
        low, high = size.low or 0.0, size.high or 0.0
        still = "not enough data" if spending.why_not else "steady"
        state = "rose" if low > 0 else "fell" if high < 0 else still
    recent = spending.recent or spending.whole
    return Finding(
        key="spending/all",
        what="spending",
        state=state,
        tone="attention" if state == "rose" else "neutral",
        needs_decision=False,
        evidence="before-after",
        unit="USD",
        size=size,
        lift=lift,
        n=recent.requests,
        confidence=confidence,
        action="find out what drives it" if state == "rose" else "none",
        reason=spending.why_not,
        since=recent.first,
    )
