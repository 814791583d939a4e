"""What two results of the same kind say differently, and by how much."""

from assay.analysis.comparing.numbers import Judgement, Moved
from assay.analysis.comparing.results import Comparison, FindingChange, Flip, compare

__all__ = ["Comparison", "FindingChange", "Flip", "Judgement", "Moved", "compare"]
