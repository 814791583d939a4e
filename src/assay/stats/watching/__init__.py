"""Series watched as they grow: shifts, days that stand out, silence, thresholds."""

from assay.stats.watching.level import Exceedance, exceeds
from assay.stats.watching.result import Anomaly, Incident, Silence, Watch
from assay.stats.watching.rules import WatchRules
from assay.stats.watching.sampling import even_errors
from assay.stats.watching.watch import watch, watch_all

__all__ = [
    "Anomaly",
    "Exceedance",
    "Incident",
    "Silence",
    "Watch",
    "WatchRules",
    "even_errors",
    "exceeds",
    "watch",
    "watch_all",
]
