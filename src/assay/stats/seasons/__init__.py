"""Regular series taken apart: trend, seasons, effects of single days, remainder."""

from assay.stats.seasons.change import PeriodChange, Shift, period_change
from assay.stats.seasons.decompose import Decomposition, decompose
from assay.stats.seasons.periods import seasonal_p_values, without_seasons

__all__ = [
    "Decomposition",
    "PeriodChange",
    "Shift",
    "decompose",
    "period_change",
    "seasonal_p_values",
    "without_seasons",
]
