"""What all entities together say of one more of their kind, with what is not known of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, gammaln, logit

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Score = Callable[[float, float], Array]

_MOST: Final = 5_000
"""Different entities that a prior is fitted to; of more, evenly spaced ones."""
_WIDE: Final = 3.0
"""Standard deviation of what is thought of a log spread before data: a factor of 20 either way."""
_VAGUE: Final = 5.0
_USUAL_TRIALS: Final = 10.0
_FAR: Final = 14.0
_STEP: Final = 0.02
_POINTS: Final = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)])
_WEIGHTS: Final = np.array([1 / 6, 2 / 3, 1 / 6])
_SURE: Final = 1e-12


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Prior:
    """A population's mean and how much its members differ, at nine points around the best fit.

    Attributes:
        first, second: the two parameters at each point; the fifth is the best fit. Of shares: both
            of a beta distribution; of counts: shape and rate of a gamma distribution; of means:
            mean and standard deviation of a normal one.
        weights: of the points; they add up to 1.
    """

    first: Array
    second: Array
    weights: Array

    @property
    def best(self) -> tuple[float, float]:
        """Both parameters at the best fit."""
        return float(self.first[4]), float(self.second[4])


def beta_prior(successes: ArrayLike, trials: ArrayLike) -> Prior:
    """Of shares: the beta distribution under which these counts are likeliest.

    Counts need not be whole: trials that resemble each other count for less.

    References:
        Skellam (1948), JRSS B 10, 257-261 (beta-binomial); Carlin & Louis (2000), Bayes and
        empirical Bayes methods for data analysis, 2nd ed., sec. 3.5 (doubt about the prior).

    Raises:
        DataError: where counts are no counts, or no entity has a trial.
    """
    y, n = checked(successes, trials, most=True)
    pairs, often = _distinct(y[n > 0], n[n > 0])
    some, whole = pairs.T

    def score(place: float, log_strength: float) -> Array:
        strength, mean = np.exp(log_strength), expit(place)
        a, b = mean * strength, (1 - mean) * strength
        return np.asarray(betaln(some + a, whole - some + b) - betaln(a, b))

    start = float(logit((some @ often + 0.5) / (whole @ often + 1)))
    places, logs, weights = _fitted(score, often, start, float(np.log(_USUAL_TRIALS)))
    strength, mean = np.exp(logs), expit(places)
    return Prior(first=mean * strength, second=(1 - mean) * strength, weights=weights)


def gamma_prior(events: ArrayLike, exposure: ArrayLike) -> Prior:
    """Of rates: the gamma distribution under which these numbers of events are likeliest.

    References:
        Greenwood & Yule (1920), JRSS 83, 255-279 (negative binomial).

    Raises:
        DataError: where counts are no counts, or no entity has any exposure.
    """
    y, n = checked(events, exposure, most=False)
    pairs, often = _distinct(y[n > 0], n[n > 0])
    some, whole = pairs.T

    def score(log_mean: float, log_shape: float) -> Array:
        shape = np.exp(log_shape)
        rate = np.exp(log_shape - log_mean)
        top = gammaln(some + shape) - gammaln(shape) + shape * np.log(rate)
        return np.asarray(top - (some + shape) * np.log(rate + whole))

    start = float(np.log((some @ often + 0.5) / (whole @ often)))
    places, logs, weights = _fitted(score, often, start, 0.0)
    return Prior(first=np.exp(logs), second=np.exp(logs - places), weights=weights)


def normal_prior(values: ArrayLike, variances: ArrayLike) -> Prior:
    """Of means: the normal distribution under which these estimates are likeliest.

    Args:
        values: estimates; not finite where an entity has none.
        variances: of each, above zero.

    References:
        Efron & Morris (1973), JASA 68, 117-130.

    Raises:
        DataError: where no entity has an estimate with a positive variance.
    """
    y, v = np.asarray(values, float), np.asarray(variances, float)
    known = np.isfinite(y) & np.isfinite(v) & (v > 0)
    if y.shape != v.shape or not known.any():
        raise DataError(f"{y.size} estimates, expected one or more with a positive variance")
    y, v = y[known], v[known]
    often = np.ones(y.size)
    if y.size > _MOST:
        taken = np.linspace(0, y.size - 1, _MOST).astype(np.int64)
        often = np.full(_MOST, y.size / _MOST)
        order = np.argsort(y, kind="stable")
        y, v = y[order][taken], v[order][taken]
    middle = float(np.median(y))
    unit = float(np.sqrt(np.mean((y - middle) ** 2))) or float(np.sqrt(np.median(v)))
    z, noise = (y - middle) / unit, v / unit**2

    def score(place: float, log_spread: float) -> Array:
        total = noise + np.exp(2 * log_spread)
        return np.asarray(-0.5 * (np.log(total) + (z - place) ** 2 / total))

    places, logs, weights = _fitted(score, often, 0.0, -0.7)
    return Prior(first=middle + unit * places, second=unit * np.exp(logs), weights=weights)


def checked(part: ArrayLike, whole: ArrayLike, *, most: bool) -> tuple[Array, Array]:
    """Counts and what they are out of, or per; `most`: that there are at most as many."""
    y, n = np.asarray(part, float), np.asarray(whole, float)
    fine = y.shape == n.shape and bool((np.isfinite(y) & np.isfinite(n) & (y >= 0)).all())
    if not fine or not (n >= 0).all() or (most and not (y <= n * (1 + _SURE) + _SURE).all()):
        raise DataError("expected counts of zero or more, of shares not above their trials")
    if not (n > 0).any():
        raise DataError(f"none of {n.size:,} entities has any exposure", remedy="look at more days")
    return np.minimum(y, n) if most else y, n


def _distinct(y: Array, n: Array) -> tuple[Array, Array]:
    """Different pairs, and how often each comes; of too many, evenly spaced ones."""
    both, often = np.unique(y + 1j * n, return_counts=True)  # ten times as fast as pairs of rows
    pairs, counted = np.column_stack((both.real, both.imag)), often.astype(np.float64)
    if len(pairs) > _MOST:
        taken = np.linspace(0, len(pairs) - 1, _MOST).astype(np.int64)
        whole = counted.sum()
        pairs, counted = pairs[taken], counted[taken]
        counted *= whole / counted.sum()
    return pairs, counted


def _fitted(
    score: Score, often: Array, place: float, log_spread: float
) -> tuple[Array, Array, Array]:
    """Nine points around the best fit, from the curvature there (a cubature of degree 5)."""

    def cost(at: Array) -> float:
        one, other = float(np.clip(at[0], place - 30, place + 30)), float(at[1])
        other = float(np.clip(other, log_spread - _FAR, log_spread + _FAR))
        thought = ((one - place) / _VAGUE) ** 2 + ((other - log_spread) / _WIDE) ** 2
        return float(thought / 2 - often @ score(one, other))

    start = np.array([place, log_spread])
    simplex = start + np.array([[0.0, 0.0], [0.5, 0.0], [0.0, 1.0]])
    found = minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 1e-5, "fatol": 1e-7, "maxiter": 400},
    )
    best = np.asarray(found.x)
    root = _root_of_covariance(cost, best)
    grid = np.array([(a, b) for a in _POINTS for b in _POINTS])
    weights = np.array([a * b for a in _WEIGHTS for b in _WEIGHTS])
    points = best + grid @ root.T
    lowest, highest = log_spread - _FAR, log_spread + _FAR
    return points[:, 0], np.clip(points[:, 1], lowest, highest), weights


def _root_of_covariance(cost: Callable[[Array], float], best: Array) -> Array:
    """A square root of the inverse curvature, by differences over a step fit to the curvature."""
    steps = np.full(2, _STEP)
    here = cost(best)
    for i in range(2):  # a step that raises the cost by about one half
        for _ in range(40):
            move = np.zeros(2)
            move[i] = steps[i]
            rise = (cost(best + move) + cost(best - move)) / 2 - here
            if 0.05 < rise < 1:
                break
            steps[i] *= float(np.clip(np.sqrt(0.3 / max(rise, 1e-9)), 0.05, 4.0))
            steps[i] = min(steps[i], _WIDE)
    one, other = np.diag(steps)
    up, down = cost(best + one), cost(best - one)
    right, left = cost(best + other), cost(best - other)
    mixed = cost(best + one + other) - cost(best + one - other)
    mixed += cost(best - one - other) - cost(best - one + other)
    curvature = np.array(
        [[up + down - 2 * here, mixed / 4], [mixed / 4, right + left - 2 * here]]
    ) / np.outer(steps, steps)
    values, vectors = np.linalg.eigh(curvature)
    least = np.array([1 / _WIDE**2, 1 / _WIDE**2])
    return np.asarray(vectors * np.sqrt(1 / np.maximum(values, least)))
