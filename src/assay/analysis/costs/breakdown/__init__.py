"""Where the money went: shares, cost per outcome, waste, caches and other expenses."""

from assay.analysis.costs.breakdown.assess import breakdown_of
from assay.analysis.costs.breakdown.result import Breakdown
from assay.analysis.costs.breakdown.waste import cacheable_share

__all__ = ["Breakdown", "breakdown_of", "cacheable_share"]
