"""Where the money went: shares, cost per outcome, waste, caches and other expenses."""

from assay.analysis.costs.breakdown.assess import breakdown_of, period_length
from assay.analysis.costs.breakdown.result import Breakdown

__all__ = ["Breakdown", "breakdown_of", "period_length"]
