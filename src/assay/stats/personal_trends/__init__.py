"""Users' own trends: a line each, drawn towards that of all, and how likely it rises or falls."""

from assay.stats.personal_trends.classes import CLASSES, UserTrends, user_trends
from assay.stats.personal_trends.dropout import Patterns, patterns_of
from assay.stats.personal_trends.fitting import (
    PERIOD,
    Problem,
    Spread,
    TrendFit,
    fit_trends,
)
from assay.stats.personal_trends.kinds import KindSlopes, kind_slopes
from assay.stats.personal_trends.naive import Naive, naive_of
from assay.stats.personal_trends.shocks import Shocks, shocks_of
from assay.stats.personal_trends.trends import PersonalTrends, personal_trends
from assay.stats.personal_trends.user_weeks import UserWeeks
from assay.stats.personal_trends.whitening import Noise

__all__ = [
    "CLASSES",
    "PERIOD",
    "KindSlopes",
    "Naive",
    "Noise",
    "Patterns",
    "PersonalTrends",
    "Problem",
    "Shocks",
    "Spread",
    "TrendFit",
    "UserTrends",
    "UserWeeks",
    "fit_trends",
    "kind_slopes",
    "naive_of",
    "patterns_of",
    "personal_trends",
    "shocks_of",
    "user_trends",
]
