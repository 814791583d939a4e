"""How long users stay: repeat use and its end, foretold per user and checked."""

from assay.stats.lifetimes.ahead import Ahead, look_ahead
from assay.stats.lifetimes.bgnbd import Fitted, drawn_parameters, fit_returns, profile_interval
from assay.stats.lifetimes.churn import Calibration, Recalibration, calibration_of, recalibrate
from assay.stats.lifetimes.histories import Histories, histories
from assay.stats.lifetimes.totals import Total, total_ahead

__all__ = [
    "Ahead",
    "Calibration",
    "Fitted",
    "Histories",
    "Recalibration",
    "Total",
    "calibration_of",
    "drawn_parameters",
    "fit_returns",
    "histories",
    "look_ahead",
    "profile_interval",
    "recalibrate",
    "total_ahead",
]
