"""Why one period cost more or less than an earlier one."""

from assay.analysis.costs.changing.change import cost_change, last_change
from assay.analysis.costs.changing.result import CostChange

__all__ = ["CostChange", "cost_change", "last_change"]
