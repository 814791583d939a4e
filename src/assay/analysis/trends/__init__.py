"""What is changing, since when, how surely, and what comes next."""

from assay.analysis.trends.assess import assess
from assay.analysis.trends.question import RECENT, Question
from assay.analysis.trends.result import TrendResult

__all__ = ["RECENT", "Question", "TrendResult", "assess"]
