"""Regular series taken apart: trend, seasons, effects of single days, remainder."""

from assay.stats.seasons.periods import seasonal_p_values, without_seasons

__all__ = ["seasonal_p_values", "without_seasons"]
