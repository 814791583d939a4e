"""Regular series taken apart: trend, seasons, effects of single days, remainder."""

from assay.stats.seasons.change import PeriodChange, Shift, period_change
from assay.stats.seasons.decompose import Decomposition, decompose
from assay.stats.seasons.periods import seasonal_p_values, without_seasons
from assay.stats.seasons.weights import calendar_weights

__all__ = [
    "Decomposition",
    "PeriodChange",
    "Shift",
    "calendar_weights",
    "decompose",
    "period_change",
    "seasonal_p_values",
    "without_seasons",
]
