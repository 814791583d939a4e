"""Whether a candidate got worse than a baseline, judged by runs and not by requests."""

from assay.stats.regressions.comparison import EQUIVALENCE, Comparison, Verdict, compare_runs
from assay.stats.regressions.creep import Creep, creep
from assay.stats.regressions.metric import WEIGHTS, MetricVerdict, compare_metric
from assay.stats.regressions.rules import Rules
from assay.stats.regressions.run import STATISTICS, Run, run_of

__all__ = [
    "EQUIVALENCE",
    "STATISTICS",
    "WEIGHTS",
    "Comparison",
    "Creep",
    "MetricVerdict",
    "Rules",
    "Run",
    "Verdict",
    "compare_metric",
    "compare_runs",
    "creep",
    "run_of",
]
