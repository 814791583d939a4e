"""How often all users together will come back, and what they will spend."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.stats.lifetimes.ahead import MANY, alive_and_idle, checked, expected_alive
from assay.stats.lifetimes.bgnbd import drawn_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.lifetimes.bgnbd import Fitted
    from assay.stats.lifetimes.histories import Histories

    Floats = NDArray[np.float64]

FEW: Final = 500
"""Users up to whom the sum is drawn many times over; of more it is as good as normal."""
DRAWS: Final = 1_000
MEANS: Final = 200
"""Parameters under which the mean of many users is taken."""
_STEP: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Returns of all users within a horizon.

    Attributes:
        expected: mean; `low`, `high`: ends of the interval in which the sum will lie with `level`,
            given that the model holds: users are chance, and so are the parameters.
        from_parameters: share of the variance that is of parameters; more users of the same kind
            would take it away.
    """

    expected: float
    low: float
    high: float
    level: float
    from_parameters: float


def total_ahead(
    given: Histories, fitted: Fitted, horizon: float, *, seed: int, level: float = 0.95
) -> Total:
    """The sum of everybody's returns within a horizon, with its interval.

    Up to `FEW` users are drawn `DRAWS` times, each time with other parameters that the data allow.
    Of more users the chance of each (from one draw) adds up to a normal one, around the means under
    other parameters; of more than `MANY` distinct histories these are normal, too, by the slope of
    the mean.

    Args:
        given: the users whom the model was fitted to.
        fitted: of `fit_returns`.
        horizon: time from the end of watching, in the unit of the histories.
        seed: of the draws.
        level: of the interval.

    Raises:
        DataError: where the horizon is not positive and finite, or the level not between 0 and 1.
    """
    checked(horizon, level)
    rng = np.random.default_rng(seed)
    best = fitted.parameters
    expected = _mean(given, best, horizon)
    slope = np.array([_slope(given, best, horizon, k) for k in range(4)])
    uncertain = float(slope @ np.array(fitted.covariance) @ slope)
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    if given.users <= FEW:
        likely = drawn_parameters(given, fitted, DRAWS, rng)
        sums = np.array([drawn_returns(given, one, horizon, rng).sum() for one in likely])
        chance = max(float(sums.var()) - uncertain, 0.0)
        low, high = np.quantile(sums, ends).tolist()
    else:
        mean = alive_and_idle(given, best, horizon)[0] * expected_alive(given, best, horizon)
        apart = drawn_returns(given, best, horizon, rng) - mean[given.place]
        chance = float(apart @ apart)
        if given.repeats.size <= MANY:
            likely = drawn_parameters(given, fitted, MEANS, rng)
            means = np.array([_mean(given, one, horizon) for one in likely])
            uncertain = float(means.var())
            around = sqrt(chance) * rng.standard_normal((DRAWS, 1))
            low, high = np.quantile(means + around, ends).tolist()
        else:
            low, high = (expected + ndtri(ends) * sqrt(chance + uncertain)).tolist()
    low, high = max(min(low, expected), 0.0), max(high, expected)
    whole = chance + uncertain
    return Total(
        expected=expected,
        low=low,
        high=high,
        level=level,
        from_parameters=uncertain / whole if whole else 0.0,
    )


def drawn_returns(
    given: Histories, parameters: Floats, horizon: float, rng: np.random.Generator
) -> Floats:
    """One number of returns for each user, as the model has it under these parameters.

    Whether alive; then a rate and a chance of stopping of their own, from what is known of them.
    """
    r, alpha, a, b, first = parameters
    x, age = given.repeats[given.place], given.age[given.place]
    alive = rng.random(x.size) < alive_and_idle(given, parameters, horizon)[0][given.place]
    rate = rng.gamma(r + x) / (alpha + age)
    stop = rng.beta(a, b + first + x)
    wanted = rng.poisson(rate * horizon)
    until = rng.geometric(np.clip(stop, 1e-12, 1.0))
    found: Floats = np.where(alive, np.minimum(wanted, until), 0).astype(np.float64)
    return found


def _mean(given: Histories, parameters: Floats, horizon: float) -> float:
    alive, _ = alive_and_idle(given, parameters, horizon)
    return float(given.weight @ (alive * expected_alive(given, parameters, horizon)))


def _slope(given: Histories, parameters: Floats, horizon: float, at: int) -> float:
    up, down = parameters.copy(), parameters.copy()
    up[at] *= np.exp(_STEP)
    down[at] *= np.exp(-_STEP)
    return (_mean(given, up, horizon) - _mean(given, down, horizon)) / (2 * _STEP)
