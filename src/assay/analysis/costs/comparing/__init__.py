"""What a resolved task costs, by whatever makes a configuration, and who does it for less."""

from assay.analysis.costs.comparing.assess import compare_configurations
from assay.analysis.costs.comparing.result import ComparingResult

__all__ = ["ComparingResult", "compare_configurations"]
