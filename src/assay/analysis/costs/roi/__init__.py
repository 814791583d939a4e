"""What a change is worth: its effect beyond what happened anyway, less what it costs."""

from assay.analysis.costs.roi.assess import assess_return
from assay.analysis.costs.roi.booked import booked_costs
from assay.analysis.costs.roi.result import Assumptions, RoiResult

__all__ = ["Assumptions", "RoiResult", "assess_return", "booked_costs"]
