"""Whether users become more satisfied, keep to what they chose, and gain by what is changed."""

from assay.analysis.personalisation.assess import assess_personalisation
from assay.analysis.personalisation.result import PersonalisationResult

__all__ = ["PersonalisationResult", "assess_personalisation"]
