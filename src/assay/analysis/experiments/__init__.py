"""Did the change help? Randomised experiments, from arm summaries to a verdict."""

from assay.analysis.experiments.ab_test import ab_test
from assay.analysis.experiments.result import ABTestResult

__all__ = ["ABTestResult", "ab_test"]
