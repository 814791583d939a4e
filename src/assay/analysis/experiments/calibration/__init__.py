"""Does the engine keep its word? Simulated experiments whose truth is known."""

from assay.analysis.experiments.calibration.published import published, result_of
from assay.analysis.experiments.calibration.result import CalibrationResult

__all__ = ["CalibrationResult", "published", "result_of"]
