"""Can these data be trusted, and for what? From a profile to verdicts per later analysis."""

from assay.analysis.quality.assess import assess
from assay.analysis.quality.result import QualityResult, Thresholds

__all__ = ["QualityResult", "Thresholds", "assess"]
