"""What comes next: methods weighed by what they were worth so far, with tested intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import DataError
from assay.stats.forecasting.backtest import Tested, tested
from assay.stats.forecasting.cleaning import Ready, made_ready
from assay.stats.forecasting.members import naive, paths_of_members
from assay.stats.forecasting.panel import schedule
from assay.stats.forecasting.records import COMBINATION, Forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

NEEDED: Final = 3
"""Origins below which nothing can be said of past accuracy."""


def forecast(  # noqa: PLR0913  a series, how far, and what is known of its values
    y: ArrayLike,
    horizon: int,
    *,
    periods: Sequence[int] = (7,),
    level: float = 0.95,
    low: float | None = None,
    high: float | None = None,
    integer: bool = False,
) -> Forecast:
    """The next `horizon` values of a series, each with an interval that was tested on its past.

    Exponential smoothing, Theta, damped trend, autoregression, the last season and harmonic
    regression each forecast, on the scale given and on one relative to the bounds (logarithm, or
    log-odds between two bounds). They are combined by their accuracy from past origins. Intervals
    are quantiles of the combination's past errors, so they say as much about the next values as
    the past resembles the future; a break that never happened before is not in them.

    Args:
        y: values at equal steps, oldest first; NaN is a gap.
        horizon: steps ahead.
        periods: candidate lengths of seasons in steps, such as 7 for days, 24 and 168 for hours;
            empty for none. Those not seen twice are left out, and told.
        level: nominal share of future values inside the interval.
        low: natural lower bound, such as 0 for counts.
        high: natural upper bound, such as 1 for shares.
        integer: values are whole: ends of intervals are moved outwards to whole numbers. Values
            stay fractional, since rounding would bias sums of small counts.

    Raises:
        DataError: where the series is not one row of numbers, has fewer than three values, an
            infinite one or one out of bounds; or where horizon, periods or level are impossible.
    """
    _check(horizon, periods, level)
    wanted = tuple(sorted({int(m) for m in periods if m > 1}))
    ready = made_ready(y, wanted, low, high)
    if np.ptp(ready.values) == 0:
        return _constant(ready, horizon, level)
    seen = tuple(m for m in wanted if ready.values.size > 2 * m + 2)
    notes = [
        *ready.notes,
        *(
            f"no season of {m} steps looked for: {ready.values.size} values, "
            f"expected more than {2 * m + 2}"
            for m in wanted
            if m not in seen
        ),
    ]
    reach = horizon + ready.overdue
    plan = schedule(ready.values.size, reach, max(seen, default=1))
    members = paths_of_members(ready.values, plan, seen, low, high)
    reference = naive(ready.values, plan, seen)
    found = tested(ready, plan, members, reference, period=max(seen, default=1), level=level)
    if found.origins < NEEDED:
        notes.append(
            f"too short to test forecasts of {horizon} steps on its own past ({ready.values.size} "
            "values): methods weigh the same, and intervals are those of a random walk"
        )
    elif any(share is None for share in found.coverage[ready.overdue :]):
        notes.append("too short to test the farthest steps: their intervals are extrapolated")
    ends = _bounded(found, low, high, integer=integer)
    value, lower, upper = (tuple(float(v) for v in row[ready.overdue :]) for row in ends)
    return Forecast(
        values=value,
        low=lower,
        high=upper,
        level=level,
        weights=found.weights,
        coverage=found.coverage[ready.overdue :],
        backtest=found.records,
        notes=tuple(notes),
    )


def _check(horizon: int, periods: Sequence[int], level: float) -> None:
    if not horizon >= 1:
        raise DataError(f"horizon={horizon}, expected one step or more")
    if not 0 < level < 1:
        raise DataError(f"level={level}, expected a share between 0 and 1")
    if any(m < 1 or m != int(m) for m in periods):
        raise DataError(f"periods={tuple(periods)}, expected whole numbers of steps, 1 or more")


def _constant(ready: Ready, horizon: int, level: float) -> Forecast:
    value = float(ready.values[0])
    same = (value,) * horizon
    return Forecast(
        values=same,
        low=same,
        high=same,
        level=level,
        weights={COMBINATION: 1.0},
        coverage=(None,) * horizon,
        backtest=(),
        notes=(
            *ready.notes,
            (
                f"constant: {value:g} in all {int(ready.observed.sum())} values; how far it may "
                "move cannot be told from it, so the interval has no width"
            ),
        ),
    )


def _bounded(
    found: Tested, low: float | None, high: float | None, *, integer: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    lower, upper = found.low, found.high
    if integer:
        lower, upper = np.floor(lower), np.ceil(upper)
    if low is None and high is None:
        return found.values, lower, upper
    value, lower, upper = (np.clip(row, low, high) for row in (found.values, lower, upper))
    return value, lower, upper
