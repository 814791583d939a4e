"""Autoregressions, shrunk: what the last steps, and the same steps a season ago, say of the next.

Changes of the series are regressed on its recent changes and on its distance from its mean. Each
coefficient is pulled towards zero (no memory of changes, no return to the mean: a random walk), the
more so the longer its lag. A return to the mean is believed only as far as it exceeds what a random
walk shows by chance.

References:
    Litterman (1986), Forecasting with Bayesian vector autoregressions: five years of experience,
    Journal of Business & Economic Statistics 4 (tightness that grows with the lag).
    Dickey and Fuller (1979), Distribution of the estimators for autoregressive time series with a
    unit root, JASA 74 (critical value of the return to a mean).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.stats.forecasting.panel import Schedule

if TYPE_CHECKING:
    from assay.stats.forecasting.panel import Panel

LAGS = 6
TIGHTNESS = 0.4
"""Prior standard deviation of the coefficient of lag 1; of lag k it is this ÷ k."""
SEASONAL_TIGHTNESS = 0.3
"""Prior standard deviation of the coefficient of a whole season."""
UNIT_ROOT = 2.86
"""−t of the return to the mean that a random walk exceeds in 5 % (Dickey and Fuller 1979)."""
_NOTHING = 1e-250
"""Keeps the equations of a series that never moves solvable."""


def autoregressed(given: Panel) -> NDArray[np.float64]:
    """Forecasts of the adjusted series, (origins, horizon)."""
    return paths_of(given.adjusted, given.plan, given.periods)


def last_season(given: Panel) -> NDArray[np.float64]:
    """The last season again, its departure from the one before fading as it did, with season."""
    plan, period = given.plan, max(given.periods)
    differences = given.values[:, period:] - given.values[:, :-period]
    shifted = Schedule(
        plan.n - period, plan.horizon, plan.cuts - period, plan.origins - period, plan.rows
    )
    ahead = paths_of(differences, shifted, given.periods, centred=False)
    found = np.concatenate((given.values[plan.rows], np.zeros_like(ahead)), axis=1)
    index = np.arange(plan.origins.size)
    for step in range(plan.horizon):
        place = plan.origins + step
        found[index, place] = found[index, place - period] + ahead[:, step]
    return np.take_along_axis(found, plan.targets, axis=1)


def paths_of(
    series: NDArray[np.float64], plan: Schedule, periods: tuple[int, ...], *, centred: bool = True
) -> NDArray[np.float64]:
    """Forecasts of rows, one per cut, from every origin: (origins, horizon).

    Args:
        series: (rows, n).
        plan: its origins.
        periods: seasons whose last changes may come again.
        centred: whether it returns to its mean, or to zero.
    """
    shortest = int(plan.cuts.min())
    seasonal = [m for m in periods if m > LAGS and 2 * m + 2 <= shortest]
    near = [k for k in range(1, LAGS + 1) if 3 * k + 4 <= shortest]
    prior = np.array([TIGHTNESS / k for k in near] + [SEASONAL_TIGHTNESS] * len(seasonal))
    return _continued(series, plan, _fitted(series, plan, near + seasonal, prior, centred=centred))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Of each row: its mean, the share of the distance to it made up per step (negative), and the
    coefficients of past changes at `lags`.
    """

    means: NDArray[np.float64]
    returns: NDArray[np.float64]
    weights: NDArray[np.float64]
    lags: NDArray[np.int_]


def _fitted(
    series: NDArray[np.float64],
    plan: Schedule,
    lags: list[int],
    prior: NDArray[np.float64],
    *,
    centred: bool,
) -> _Fit:
    reach = max(lags, default=0)
    known = plan.known
    count = plan.cuts - 1.0 - reach
    means = np.zeros(plan.cuts.size)
    if centred:
        means = (series * known).sum(axis=1) / plan.cuts
    changes = np.diff(series, axis=1)
    size = changes.shape[1]
    judged = known[:, 1 + reach :]
    target = changes[:, reach:] * judged
    columns = [(series[:, reach:-1] - means[:, None]) * judged]
    columns += [changes[:, reach - k : size - k] * judged for k in lags]
    design = np.stack(columns, axis=1)
    gram = design @ design.transpose(0, 2, 1)
    moment = (design @ target[:, :, None])[:, :, 0]
    total = np.einsum("ij,ij->i", target, target)
    noise = total / np.maximum(count, 1)
    eye = np.eye(len(lags) + 1)
    weak = np.concatenate(([0.0], 1 / prior**2))
    tiny = np.maximum(1e-9 * np.trace(gram, axis1=1, axis2=2), _NOTHING)
    system = gram + eye * (noise[:, None] * weak + tiny[:, None])[:, None, :]
    inverse = np.linalg.inv(system)
    solved = (inverse @ moment[:, :, None])[:, :, 0]
    left = total - 2 * (solved * moment).sum(axis=1) + _quadratic(gram, solved)
    spread = np.maximum(left, 0) / np.maximum(count - 1, 1)
    t = solved[:, 0] / np.sqrt(np.maximum(spread * inverse[:, 0, 0], 1e-300))
    kept = np.where(t < 0, np.maximum(0, 1 - (UNIT_ROOT / np.minimum(t, -1e-9)) ** 2), 0.0)
    returns = kept * solved[:, 0]
    weights = solved[:, 1:]
    if lags:
        rest = moment[:, 1:] - gram[:, 1:, 0] * returns[:, None]
        weights = np.linalg.solve(system[:, 1:, 1:], rest[:, :, None])[:, :, 0]
    return _Fit(means, returns, weights, np.array(lags, dtype=int))


def _quadratic(matrices: NDArray[np.float64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.einsum("ij,ijk,ik->i", vectors, matrices, vectors)
    return found


def _continued(series: NDArray[np.float64], plan: Schedule, fit: _Fit) -> NDArray[np.float64]:
    means, returns, weights = (part[plan.rows] for part in (fit.means, fit.returns, fit.weights))
    reach = int(fit.lags.max(initial=1))
    past = plan.origins[:, None] + np.arange(-reach - 1, 0)[None, :]
    moves = np.zeros((plan.origins.size, reach + plan.horizon))
    moves[:, :reach] = np.diff(series[plan.rows[:, None], past], axis=1)
    level = series[plan.rows, plan.origins - 1]
    found = np.empty((plan.origins.size, plan.horizon))
    for step in range(plan.horizon):
        move = returns * (level - means)
        move += (weights * moves[:, reach + step - fit.lags]).sum(axis=1)
        moves[:, reach + step] = move
        level = level + move
        found[:, step] = level
    return found
