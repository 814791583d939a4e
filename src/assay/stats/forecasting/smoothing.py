"""Exponential smoothing: simple, with a share of the trend (Theta), and with a damped trend.

Errors of an exponential smoothing are the output of a linear filter of the series, so one call of
`lfilter` gives the errors of all times at one parameter; the parameter is then looked up on a grid.

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
    levels, losses = [], []
    known = _judged(plan)
    rows, last = plan.rows, plan.origins - 1
    for alpha in LEVELS:
        errors = _filtered([1, -1], [1, alpha - 1], series, start=-start)
        losses.append(np.einsum("ij,ij,ij->i", errors, errors, known))
        levels.append(series[rows, last] - (1 - alpha) * errors[rows, last])
    best = np.argmin(losses, axis=0)[rows]
    level = np.take_along_axis(np.array(levels), best[None, :], axis=0)[0]
    flat = np.repeat(level[:, None], plan.horizon, axis=1)
    alpha = np.array(LEVELS)[best]
    slope = _slopes(given.adjusted, given.plan)[rows]
    lag = (1 - (1 - alpha) ** given.plan.origins) / alpha
    steps = np.arange(plan.horizon)[None, :] + lag[:, None]
    return flat, flat + SLOPE_SHARE * slope[:, None] * steps


def damped(given: Panel) -> NDArray[np.float64]:
    """Forecasts of Holt's method with a damped trend, (origins, horizon)."""
    plan, recent = _recent(given)
    series = recent - recent[:, :1]
    known = _judged(plan)
    losses = []
    for alpha, beta, phi in DAMPED:
        errors = _damped_errors(series, alpha, beta, phi)
        losses.append(np.einsum("ij,ij,ij->i", errors, errors, known))
    best = np.argmin(losses, axis=0)
    found = np.empty((plan.origins.size, plan.horizon))
    for row, choice in enumerate(best):
        alpha, beta, phi = DAMPED[choice]
        errors = _damped_errors(series[row], alpha, beta, phi)
        slopes = _filtered([beta], [1, -phi], errors)
        mine = plan.rows == row
        last = plan.origins[mine] - 1
        level = recent[row, last] - (1 - alpha) * errors[last]
        ahead = np.cumsum(phi ** np.arange(1, plan.horizon + 1))
        found[mine] = level[:, None] + slopes[last][:, None] * ahead
    return found


def _recent(given: Panel) -> tuple[Schedule, NDArray[np.float64]]:
    """The adjusted series without what is older than `MEMORY` before the first cut."""
    plan = given.plan
    old = max(0, int(plan.cuts.min()) - MEMORY)
    left = Schedule(plan.n - old, plan.horizon, plan.cuts - old, plan.origins - old, plan.rows)
    return left, given.adjusted[:, old:]


def _damped_errors(
    series: NDArray[np.float64], alpha: float, beta: float, phi: float
) -> NDArray[np.float64]:
    """One-step errors of a series that starts at its level, without a slope."""
    top = [1, -(1 + phi), phi]
    bottom = [1, alpha + phi * beta - 1 - phi, phi * (1 - alpha)]
    return _filtered(top, bottom, series)


def _filtered(
    top: list[float],
    bottom: list[float],
    series: NDArray[np.float64],
    *,
    start: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Each row through a linear filter, from rest or from the state `start`."""
    from scipy.signal import lfilter  # noqa: PLC0415  brings scipy.stats: half a second

    if start is None:
        plain: NDArray[np.float64] = lfilter(top, bottom, series)
        return plain
    found: NDArray[np.float64] = lfilter(top, bottom, series, zi=start)[0]
    return found


def _judged(plan: Schedule) -> NDArray[np.float64]:
    """Weights of errors, (cuts, n): one where known, past the first few."""
    weight = plan.known.astype(float)
    weight[:, :WARM_UP] = 0
    return weight


def _slopes(series: NDArray[np.float64], plan: Schedule) -> NDArray[np.float64]:
    """Slope of the least-squares line of what each cut knows."""
    found = []
    for row, cut in zip(series, plan.cuts, strict=True):
        place = np.arange(cut) - (cut - 1) / 2
        found.append(float(place @ row[:cut]) / max(float(place @ place), 1.0))
    return np.array(found)
