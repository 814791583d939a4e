"""Does the engine keep its word? Simulated experiments whose truth is known."""

from assay.analysis.experiments.calibration.published import RECORD, published, result_of
from assay.analysis.experiments.calibration.result import CalibrationResult

__all__ = ["RECORD", "CalibrationResult", "published", "result_of"]
