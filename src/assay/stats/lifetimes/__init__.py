"""How long users stay: repeat use and its end, retention, states, and habits."""

from assay.stats.lifetimes.ahead import Ahead, look_ahead
from assay.stats.lifetimes.backtest import Backtest, backtest
from assay.stats.lifetimes.bgnbd import (
    Fitted,
    better_fit,
    drawn_parameters,
    fit_returns,
    profile_interval,
)
from assay.stats.lifetimes.churn import Calibration, Recalibration, calibration_of, recalibrate
from assay.stats.lifetimes.histories import Histories, histories
from assay.stats.lifetimes.regularity import Regularity, regularity_of
from assay.stats.lifetimes.retention import (
    Activity,
    Pooled,
    Retention,
    activity,
    lapse_times,
    pooled,
    retention_of,
)
from assay.stats.lifetimes.sizes import PastSizes, SizesAhead, past_sizes, sizes_ahead
from assay.stats.lifetimes.spend import (
    Independence,
    Spend,
    fit_spend,
    independence_of,
)
from assay.stats.lifetimes.states import (
    STATES,
    Moves,
    Rule,
    Steps,
    moves_between,
    steps_of,
)
from assay.stats.lifetimes.survival import Curve, Groups, kept_over_time, lapse_by_group, wilson
from assay.stats.lifetimes.totals import Total, total_ahead

__all__ = [
    "STATES",
    "Activity",
    "Ahead",
    "Backtest",
    "Calibration",
    "Curve",
    "Fitted",
    "Groups",
    "Histories",
    "Independence",
    "Moves",
    "PastSizes",
    "Pooled",
    "Recalibration",
    "Regularity",
    "Retention",
    "Rule",
    "SizesAhead",
    "Spend",
    "Steps",
    "Total",
    "activity",
    "backtest",
    "better_fit",
    "calibration_of",
    "drawn_parameters",
    "fit_returns",
    "fit_spend",
    "histories",
    "independence_of",
    "kept_over_time",
    "lapse_by_group",
    "lapse_times",
    "look_ahead",
    "moves_between",
    "past_sizes",
    "pooled",
    "profile_interval",
    "recalibrate",
    "regularity_of",
    "retention_of",
    "sizes_ahead",
    "steps_of",
    "total_ahead",
    "wilson",
]
