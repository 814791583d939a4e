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

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.forecasting.panel import Panel, Schedule

LAGS = 6
TIGHTNESS = 0.4
"""Prior standard deviation of the coefficient of lag 1; of lag k it is this ÷ k."""
SEASONAL_TIGHTNESS = 0.3
"""Prior standard deviation of the coefficient of a whole season."""
UNIT_ROOT = 2.86
"""−t of the return to the mean that a random walk exceeds in 5 % (Dickey and Fuller 1979)."""


def autoregressed(given: Panel) -> NDArray[np.float64]:
    """Forecasts of the adjusted series, (origins, horizon)."""
    return paths_of(given.adjusted, given.plan, given.periods)


def last_season(given: Panel) -> NDArray[np.float64]:
    """The last season again, its departure from the one before fading as it did, with season."""
    plan, period = given.plan, max(given.periods)
    differences = given.values[period:] - given.values[:-period]
    shifted = type(plan)(
        plan.n - period, plan.horizon, plan.cuts - period, plan.origins - period, plan.rows
    )
    rows = np.broadcast_to(differences, (plan.cuts.size, differences.size))
    ahead = paths_of(rows, shifted, given.periods, centred=False)
    found = np.concatenate(
        (np.broadcast_to(given.values, (plan.origins.size, plan.n)), np.zeros_like(ahead)), axis=1
    )
    for step in range(plan.horizon):
        place = plan.origins + step
        index = np.arange(plan.origins.size)
        found[index, place] = found[index, place - period] + ahead[:, step]
    return np.take_along_axis(found, plan.targets, axis=1)


def paths_of(
    series: NDArray[np.float64], plan: Schedule, periods: tuple[int, ...], *, centred: bool = True
) -> NDArray[np.float64]:
    """Forecasts of rows, one per cut, from every origin: (origins, horizon).

    Args:
        series: (cuts, n).
        plan: its origins.
        periods: seasons whose last changes may come again.
        centred: whether it returns to its mean, or to zero.
    """
    shortest = int(plan.cuts[0])
    seasonal = [m for m in periods if m > LAGS and 2 * m + 2 <= shortest]
    lags = [k for k in range(1, LAGS + 1) if 3 * k + 4 <= shortest] + seasonal
    widths = np.array(
        [TIGHTNESS / k for k in lags if k <= LAGS] + [SEASONAL_TIGHTNESS] * len(seasonal)
    )
    reach = max(lags, default=0)
    changes = np.diff(series, axis=1)
    means = np.empty(plan.cuts.size)
    returns = np.empty(plan.cuts.size)
    weights = np.empty((plan.cuts.size, len(lags)))
    for row, cut in enumerate(plan.cuts):
        means[row], returns[row], weights[row] = _fitted(
            series[row, :cut], changes[row, : cut - 1], lags, widths, reach, centred=centred
        )
    return _continued(series, changes, plan, (means, returns, weights), lags)


def _fitted(  # noqa: PLR0913  a regression and its prior
    level: NDArray[np.float64],
    changes: NDArray[np.float64],
    lags: list[int],
    widths: NDArray[np.float64],
    reach: int,
    *,
    centred: bool,
) -> tuple[float, float, NDArray[np.float64]]:
    """Mean, share of the distance to it that is made up per step, coefficients of changes."""
    mean = float(level.mean()) if centred else 0.0
    target = changes[reach:]
    columns = [level[reach:-1] - mean] + [changes[reach - k : changes.size - k] for k in lags]
    design = np.stack(columns, axis=1)
    gram, moment = design.T @ design, design.T @ target
    noise = float(target @ target) / max(target.size, 1)
    penalty = np.concatenate(([0.0], noise / widths**2))
    tiny = 1e-9 * (np.trace(gram) + 1e-300)
    system = gram + np.diag(penalty + tiny)
    solved = np.linalg.solve(system, moment)
    left = target - design @ solved
    spread = float(left @ left) / max(target.size - 1, 1)
    error = np.sqrt(max(spread * float(np.linalg.inv(system)[0, 0]), 1e-300))
    t = float(solved[0]) / error
    kept = max(0.0, 1 - (UNIT_ROOT / t) ** 2) if t < 0 else 0.0
    back = kept * float(solved[0])
    rest = system[1:, 1:]
    coefficients = np.linalg.solve(rest, moment[1:] - gram[1:, 0] * back) if lags else solved[1:]
    return mean, back, np.asarray(coefficients, dtype=float)


def _continued(
    series: NDArray[np.float64],
    changes: NDArray[np.float64],
    plan: Schedule,
    fitted: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    lags: list[int],
) -> NDArray[np.float64]:
    means, returns, weights = (part[plan.rows] for part in fitted)
    reach = max(lags, default=1)
    past = plan.origins[:, None] - 1 + np.arange(-reach, 0)[None, :]
    moves = np.zeros((plan.origins.size, reach + plan.horizon))
    moves[:, :reach] = changes[plan.rows[:, None], past]
    level = series[plan.rows, plan.origins - 1]
    found = np.empty((plan.origins.size, plan.horizon))
    back = np.array(lags, dtype=int)
    for step in range(plan.horizon):
        move = returns * (level - means)
        if lags:
            move = move + np.einsum("ij,ij->i", weights, moves[:, reach + step - back])
        moves[:, reach + step] = move
        level = level + move
        found[:, step] = level
    return found
