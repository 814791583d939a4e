"""How good it was by those who judged, and who of them, or what they judged, moved."""

from assay.analysis.scoring.assess import assess_scores
from assay.analysis.scoring.goals import goal_status
from assay.analysis.scoring.result import ScoringResult

__all__ = ["ScoringResult", "assess_scores", "goal_status"]
