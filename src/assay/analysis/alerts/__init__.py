"""Watched series → alarms: what changed, since when, how surely, and what that costs."""

from assay.analysis.alerts.detect import detect
from assay.analysis.alerts.findings import finding_of
from assay.analysis.alerts.result import Alarm, Alarms, Unwatched
from assay.analysis.alerts.watched import PERIODS, Threshold, WatchedSeries

__all__ = [
    "PERIODS",
    "Alarm",
    "Alarms",
    "Threshold",
    "Unwatched",
    "WatchedSeries",
    "detect",
    "finding_of",
]
