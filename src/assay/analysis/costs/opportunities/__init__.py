"""What could be saved, each with its interval, its risks and the experiment that confirms it."""

from assay.analysis.costs.opportunities.find import find_opportunities
from assay.analysis.costs.opportunities.result import (
    OpportunitiesResult,
    Opportunity,
    Scope,
    Trial,
    ranked,
)

__all__ = ["OpportunitiesResult", "Opportunity", "Scope", "Trial", "find_opportunities", "ranked"]
