"""Exponential smoothing: simple, with a share of the trend (Theta), and with a damped trend.

Errors of an exponential smoothing are the output of a linear filter of the series: each follows
from the one or two before it, at all parameters of a grid at once, on which the best is looked up.

References:
    Hyndman, Koehler, Ord and Snyder (2008), Forecasting with exponential smoothing, ch. 11.3 (their
    ARIMA forms: with a damped trend, ARIMA(1,1,2)).
    Assimakopoulos and Nikolopoulos (2000), The theta model, International J. of Forecasting 16;
    Hyndman and Billah (2003), Unmasking the Theta method (simple smoothing with half the slope).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.stats.forecasting.panel import Schedule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.forecasting.panel import Panel

LEVELS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
"""Weights of the newest value."""
DAMPED = tuple(
    (alpha, alpha * share, phi)
    for alpha in (0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 0.99)
    for share in (0.01, 0.05, 0.15, 0.4)
    for phi in (0.85, 0.95)
)
"""Weights of the newest value in level and slope, and what is left of a slope after one step."""
SLOPE_SHARE = 0.5
"""Of the fitted line's slope, what Theta keeps (Hyndman and Billah 2003, eq. 7 with θ = 2)."""
MEMORY = 400
"""Values before the first origin that parameters are looked up on; older ones say little."""
WARM_UP = 3
"""First errors that no parameter is judged by."""


def smoothed(given: Panel) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Simple smoothing and Theta, of the adjusted series, (origins, horizon) each."""
    plan, series = _recent(given)
    start = series[:, : max(3, min(10, plan.n // 4))].mean(axis=1, keepdims=True)
    decays = 1 - np.array(LEVELS)
    steps = np.diff(series, axis=1, prepend=start).T
    errors = np.empty((plan.n, len(LEVELS), len(series)))
    error = np.zeros(errors.shape[1:])
    for time, step in enumerate(steps):
        error = errors[time] = step + decays[:, None] * error
    best = _best(errors, plan)[plan.rows]
    last = plan.origins - 1
    level = series[plan.rows, last] - decays[best] * errors[last, best, plan.rows]
    flat = np.repeat(level[:, None], plan.horizon, axis=1)
    slope = _slopes(given.adjusted, given.plan)[plan.rows]
    lag = (1 - decays[best] ** given.plan.origins) / np.array(LEVELS)[best]
    ahead = np.arange(plan.horizon)[None, :] + lag[:, None]
    return flat, flat + SLOPE_SHARE * slope[:, None] * ahead


def damped(given: Panel) -> NDArray[np.float64]:
    """Forecasts of Holt's method with a damped trend, (origins, horizon)."""
    plan, recent = _recent(given)
    errors = _damped_errors(recent - recent[:, :1])
    best = _best(errors, plan)
    alpha, beta, phi = np.array(DAMPED)[best].T
    chosen = errors[:, best, np.arange(best.size)]
    slopes = np.empty_like(chosen)
    slope = np.zeros(best.size)
    for time, error in enumerate(chosen):
        slope = slopes[time] = beta * error + phi * slope
    last, rows = plan.origins - 1, plan.rows
    level = recent[rows, last] - (1 - alpha[rows]) * chosen[last, rows]
    ahead = np.cumsum(phi[rows, None] ** np.arange(1, plan.horizon + 1), axis=1)
    return np.asarray(level[:, None] + slopes[last, rows][:, None] * ahead)


def _recent(given: Panel) -> tuple[Schedule, NDArray[np.float64]]:
    """The adjusted series without what is older than `MEMORY` before the first cut."""
    plan = given.plan
    old = max(0, int(plan.cuts.min()) - MEMORY)
    left = Schedule(plan.n - old, plan.horizon, plan.cuts - old, plan.origins - old, plan.rows)
    return left, given.adjusted[:, old:]


def _damped_errors(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-step errors of series that start at their level, without a slope: (n, DAMPED, cuts)."""
    alpha, beta, phi = np.array(DAMPED).T[..., None]
    first, second = alpha + phi * beta - 1 - phi, phi * (1 - alpha)
    steps = np.diff(series, axis=1, prepend=0.0).T[:, None]
    errors = np.zeros((len(steps) + 2, len(DAMPED), len(series)))
    errors[2:] = steps
    errors[3:] -= phi * steps[:-1]
    for time in range(2, len(errors)):
        errors[time] -= first * errors[time - 1] + second * errors[time - 2]
    return errors[2:]


def _best(errors: NDArray[np.float64], plan: Schedule) -> NDArray[np.int64]:
    """Of each cut the parameter whose errors (n, parameters, cuts) were the smallest.

    Counted are errors that are known at the cut, past the first few.
    """
    weight = plan.known.astype(float)
    weight[:, :WARM_UP] = 0
    losses = np.einsum("tpc,tpc,ct->pc", errors, errors, weight)
    return np.asarray(losses.argmin(axis=0))


def _slopes(series: NDArray[np.float64], plan: Schedule) -> NDArray[np.float64]:
    """Slope of the least-squares line of what each cut knows."""
    found = []
    for row, cut in zip(series, plan.cuts, strict=True):
        place = np.arange(cut) - (cut - 1) / 2
        found.append(float(place @ row[:cut]) / max(float(place @ place), 1.0))
    return np.array(found)
