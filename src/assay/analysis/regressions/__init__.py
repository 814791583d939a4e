"""What became slower, dearer or worse than a baseline, judged by runs."""

from assay.analysis.regressions.comparing import compare_captures
from assay.analysis.regressions.result import (
    CaseResult,
    CreepResult,
    RegressionsResult,
    StatisticResult,
)

__all__ = [
    "CaseResult",
    "CreepResult",
    "RegressionsResult",
    "StatisticResult",
    "compare_captures",
]
