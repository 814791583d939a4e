"""Series watched day by day, each day judged by the days before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError, ParameterError
from assay.stats.given import numbers
from assay.stats.watching.following import Following
from assay.stats.watching.rules import WatchRules

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from assay.stats.watching.result import Watch

    Array = NDArray[np.float64]


def watch(  # noqa: PLR0913  what is watched, and four ways to watch it
    values: ArrayLike,
    errors: ArrayLike | None = None,
    *,
    series: int = 1,
    period: int = 7,
    budget: float = 0.25,
    smallest: float = 0.05,
    relative: bool = True,
) -> Watch:
    """What happened in one series of days, as it would have been said on each of them.

    What is said of a day rests on that day and those before it alone. A day is compared with what
    the weeks up to `following.LAG` days before let expect of it; days remember each other; a day
    that is far off by itself is an anomaly and never an alarm of a shift.

    `benchmarks/online.py` simulates the false alarms in the weeks after the first month: 0.10 to
    0.12 per 100 days at a budget of 0.25 (days with an autocorrelation of .3, incidents on 3 % of
    them), 0.19 at an autocorrelation of .5, and less later. Days that remember each other for
    longer break the budget: 0.29 at .6, 0.47 at .7. Anomalies of single days and silences have the
    same budget each.

    Args:
        values: one per day, hour or week, evenly spaced; NaN where there are no data.
        errors: standard error of each value, in its unit; None where unknown.
        series: number of series that are watched together and share the budget.
        period: length of the season; 1 for none.
        budget: false alarms per 100 days (points) over all series together, at most.
        smallest: shift that matters; a share, or a difference.
        relative: compare ratios of positive values.

    Raises:
        DataError: where values are not as long as errors, infinite, or not positive though ratios
            are asked.
        ParameterError: where an option is out of range.
    """
    rules = WatchRules(period=period, budget=budget, smallest=smallest, relative=relative)
    if not series >= 1:
        raise ParameterError(f"series={series}, expected 1 or more")
    row = numbers(values, name="values")
    if row.ndim != 1:
        raise DataError(f"values of shape {row.shape}, expected one per day; rows are watch_all's")
    rows = row.reshape(1, -1)
    own = None if errors is None else numbers(errors, name="errors").reshape(1, -1)
    return Following.of(*_scaled(rows, own, relative=relative), rules, series).run()[0]


def watch_all(
    values: ArrayLike, errors: ArrayLike | None = None, *, rules: WatchRules | None = None
) -> tuple[Watch, ...]:
    """The same for many series of the same days, which share the budget.

    Args:
        values: a row per series.
        errors: standard errors in the same places, or None.
        rules: what is watched for; None for the usual.

    Raises:
        DataError: as `watch`.
    """
    rules = rules or WatchRules()
    rows = np.atleast_2d(numbers(values, name="values"))
    own = None if errors is None else np.atleast_2d(numbers(errors, name="errors"))
    scaled = _scaled(rows, own, relative=rules.relative)
    return Following.of(*scaled, rules, rows.shape[0]).run()


def _scaled(values: Array, errors: Array | None, *, relative: bool) -> tuple[Array, Array]:
    """Values and sampling variances on the scale on which they are compared."""
    if values.ndim != 2 or not values.size:
        raise DataError(f"values of shape {values.shape}, expected a row of days per series")
    if np.isinf(values).any():
        raise DataError("a value is infinite, expected numbers, or NaN for days without data")
    if relative and (values <= 0).any():
        raise DataError(
            f"a value of {np.nanmin(values):g}, expected positive ones, since ratios are watched",
            remedy="watch differences: relative=False, smallest in the values' unit",
        )
    if errors is not None and errors.shape != values.shape:
        raise DataError(f"errors of shape {errors.shape}, expected that of values, {values.shape}")
    own = np.zeros_like(values) if errors is None else np.where(np.isfinite(errors), errors, 0.0)
    if (own < 0).any():
        raise DataError(f"an error of {own.min():g}, expected none below zero")
    if not relative:
        return values, own**2
    return np.log(values), (own / np.where(np.isnan(values), 1.0, values)) ** 2
